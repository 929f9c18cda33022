import type { CircuitBreakerOptions, RetryOptions } from '@holdfast/core'

/** The policies of the gateways that share their circuits, outermost first; the demo prints them. */
export const sharedPolicies: {
  readonly total: { readonly durationMs: number }
  readonly retry: RetryOptions
  readonly breaker: CircuitBreakerOptions
  readonly attempt: { readonly durationMs: number }
} = {
  total: { durationMs: 1_800 },
  retry: { attempts: 2, backoff: { baseMs: 20, maximumMs: 100 } },
  breaker: {
    window: { type: 'time', durationMs: 5_000 },
    minimumCalls: 10,
    openMs: 500,
    maximumOpenMs: 1_000,
    rampMs: 1_000,
  },
  attempt: { durationMs: 300 },
}
