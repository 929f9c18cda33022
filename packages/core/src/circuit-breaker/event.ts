import type { RefusalReason } from './circuit-open-error.ts'
import type { State, TripReason } from './machine.ts'
import type { FleetOverride } from '../share/fleet-override.ts'
import type { SharedProbe } from '../share/probes.ts'
import type { Status } from '../share/protocol/status.ts'
import type { Override } from './override.ts'

export type CircuitBreakerEvent =
  | {
      readonly type: 'circuit.open'
      readonly policy: string
      /** `fleet`: it opened for all instances. */
      readonly reason: TripReason | 'fleet'
      readonly openMs: number
      readonly openings: number
    }
  | { readonly type: 'circuit.half-open'; readonly policy: string }
  | { readonly type: 'circuit.closed'; readonly policy: string }
  | {
      readonly type: 'circuit.rejected'
      readonly policy: string
      readonly reason: RefusalReason
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | {
      /** A call probes for the fleet: at most `probes` of them in one epoch. */
      readonly type: 'circuit.probed'
      readonly policy: string
      readonly epoch: number
      /** As the server numbered it; 0 where an instance that cannot reach the server probes for itself. */
      readonly probe: number
    }
  | {
      readonly type: 'circuit.overridden'
      readonly policy: string
      readonly override: Override | FleetOverride | undefined
    }

/** What is said of a circuit that has just become `state`. */
export function transition(policy: string, state: State): CircuitBreakerEvent {
  if (state.kind !== 'open') return { type: `circuit.${state.kind}`, policy }
  const { reason, until, since, openings } = state
  return { type: 'circuit.open', policy, reason, openMs: until - since, openings }
}

/** What is said of a circuit that has gone where the fleet's has gone. */
export function followed(
  policy: string,
  status: Status,
  openMs: number,
  openings: number,
): CircuitBreakerEvent {
  if (status !== 'open') return { type: `circuit.${status}`, policy }
  return { type: 'circuit.open', policy, reason: 'fleet', openMs, openings }
}

/** What is said of a call that probes for the fleet. */
export function probed(policy: string, { epoch, number }: SharedProbe): CircuitBreakerEvent {
  return { type: 'circuit.probed', policy, epoch, probe: number }
}
