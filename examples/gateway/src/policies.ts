import type { BulkheadOptions, CircuitBreakerOptions, RetryOptions } from '@holdfast/core'

/** The gateway's policies, outermost first; the demo prints them. */
export const policies: {
  readonly total: { readonly durationMs: number }
  readonly retry: RetryOptions
  readonly fallback: { readonly endpoints: readonly string[] }
  readonly breaker: CircuitBreakerOptions
  readonly attempt: { readonly durationMs: number }
  readonly bulkhead: BulkheadOptions
} = {
  total: { durationMs: 1_800 },
  retry: { attempts: 2, backoff: { baseMs: 20, maximumMs: 100 } },
  fallback: { endpoints: ['primary', 'standby'] },
  breaker: {
    window: { type: 'time', durationMs: 2_000 },
    failureRatio: 0.5,
    minimumCalls: 10,
    consecutiveFailures: 10,
    openMs: 500,
    maximumOpenMs: 1_000,
  },
  attempt: { durationMs: 300 },
  bulkhead: { limit: 100 },
}
