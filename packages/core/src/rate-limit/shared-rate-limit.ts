import type { Host } from '../host.ts'
import { FleetMeter } from './fleet-meter.ts'
import type { FleetMeterOwner } from './fleet-meter.ts'
import type { Turn } from './line.ts'
import { Meter } from './meter.ts'
import { neverBoth } from './options.ts'
import type { Settings } from './options.ts'
import { StrictMeter } from './strict-meter.ts'

/** Whose meters they are. */
export interface MetersOwner {
  readonly name: string
  readonly settings: Settings
  tooLate(turn: Turn, retryAfterMs: number, now: number): void
}

/** A meter, and how it stops sharing. */
export interface MadeMeter {
  readonly meter: Meter | FleetMeter
  leave(): void
}

/** How settings share, where there is anybody to share with. */
export function kindOf({ shared, mode }: Settings, host: Host | undefined): 'alone' | 'stock' | 'strict' {
  if (host?.sharing === undefined || shared === false || mode === 'off') return 'alone'
  return shared.mode ?? 'stock'
}

export function kindOfMeter(meter: Meter | FleetMeter): ReturnType<typeof kindOf> {
  if (meter instanceof FleetMeter) return 'stock'
  return meter instanceof StrictMeter ? 'strict' : 'alone'
}

/** Refuses a warm-up of what would be the fleet's rate. */
export function checkWarmUp(name: string, settings: Settings, host: Host | undefined): void {
  if (settings.cells.warmUp !== undefined && kindOf(settings, host) !== 'alone') throw neverBoth(name)
}

/** Makes the meter of an endpoint: one of the fleet, if its pipeline has a share and it is to take part. */
export function newMeter(
  endpoint: string | undefined,
  owner: MetersOwner,
  host: Host | undefined,
): MadeMeter {
  const { cells, burst } = owner.settings
  const kind = kindOf(owner.settings, host)
  const sharing = host?.sharing
  const alone = (): MadeMeter => ({ meter: new Meter(cells), leave: () => undefined })
  if (host === undefined || sharing === undefined || kind === 'alone') return alone()
  const names = [...sharing.names, owner.name, ...(endpoint === undefined ? [] : [endpoint])]
  const terms = { intervalMs: cells.intervalMs, burst }
  if (kind === 'strict') {
    const strict = sharing.share.parts.rate(names, terms)
    return strict === undefined
      ? alone()
      : { meter: new StrictMeter(cells, strict.shared), leave: strict.leave }
  }
  const subject = endpoint === undefined ? {} : { endpoint: { id: endpoint } }
  const listener: FleetMeterOwner = {
    tooLate: (turn, retryAfterMs, now) => owner.tooLate(turn, retryAfterMs, now),
    notify: (event) => {
      if (host.observed) host.emit({ ...event, policy: owner.name }, subject)
    },
  }
  let meter: FleetMeter | undefined
  const joined = sharing.share.parts.stock(
    names,
    terms,
    (stock) => (meter = new FleetMeter(cells, stock, listener)),
  )
  return joined === undefined || meter === undefined ? alone() : { meter, leave: joined.leave }
}
