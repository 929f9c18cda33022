import type { WindowCells } from '../window.ts'
import { closed } from './machine.ts'
import type { HalfOpen, Open, State, TripReason } from './machine.ts'
import type { Settings } from './options.ts'

/** A circuit at rest, as plain data. Times are distances from the moment of the snapshot, so it may cross processes. */
export interface CircuitSnapshot {
  readonly kind: State['kind']
  readonly generation: number
  readonly sinceMs: number
  /** How long each cell of the window lasts; 0 where it counts calls. */
  readonly cellMs: number
  readonly cells: WindowCells
  readonly consecutive: number
  readonly recovered: boolean
  readonly remainingMs: number
  readonly openings: number
  readonly reason: TripReason | undefined
  readonly probes:
    | {
        readonly leasesMs: readonly number[]
        readonly successes: number
        readonly failures: number
        readonly returned: number
      }
    | undefined
}

/** Leaves out the calls that run: their results would find another generation. */
export function snapshotOf(state: State, now: number): CircuitSnapshot {
  const isClosed = state.kind === 'closed'
  return {
    kind: state.kind,
    generation: state.generation,
    sinceMs: now - state.since,
    cellMs: isClosed ? state.window.cellMs : 0,
    cells: isClosed ? state.window.cells(now) : [],
    consecutive: isClosed ? state.consecutive : 0,
    recovered: isClosed && state.recovered,
    remainingMs: state.kind === 'open' ? state.until - now : 0,
    openings: isClosed ? 0 : state.openings,
    reason: state.kind === 'open' ? state.reason : undefined,
    probes: state.kind === 'half-open' ? probesOf(state, now) : undefined,
  }
}

function probesOf(
  { leases, successes, failures, returned }: HalfOpen,
  now: number,
): CircuitSnapshot['probes'] {
  return { leasesMs: leases.map((lease) => lease - now), successes, failures, returned }
}

/** The state that a snapshot stands for, at `now`. */
export function stateFrom(from: CircuitSnapshot, now: number, settings: Settings): State {
  const { generation, openings } = from
  const since = now - from.sinceMs
  if (from.kind === 'closed') {
    const state = closed(generation, since, settings, from.recovered)
    state.window.fill(now, from.cells, from.cellMs)
    state.consecutive = from.consecutive
    return state
  }
  if (from.kind === 'open') {
    const reason = from.reason ?? 'failures'
    return { kind: 'open', generation, since, until: now + from.remainingMs, openings, reason } satisfies Open
  }
  const { leasesMs = [], successes = 0, failures = 0, returned = 0 } = from.probes ?? {}
  const leases = leasesMs.map((leaseMs) => now + leaseMs)
  return { kind: 'half-open', generation, since, openings, leases, successes, failures, returned }
}
