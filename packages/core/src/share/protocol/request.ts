import type { FlushReply, FlushRequest } from './flush.ts'
import type {
  HealthFlushReply,
  HealthFlushRequest,
  HealthLookReply,
  HealthLookRequest,
  HealthProbeReply,
  HealthProbeRequest,
} from './health-request.ts'
import type { LookReply, LookRequest } from './look.ts'
import type { ControlReply, ControlRequest } from './override-record.ts'
import type { ProbeReply, ProbeRequest } from './probe.ts'

/** Everything that an instance may ask of the server. */
export type Request =
  | FlushRequest
  | ProbeRequest
  | LookRequest
  | ControlRequest
  | HealthFlushRequest
  | HealthProbeRequest
  | HealthLookRequest

export type Reply =
  | FlushReply
  | ProbeReply
  | LookReply
  | ControlReply
  | HealthFlushReply
  | HealthProbeReply
  | HealthLookReply

/** The reply to a kind of request. */
export type ReplyTo<Asked extends Request> = Extract<Reply, { readonly type: Asked['type'] }>
