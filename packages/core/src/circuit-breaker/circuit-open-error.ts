import { Rejection } from '../error.ts'

/** The circuit is open, or half-open with all its probes under way. `cause` is the failure seen last. */
export class CircuitOpenError extends Rejection {
  readonly code = 'ERR_CIRCUIT_OPEN'
}

export type RefusalReason = 'open' | 'half-open' | 'overridden' | 'ramp' | 'proportional'

/** What each reason says to the caller. */
const refusals: Readonly<Record<RefusalReason, string>> = {
  open: 'the circuit is open',
  'half-open': 'the circuit is half-open and its probes are under way',
  overridden: 'forced open',
  ramp: 'the circuit has just closed and lets only a share of the calls through',
  proportional: 'too many calls fail, so a share of them is refused',
}

/** `why`: what an operator said who forced it open. */
export function circuitOpen(
  policy: string,
  reason: RefusalReason,
  why: string | undefined,
  retryAfter: number | undefined,
  key: string | undefined,
  cause: unknown,
): CircuitOpenError {
  const because = why ? `${refusals[reason]}: ${why}` : refusals[reason]
  const retryAfterMs =
    retryAfter === undefined || retryAfter === Infinity ? undefined : Math.max(0, retryAfter)
  return new CircuitOpenError(`${policy}: ${because}`, { policy, key, retryAfterMs, cause })
}
