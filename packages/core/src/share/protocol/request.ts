import type { BudgetReply, BudgetRequest } from './budget.ts'
import type { FlushReply, FlushRequest } from './flush.ts'
import type {
  HealthFlushReply,
  HealthFlushRequest,
  HealthLookReply,
  HealthLookRequest,
  HealthProbeReply,
  HealthProbeRequest,
} from './health-request.ts'
import type { HeartbeatReply, HeartbeatRequest, RegistryReply, RegistryRequest } from './heartbeat.ts'
import type { InspectReply, InspectRequest } from './inspect.ts'
import type { LimitReply, LimitRequest } from './limit.ts'
import type { LookReply, LookRequest } from './look.ts'
import type { ControlReply, ControlRequest } from './override-record.ts'
import type { PermitReply, PermitRequest } from './permit.ts'
import type { ProbeReply, ProbeRequest } from './probe.ts'
import type { SliceReply, SliceRequest } from './slice.ts'

/** Everything that an instance may ask of the server. */
export type Request =
  | FlushRequest
  | ProbeRequest
  | LookRequest
  | InspectRequest
  | ControlRequest
  | SliceRequest
  | PermitRequest
  | LimitRequest
  | BudgetRequest
  | HeartbeatRequest
  | RegistryRequest
  | HealthFlushRequest
  | HealthProbeRequest
  | HealthLookRequest

/** Everything that the server may say to a request. */
export type Reply =
  | FlushReply
  | ProbeReply
  | LookReply
  | InspectReply
  | ControlReply
  | SliceReply
  | PermitReply
  | LimitReply
  | BudgetReply
  | HeartbeatReply
  | RegistryReply
  | HealthFlushReply
  | HealthProbeReply
  | HealthLookReply

/** The reply to a kind of request. */
export type ReplyTo<Asked extends Request> = Extract<Reply, { readonly type: Asked['type'] }>
