import { HoldfastConfigError } from '@holdfast/core'
import { checkOptions, flag, integer } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { checkedDistribution } from '../distribution.ts'
import type { Distribution } from '../distribution.ts'

/** Which way bytes go: from the client to the target, or from the target to the client. */
export type Direction = 'to-target' | 'from-target'

export const directions: readonly Direction[] = ['to-target', 'from-target']

/** What is wrong in one direction of every connection. Plain data; nothing is wrong where nothing is set. */
export interface TcpFaults {
  /**
   * Bytes arrive so much later than they were sent, in order; where it is drawn, each chunk has a delay of its own and none
   * overtakes another. A change holds for those under way too.
   */
  readonly delayMs?: Distribution
  /** Bytes arrive no faster than this on each connection; more than 0, fractions allowed. */
  readonly bytesPerSecond?: number
  /** Bytes wait until this is no longer set. */
  readonly hold?: boolean
  /** Bytes and the end of the stream are lost. A connection that lost any is reset when this is no longer set. */
  readonly blackHole?: boolean
  /** Each connection is closed once this many more bytes have arrived; 0 closes it at once. */
  readonly cutAfterBytes?: number
}

const rate: Rule = (value) =>
  typeof value === 'number' && value > 0 && value < Infinity ? undefined : 'a finite number above 0'

const rules: Readonly<Record<keyof TcpFaults, Rule>> = {
  // A distribution has rules of its own.
  delayMs: () => undefined,
  bytesPerSecond: rate,
  hold: flag,
  blackHole: flag,
  cutAfterBytes: integer(0),
}

/** A frozen copy of what is set; throws where a fault is unknown or cannot be. */
export function checkedFaults(faults: TcpFaults): TcpFaults {
  const checked = checkOptions('tcpProxy', faults, rules)
  if (checked.delayMs === undefined) return checked
  return Object.freeze({ ...checked, delayMs: checkedDistribution(checked.delayMs, 'tcpProxy: delayMs') })
}

/** The directions that are meant: the one given, or both. */
export function meant(direction: Direction | undefined): readonly Direction[] {
  if (direction === undefined) return directions
  if (directions.includes(direction)) return [direction]
  throw new HoldfastConfigError(
    `tcpProxy: direction must be one of ${directions.join(', ')}, not ${direction}`,
  )
}
