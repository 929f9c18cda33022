import type { BulkheadEvent } from './bulkhead/bulkhead.ts'
import type { CircuitBreakerEvent } from './circuit-breaker/event.ts'
import type { EndpointsEvent } from './endpoints/event.ts'
import type { EventHeader } from './event.ts'
import type { FallbackEvent } from './fallback/fallback.ts'
import type { HedgeEvent } from './hedge/hedge.ts'
import type { HookEvent } from './hook.ts'
import type { HotKeyLimitEvent } from './hot-key-limit/hot-key-limit.ts'
import type { KeyedEvent } from './keyed.ts'
import type { RateLimitEvent } from './rate-limit/rate-limit.ts'
import type { RetryEvent } from './retry/retry.ts'
import type { ShareEvent } from './share/event.ts'
import type { SingleFlightEvent } from './single-flight/single-flight.ts'
import type { TimeoutEvent } from './timeout/timeout.ts'

/** Everything a pipeline may report, told apart by `type`. */
export type HoldfastEvent = EventHeader &
  (
    | BulkheadEvent
    | CircuitBreakerEvent
    | EndpointsEvent
    | FallbackEvent
    | HedgeEvent
    | HookEvent
    | HotKeyLimitEvent
    | KeyedEvent
    | RateLimitEvent
    | RetryEvent
    | ShareEvent
    | SingleFlightEvent
    | TimeoutEvent
  )
