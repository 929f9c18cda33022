export type { Admission, Admitted, PendingAdmission, Refused } from './engine/admission.ts'
export { retryBudget } from './budget.ts'
export type { RetryBudget, RetryBudgetOptions, RetryBudgetStatistics } from './budget.ts'
export { bulkhead, BulkheadFullError } from './bulkhead/bulkhead.ts'
export type {
  AdaptiveLimitOptions,
  Bulkhead,
  BulkheadEvent,
  BulkheadOptions,
  BulkheadRefusal,
  BulkheadStatistics,
  QueueOptions,
  ReservedOptions,
  SharedBulkheadOptions,
} from './bulkhead/bulkhead.ts'
export type { Branch, Call, CallChanges, Endpoint, ExecuteOptions, Operation } from './call.ts'
export { HoldfastConfigError } from './check.ts'
export { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
export type { CircuitBreaker } from './circuit-breaker/circuit-breaker.ts'
export type { CircuitBreakerEvent } from './circuit-breaker/event.ts'
export { CircuitOpenError } from './circuit-breaker/circuit-open-error.ts'
export type { RefusalReason } from './circuit-breaker/circuit-open-error.ts'
export type { Override, OverrideOptions } from './circuit-breaker/override.ts'
export type { CircuitSnapshot } from './circuit-breaker/snapshot.ts'
export type { CircuitStatistics, FleetStatistics } from './circuit-breaker/statistics.ts'
export type { TripReason } from './circuit-breaker/machine.ts'
export type { CircuitBreakerOptions, SharedCircuitOptions } from './circuit-breaker/options.ts'
export { systemClock } from './clock.ts'
export type { Alarm, Clock } from './clock.ts'
export { DeadlineWheel, Timer, wheelOf } from './deadline-wheel.ts'
export type { Balance } from './endpoints/balance.ts'
export { endpoints } from './endpoints/endpoints.ts'
export type { Endpoints } from './endpoints/endpoints.ts'
export type { EjectionReason, EndpointsEvent } from './endpoints/event.ts'
export { NoEndpointError } from './endpoints/no-endpoint-error.ts'
export type { EjectionOptions } from './endpoints/ejection.ts'
export type { HealthCheckOptions } from './endpoints/health-check.ts'
export type { EndpointsOptions, SharedEndpointsOptions } from './endpoints/options.ts'
export type {
  FailureRatioRule,
  LatencyRule,
  OutlierReason,
  SuccessRateRule,
} from './endpoints/outliers.ts'
export type { EndpointsStatistics, EndpointStatistics } from './endpoints/statistics.ts'
export type { SubsetOptions } from './endpoints/subset.ts'
export { captureStackTraces, HoldfastError, Rejection } from './error.ts'
export type { HoldfastErrorOptions } from './error.ts'
export type { EventBody, EventHeader, EventSubject } from './event.ts'
export type { HoldfastEvent } from './events.ts'
export { fallback } from './fallback/fallback.ts'
export type { FallbackEvent } from './fallback/fallback.ts'
export type { FallbackOptions } from './fallback/options.ts'
export { EndpointStates } from './guard.ts'
export type { Guard, GuardOptions, Mode } from './guard.ts'
export { hedge } from './hedge/hedge.ts'
export type { HedgeEvent, HedgeOptions, PercentileDelay } from './hedge/hedge.ts'
export { HedgeLostError } from './hedge/race.ts'
export type { HookEvent } from './hook.ts'
export type { Host } from './host.ts'
export { HotKeyLimitedError, hotKeyLimit } from './hot-key-limit/hot-key-limit.ts'
export type {
  HotKeyLimit,
  HotKeyLimitEvent,
  HotKeyLimitOptions,
  HotKeyLimitStatistics,
  HotKeyStatistics,
} from './hot-key-limit/hot-key-limit.ts'
export { keyed } from './keyed.ts'
export type { Keyed, KeyedEvent, KeyedOptions } from './keyed.ts'
export { isError } from './outcome.ts'
export type { Ending, Outcome } from './outcome.ts'
export { pipeline } from './pipeline.ts'
export type { Pipeline, PipelineOptions } from './pipeline.ts'
export type { Alteration, Next, Part, Policy, Reaction } from './policy.ts'
export { partFrom, pipelineFrom, standard } from './presets.ts'
export type { KeyedConfig, PartConfig, PipelineConfig } from './presets.ts'
export { rateLimit, RateLimitedError } from './rate-limit/rate-limit.ts'
export type {
  RateLimit,
  RateLimitEvent,
  RateLimitOptions,
  RateLimitStatistics,
  SharedRateLimitOptions,
  WarmUpOptions,
} from './rate-limit/rate-limit.ts'
export { systemRandom } from './random.ts'
export type { Backoff, BackoffOptions, Delays, Jitter } from './retry/backoff.ts'
export type { RetryOptions } from './retry/options.ts'
export { retry } from './retry/retry.ts'
export type { RetryEvent } from './retry/retry.ts'
export { objectId, objectName } from './share/name.ts'
export type { ShareEvent } from './share/event.ts'
export type { FleetOverride } from './share/fleet-override.ts'
export { share } from './share/member.ts'
export { memoryServer } from './share/memory-server.ts'
export type { MemoryServer } from './share/memory-server.ts'
export { memoryShare } from './share/memory-share.ts'
export type { MemoryShareOptions } from './share/memory-share.ts'
export type { Share, ShareOptions, ShareScope } from './share/share.ts'
export type { Answer, Store, StoreFailure, StoreFailureReason, StoreListener } from './share/store.ts'
export { linkTo, unlinkFrom } from './signal.ts'
export type { Abortable } from './signal.ts'
export { singleFlight } from './single-flight/single-flight.ts'
export type {
  SingleFlight,
  SingleFlightEvent,
  SingleFlightOptions,
  SingleFlightStatistics,
  StaleOptions,
} from './single-flight/single-flight.ts'
export { sleep } from './sleep.ts'
export { TimeoutError } from './timeout-error.ts'
export { timeout } from './timeout/timeout.ts'
export type { TimeoutEvent, TimeoutOptions } from './timeout/timeout.ts'
export { Wait } from './wait.ts'
export type { Ticket, Waiter } from './wait.ts'
export type { Counts, WindowOptions } from './window.ts'
export type { ErrorMeaning } from './wrap/error-meaning.ts'
export { postgresMeaning } from './wrap/postgres-meaning.ts'
export { redisMeaning } from './wrap/redis-meaning.ts'
export { pipelineOf, wrap } from './wrap/wrap.ts'
export type { MethodName, WrapOptions } from './wrap/wrap.ts'
