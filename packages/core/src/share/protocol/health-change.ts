import { nextEpoch } from './breaker-record.ts'
import { ringSize } from './breaker-policy.ts'
import { openFor } from './flush.ts'
import type { HealthPolicy } from './health-policy.ts'
import { emptyEndpoint, enteredEndpoint, mayEject } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { EndpointMessage } from './message.ts'
import { repair } from './repair.ts'
import type { Verdict } from './repair.ts'
import type { Claim } from './status.ts'

/** One endpoint of a service, both by their ids. */
export interface EndpointAddress {
  readonly id: string
  readonly endpoint: string
}

/** A record in which one endpoint has a new epoch, and what all are told of it. */
export interface EndpointChange {
  readonly record: HealthRecord
  readonly message: EndpointMessage
}

function changeEndpoint(
  record: HealthRecord,
  { id, endpoint }: EndpointAddress,
  { reason, entry }: Verdict,
  now: number,
): EndpointChange {
  const { epoch, status, openMs, openings } = entry
  return {
    record: enteredEndpoint(record, endpoint, entry, now),
    message: { type: 'endpoint', id, endpoint, epoch, status, remainingMs: openMs, reason, openings },
  }
}

/** As for a circuit. An ejection that was lost comes back only if it still may be; undefined where the claim fits. */
export function mendEndpoint(
  record: HealthRecord,
  address: EndpointAddress,
  claim: Claim,
  policy: HealthPolicy,
  now: number,
): EndpointChange | undefined {
  const standing = record.endpoints.get(address.endpoint) ?? emptyEndpoint
  const verdict = repair(standing, claim, policy, now)
  if (verdict === undefined) return undefined
  const { entry, reason } = verdict
  const ejects = standing.status === 'closed' && entry.status !== 'closed'
  if (!ejects || mayEject(record, policy)) return changeEndpoint(record, address, verdict, now)
  const kept = { ...entry, status: 'closed', openMs: 0 } as const
  return changeEndpoint(record, address, { reason, entry: kept }, now)
}

/** For longer the oftener it was ejected; every window that it stays healthy makes up for one ejection. */
export function eject(
  record: HealthRecord,
  address: EndpointAddress,
  policy: HealthPolicy,
  now: number,
): EndpointChange {
  const { epoch, openings, since } = record.endpoints.get(address.endpoint) ?? emptyEndpoint
  const forgiven = Math.floor((now - since) / (ringSize * policy.bucketMs))
  const times = Math.max(0, openings - forgiven) + 1
  const entry = {
    epoch: nextEpoch(epoch, now),
    status: 'open',
    openMs: openFor(times, policy),
    openings: times,
  } as const
  return changeEndpoint(record, address, { reason: 'tripped', entry }, now)
}
