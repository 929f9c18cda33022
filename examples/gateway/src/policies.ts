import type { EndpointsOptions, PartConfig } from '@holdfast/core'

/** For how long an attempt may last, in milliseconds. */
export const attemptMs = 300

/** How the gateway chooses between the primary and the standby. */
export const choice: Omit<EndpointsOptions, 'primary' | 'standby'> = {
  ejection: { consecutiveFailures: 5, baseMs: 500, maximumMs: 1_000 },
  slowStartMs: 1_000,
  dwellMs: 1_000,
}

/** What stands around each call of the inventory, outermost first. The choice of an endpoint goes inside of the retry. */
export const parts: readonly PartConfig[] = [
  { kind: 'timeout', name: 'total', durationMs: 1_800 },
  { kind: 'retry', attempts: 2, backoff: { baseMs: 20, maximumMs: 100 }, budget: { ratio: 0.25 } },
  {
    kind: 'circuit-breaker',
    name: 'breaker',
    window: { type: 'time', durationMs: 2_000 },
    minimumCalls: 10,
    openMs: 500,
    maximumOpenMs: 1_000,
  },
  { kind: 'timeout', name: 'attempt', durationMs: attemptMs },
  { kind: 'bulkhead', limit: 100 },
]
