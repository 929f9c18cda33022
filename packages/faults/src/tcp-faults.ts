import { HoldfastConfigError } from '@holdfast/core'

/** Which way bytes go: from the client to the target, or from the target to the client. */
export type Direction = 'to-target' | 'from-target'

export const directions: readonly Direction[] = ['to-target', 'from-target']

/** What is wrong in one direction of every connection. Plain data; nothing is wrong where nothing is set. */
export interface TcpFaults {
  /** Bytes arrive this many milliseconds after they were sent, in order. A change holds for those under way too. */
  readonly delayMs?: number
  /** Bytes arrive no faster than this on each connection; more than 0, fractions allowed. */
  readonly bytesPerSecond?: number
  /** Bytes wait until this is no longer set. */
  readonly hold?: boolean
  /** Bytes and the end of the stream are lost. A connection that lost any is reset when this is no longer set. */
  readonly blackHole?: boolean
  /** Each connection is closed once this many more bytes have arrived; 0 closes it at once. */
  readonly cutAfterBytes?: number
}

interface Demand {
  readonly meaning: string
  readonly met: (value: unknown) => boolean
}

const flag: Demand = { meaning: 'a boolean', met: (value) => typeof value === 'boolean' }

const demands: Readonly<Record<keyof TcpFaults, Demand>> = {
  delayMs: {
    meaning: 'a finite number of milliseconds of at least 0',
    met: (value) => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER,
  },
  bytesPerSecond: {
    meaning: 'a finite number above 0',
    met: (value) => typeof value === 'number' && value > 0 && value < Infinity,
  },
  hold: flag,
  blackHole: flag,
  cutAfterBytes: {
    meaning: 'an integer of at least 0',
    met: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  },
}

/** A frozen copy of what is set; throws where a fault is unknown or cannot be. */
export function checkedFaults(faults: TcpFaults): TcpFaults {
  const given = Object.entries(faults).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(demands, name)) {
      const known = Object.keys(demands).join(', ')
      throw new HoldfastConfigError(`tcpProxy: unknown fault '${name}'; known are ${known}`)
    }
    const { meaning, met } = demands[name as keyof TcpFaults]
    if (!met(value))
      throw new HoldfastConfigError(`tcpProxy: ${name} must be ${meaning}, not ${String(value)}`)
  }
  return Object.freeze(Object.fromEntries(given))
}

/** The directions that are meant: the one given, or both. */
export function meant(direction: Direction | undefined): readonly Direction[] {
  if (direction === undefined) return directions
  if (directions.includes(direction)) return [direction]
  throw new HoldfastConfigError(
    `tcpProxy: direction must be one of ${directions.join(', ')}, not ${direction}`,
  )
}
