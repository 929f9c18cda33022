import type { BulkheadOptions, CircuitBreakerOptions, RetryOptions } from '@holdfast/core'

/** The gateway's policies; the demo prints them. */
export const policies: {
  readonly total: { readonly durationMs: number }
  readonly retry: RetryOptions
  readonly breaker: CircuitBreakerOptions
  readonly attempt: { readonly durationMs: number }
  readonly bulkhead: BulkheadOptions
} = {
  total: { durationMs: 1_800 },
  retry: { attempts: 2, backoff: { baseMs: 20, maximumMs: 100 } },
  breaker: {
    window: { type: 'time', durationMs: 2_000 },
    failureRatio: 0.5,
    minimumCalls: 10,
    consecutiveFailures: 10,
    openMs: 500,
    maximumOpenMs: 1_000,
  },
  attempt: { durationMs: 350 },
  bulkhead: { limit: 100 },
}
