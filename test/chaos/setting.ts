import type { CircuitBreakerOptions } from '@holdfast/core'
import type { Traffic } from './message.ts'
import type { Rules } from './laws.ts'

/** A circuit whose periods are short, so that a round is. */
export const circuit: CircuitBreakerOptions = {
  window: { type: 'time', durationMs: 2_000 },
  minimumCalls: 20,
  openMs: 300,
  maximumOpenMs: 1_200,
  probes: 3,
  probeSuccesses: 2,
  probeLeaseMs: 1_000,
  rampMs: 300,
}

export const traffic: Traffic = { callers: 3, workMs: 5, restMs: 120, longRatio: 0.02, longMs: 700 }

export const rules: Rules = {
  probes: 3,
  probeSuccesses: 2,
  minimumCalls: 20,
  failureRatio: 0.5,
  quorum: 2,
  forged: false,
}

/** A tenth of the fleet at most has to have failed. */
export const mostQuorum = 4

/**
 * In milliseconds, each besides twice what timers were late.
 *
 * agreed: a sweep (6 s) and the timeout of a command (250 ms), and before it up to 2 s until a lost connection stands
 * again.
 * healed: the same, the longest opening, a round of lost probes and another opening.
 * opened: half of the window, the lane (400 ms), the timeout, and the push.
 * closed: the longest opening, its jitter, a round that fails for the calls that fail late, and the next.
 */
export const boundsMs = { agreed: 8_250, healed: 15_000, opened: 2_000, closed: 6_000 } as const
