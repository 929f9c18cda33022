import type { FleetOverride } from '../share/fleet-override.ts'
import type { Status } from '../share/protocol/status.ts'
import type { Counts } from '../window.ts'
import type { Circuit } from './circuit.ts'
import type { Rules, State } from './machine.ts'
import type { Override } from './override.ts'

export interface CircuitStatistics extends Counts {
  readonly state: State['kind']
  readonly generation: number
  /** Share of failures among the calls in the window that succeeded or failed; undefined while there is none. */
  readonly failureRatio: number | undefined
  /** Share of slow calls in the window, those that still run included; undefined while it is empty. */
  readonly slowRatio: number | undefined
  readonly running: number
  /** Calls refused since the start. */
  readonly refused: number
  /** Results dropped since the start because they came after their generation. */
  readonly late: number
  /** Times in a row that it has opened without closing. */
  readonly openings: number
  /** Milliseconds until it may be tried again; undefined while closed. */
  readonly retryAfterMs: number | undefined
  readonly override: Override | FleetOverride | undefined
  /** What the fleet knows of it; undefined where it is on its own. `state` is the stricter of the fleet's and its own. */
  readonly fleet: FleetStatistics | undefined
}

/** A shared circuit as this instance knows it. */
export interface FleetStatistics {
  readonly state: Status
  /** The number of this state: grows with each transition of the fleet's circuit; 0 before the first. */
  readonly epoch: number
  /** Whether this instance judges alone, because it cannot reach the others or has not yet. */
  readonly alone: boolean
}

export function statisticsOf(
  circuit: Circuit,
  state: State,
  now: number,
  override: Override | FleetOverride | undefined,
  rules: Rules,
): CircuitStatistics {
  const counts = circuit.counts(now)
  const { running, refused, late } = circuit
  const judged = counts.calls - counts.ignored
  const { fleet } = circuit
  const follows = fleet !== undefined && fleet.status !== 'closed'
  return {
    ...counts,
    state: follows ? fleet.status : state.kind,
    generation: state.generation,
    failureRatio: judged === 0 ? undefined : counts.failures / judged,
    slowRatio: counts.calls === 0 ? undefined : counts.slow / counts.calls,
    running,
    refused,
    late,
    openings: state.kind === 'closed' ? 0 : state.openings,
    retryAfterMs: follows ? fleet.remainingMs(now) : ownRetryAfterMs(state, now, rules),
    override,
    fleet: fleet && { state: fleet.status, epoch: fleet.epoch, alone: fleet.alone },
  }
}

function ownRetryAfterMs(state: State, now: number, rules: Rules): number | undefined {
  return state.kind === 'closed' ? undefined : retryAfterMs(state, now, rules)
}

/**
 * Milliseconds until a circuit that is not closed may be tried again. Where probes are under way that is when the next
 * of them is given up, but they rarely take so long: at most as long as it stays open the first time.
 */
export function retryAfterMs(state: State, now: number, { openMs }: Rules): number {
  if (state.kind === 'open') return Math.max(0, state.until - now)
  if (state.kind === 'closed' || state.leases.length === 0) return 0
  return Math.min(openMs, Math.max(0, Math.min(...state.leases) - now))
}
