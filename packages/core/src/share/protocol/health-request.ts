import type { CircuitReply, Dropped } from './flush.ts'
import type { HealthPolicy } from './health-policy.ts'
import type { HealthRecord } from './health-record.ts'
import type { RegisterClaim, RegisterReply } from './health-register.ts'
import type { Message } from './message.ts'
import type { ProbeReply, ProbeReport } from './probe.ts'
import type { Claim } from './status.ts'

/** What one instance has to say of one endpoint. */
export interface EndpointCounts {
  readonly endpoint: string
  /** 0 for a primary; the higher, the later it is used. At most 999. */
  readonly group: number
  /** May be left out where there is nothing to say: of a healthy endpoint that has not been called. */
  readonly claim?: Claim
  readonly successes: number
  readonly failures: number
}

/** What one instance has counted of all endpoints of a service since its last flush. */
export interface HealthFlushRequest {
  readonly type: 'health-flush'
  readonly id: string
  readonly instance: string
  /** Grows with every flush of this instance, so that one that arrives twice counts once. */
  readonly sequence: number
  readonly register: RegisterClaim
  /** How many instances the sender knows of, itself included. */
  readonly fleet: number
  /** All that the instance knows of, whether or not it has called them. */
  readonly endpoints: readonly EndpointCounts[]
  readonly policy: HealthPolicy
}

/** `full`: the service has too many endpoints for this one to be known. Otherwise as for a circuit. */
export type EndpointDropped = Dropped | 'full'

/** In the order of their numbers on the wire. */
export const endpointDrops: readonly EndpointDropped[] = [
  'none',
  'epoch',
  'state',
  'duplicate',
  'repaired',
  'full',
]

export interface EndpointReply extends CircuitReply {
  readonly dropped: EndpointDropped
}

export interface HealthFlushReply {
  readonly type: 'health-flush'
  readonly register: RegisterReply
  /** Of each endpoint of the request, in its order. */
  readonly endpoints: readonly EndpointReply[]
  /** How many instances have reported lately. */
  readonly reporters: number
  /** Whether the sender was judged by the rules of a higher version. */
  readonly outdated: boolean
}

/** As `Step`, with all that instances are told: of each endpoint that has changed, then of the register. */
export interface HealthStep<Reply> {
  readonly record: HealthRecord
  readonly reply: Reply
  readonly messages: readonly Message[]
}

/** Reports probes of the claimed epoch of one endpoint, and asks for more. */
export interface HealthProbeRequest {
  readonly type: 'health-probe'
  readonly id: string
  readonly endpoint: string
  readonly claim: Claim
  readonly reports: readonly ProbeReport[]
  /** How many probes there is a demand for; 0 only reports. */
  readonly wanted: number
  readonly policy: HealthPolicy
}

export interface HealthProbeReply extends Omit<ProbeReply, 'type'> {
  readonly type: 'health-probe'
  readonly register: RegisterReply
}

/** Reads the health of the named endpoints; changes nothing. */
export interface HealthLookRequest {
  readonly type: 'health-look'
  readonly id: string
  readonly endpoints: readonly string[]
}

export interface HealthLookReply {
  readonly type: 'health-look'
  readonly register: RegisterReply
  /** In the order of the request. */
  readonly endpoints: readonly CircuitReply[]
}
