export type { Admission, Admitted, Refused } from './admission.ts'
export { retryBudget } from './budget.ts'
export type { RetryBudget, RetryBudgetOptions, RetryBudgetStatistics } from './budget.ts'
export { bulkhead, BulkheadFullError } from './bulkhead/bulkhead.ts'
export type {
  Bulkhead,
  BulkheadEvent,
  BulkheadOptions,
  BulkheadRefusal,
  BulkheadStatistics,
  QueueOptions,
} from './bulkhead/bulkhead.ts'
export type { Branch, Call, CallChanges, Endpoint, ExecuteOptions } from './call.ts'
export { HoldfastConfigError } from './check.ts'
export { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
export type {
  CircuitBreaker,
  CircuitBreakerEvent,
} from './circuit-breaker/circuit-breaker.ts'
export { CircuitOpenError } from './circuit-breaker/circuit-open-error.ts'
export type { RefusalReason } from './circuit-breaker/circuit-open-error.ts'
export type { Override, OverrideOptions } from './circuit-breaker/override.ts'
export type { CircuitSnapshot } from './circuit-breaker/snapshot.ts'
export type { CircuitStatistics } from './circuit-breaker/statistics.ts'
export type { TripReason } from './circuit-breaker/machine.ts'
export type { CircuitBreakerOptions } from './circuit-breaker/options.ts'
export { systemClock } from './clock.ts'
export type { Alarm, Clock } from './clock.ts'
export { DeadlineWheel, Timer, wheelOf } from './deadline-wheel.ts'
export { captureStackTraces, HoldfastError, Rejection } from './error.ts'
export type { HoldfastErrorOptions } from './error.ts'
export type { EventBody, EventHeader, EventSubject } from './event.ts'
export type { HoldfastEvent } from './events.ts'
export { fallback } from './fallback/fallback.ts'
export type { FallbackEvent, FallbackOptions } from './fallback/fallback.ts'
export { EndpointStates } from './guard.ts'
export type { Guard, GuardOptions, Mode } from './guard.ts'
export { hedge } from './hedge/hedge.ts'
export type { HedgeEvent, HedgeOptions, PercentileDelay } from './hedge/hedge.ts'
export { HedgeLostError } from './hedge/race.ts'
export type { HookEvent } from './hook.ts'
export type { Host } from './host.ts'
export { keyed } from './keyed.ts'
export type { Keyed, KeyedEvent, KeyedOptions } from './keyed.ts'
export { isError } from './outcome.ts'
export type { Ending, Outcome } from './outcome.ts'
export { pipeline } from './pipeline.ts'
export type { Pipeline, PipelineOptions } from './pipeline.ts'
export type { Next, Part, Policy, Reaction } from './policy.ts'
export { pipelineFrom, standard } from './presets.ts'
export type { PartConfig, PipelineConfig } from './presets.ts'
export { rateLimit, RateLimitedError } from './rate-limit/rate-limit.ts'
export type {
  RateLimit,
  RateLimitEvent,
  RateLimitOptions,
  RateLimitStatistics,
} from './rate-limit/rate-limit.ts'
export type { Backoff, BackoffOptions, Delays, Jitter } from './retry/backoff.ts'
export { retry } from './retry/retry.ts'
export type { RetryEvent, RetryOptions } from './retry/retry.ts'
export { sleep } from './sleep.ts'
export { TimeoutError } from './timeout-error.ts'
export { timeout } from './timeout/timeout.ts'
export type { TimeoutEvent, TimeoutOptions } from './timeout/timeout.ts'
export { Wait } from './wait.ts'
export type { Ticket, Waiter } from './wait.ts'
export type { Counts, WindowOptions } from './window.ts'
