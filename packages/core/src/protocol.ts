/**
 * The protocol of shared state, for who carries it to another place than memory: what travels, the codes that stand for
 * words on the wire, and the pure functions that say what a server does with each request.
 */
export { encodePolicy } from './share/protocol/breaker-policy.ts'
export type { BreakerPolicy } from './share/protocol/breaker-policy.ts'
export type { BudgetReply, BudgetRequest } from './share/protocol/budget.ts'
export { drops } from './share/protocol/flush.ts'
export type { CircuitReply, FlushReply, FlushRequest } from './share/protocol/flush.ts'
export { encodeHealthPolicy } from './share/protocol/health-policy.ts'
export type { HealthPolicy } from './share/protocol/health-policy.ts'
export { maximumGroup } from './share/protocol/health-record.ts'
export type { RegisterClaim, RegisterReply } from './share/protocol/health-register.ts'
export { endpointDrops } from './share/protocol/health-request.ts'
export type {
  EndpointCounts,
  EndpointReply,
  HealthFlushReply,
  HealthFlushRequest,
  HealthLookReply,
  HealthLookRequest,
  HealthProbeReply,
  HealthProbeRequest,
} from './share/protocol/health-request.ts'
export { aliveMs, maximumObjects } from './share/protocol/heartbeat.ts'
export type {
  HeartbeatReply,
  HeartbeatRequest,
  RegistryReply,
  RegistryRequest,
} from './share/protocol/heartbeat.ts'
export type { InspectReply, InspectRequest } from './share/protocol/inspect.ts'
export type { LimitReply, LimitRequest } from './share/protocol/limit.ts'
export type { LookReply, LookRequest } from './share/protocol/look.ts'
export { overrideStates } from './share/protocol/message.ts'
export type { OverrideState } from './share/protocol/message.ts'
export { auditLength } from './share/protocol/override-record.ts'
export type { AuditEntry, ControlReply, ControlRequest } from './share/protocol/override-record.ts'
export { permitActions } from './share/protocol/permit.ts'
export type { PermitAction, PermitReply, PermitRequest } from './share/protocol/permit.ts'
export { probeResults } from './share/protocol/probe.ts'
export type { ProbeReply, ProbeRequest } from './share/protocol/probe.ts'
export type { Reply, ReplyTo, Request } from './share/protocol/request.ts'
export type { SliceReply, SliceRequest } from './share/protocol/slice.ts'
export { absurdMs, statuses } from './share/protocol/status.ts'
export type { Claim, Status } from './share/protocol/status.ts'
