import { nextEpoch } from './breaker-record.ts'
import type { HealthPolicy } from './health-policy.ts'
import { ejectedOf, mayEject } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { RegisterMessage, RegisterReason } from './message.ts'
import { absurdMs } from './status.ts'

/** Which endpoints of a service are used, as a server answers it. */
export interface RegisterReply {
  readonly epoch: number
  /** The group in use. */
  readonly active: number
  /** Too many endpoints are bad: all are used, whatever their state. */
  readonly panic: boolean
}

/** What one instance holds to be the register. */
export type RegisterClaim = RegisterReply

interface Mended {
  readonly epoch: number
  readonly active: number
  readonly since: number
  readonly reason: RegisterReason
}

/** What a record is after its register has followed its endpoints, and what all are told of it. */
interface Regulated {
  readonly record: HealthRecord
  readonly message?: RegisterMessage
}

/** Repairs the register where a claim shows that it must be, and lets it follow what the endpoints have become. */
export function regulate(
  record: HealthRecord,
  id: string,
  claim: RegisterClaim | undefined,
  policy: HealthPolicy,
  now: number,
): Regulated {
  const mended = claim === undefined ? undefined : mend(record, claim, now)
  const from = mended ?? record
  const panic = panics(record, policy)
  const active = activeOf(record, from, policy, now)
  if (mended === undefined && panic === record.panic && active === record.active) return { record }
  const epoch = mended?.epoch ?? nextEpoch(record.epoch, now)
  const since = active === from.active ? from.since : now
  const reason = mended?.reason ?? reasonOf(record, active, panic)
  const message = { type: 'register', id, epoch, active, panic, reason } as const
  return { record: { ...record, epoch, active, panic, since }, message }
}

/** As a circuit is repaired. Who disagrees about the group in use agrees on the one that is used later. */
function mend(record: HealthRecord, claim: RegisterClaim, now: number): Mended | undefined {
  const { epoch, active, since, panic } = record
  if (claim.epoch >= now + absurdMs && claim.epoch - epoch > absurdMs / 2) {
    return { epoch: nextEpoch(epoch, now), active, since, reason: 'rebased' }
  }
  if (claim.epoch > epoch) {
    return { epoch: nextEpoch(claim.epoch, now), active: claim.active, since: now, reason: 'restored' }
  }
  if (claim.epoch < epoch || (claim.active === active && claim.panic === panic)) return undefined
  return {
    epoch: nextEpoch(epoch, now),
    active: Math.max(active, claim.active),
    since: now,
    reason: 'conflict',
  }
}

/**
 * An endpoint should be ejected and may not, or more are ejected than may be, as when others have gone out of use.
 */
function panics(record: HealthRecord, policy: HealthPolicy): boolean {
  const { endpoints } = record
  const ejected = ejectedOf(endpoints)
  if (ejected > policy.maximumEjectedRatio * endpoints.size) return true
  if (ejected > 0 && endpoints.size - ejected < policy.minimumHealthy) return true
  const held = [...endpoints.values()].some((each) => each.held)
  return held && !mayEject(record, policy)
}

/**
 * The group to be used: another at once when none of its endpoints is healthy, and an earlier one that has a healthy
 * endpoint as soon as it has been in use for long enough.
 */
function activeOf(
  record: HealthRecord,
  from: Pick<HealthRecord, 'active' | 'since'>,
  { dwellMs }: HealthPolicy,
  now: number,
): number {
  const { active, since } = from
  const healthy = [...record.endpoints.values()].filter(({ status }) => status === 'closed')
  if (healthy.length === 0) return active
  const first = Math.min(...healthy.map(({ group }) => group))
  if (!hasHealthy(record, active)) return first
  return now - since >= dwellMs ? Math.min(active, first) : active
}

function hasHealthy({ endpoints }: HealthRecord, group: number): boolean {
  return [...endpoints.values()].some((each) => each.group === group && each.status === 'closed')
}

function reasonOf(record: HealthRecord, active: number, panic: boolean): RegisterReason {
  if (active === record.active) return panic ? 'panic' : 'calm'
  return hasHealthy(record, record.active) ? 'failback' : 'failover'
}
