import type { EndpointHealth } from './endpoint-health.ts'
import type { Exchange, Moment } from './exchange.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type { CircuitReply } from './protocol/flush.ts'
import { maximumEndpoints } from './protocol/health-record.ts'
import type { RegisterReply } from './protocol/health-register.ts'
import type {
  EndpointCounts,
  EndpointDropped,
  HealthFlushReply,
  HealthFlushRequest,
  HealthLookReply,
  HealthLookRequest,
  HealthProbeReply,
  HealthProbeRequest,
} from './protocol/health-request.ts'
import type { Message } from './protocol/message.ts'
import type { Reply, Request } from './protocol/request.ts'
import { absurdMs } from './protocol/status.ts'
import type { SharedHealth } from './shared-health.ts'
import type { StoreFailure } from './store.ts'

/** For how long a service whose keys are of no use is left alone, in milliseconds. */
const brokenMs = 5_000

/** What one instance says of a service's endpoints, and what it makes of the answers. */
export class HealthExchange implements Exchange {
  readonly registered: string
  readonly health: SharedHealth
  readonly #id: string
  #sequence = 0
  #heardAt = -Infinity
  #registeredAt = -Infinity
  /** The server is behind: it has to be told, even if there is nothing else to say. */
  #claimAt = Infinity
  #brokenUntil = -Infinity
  #outdated = false
}
