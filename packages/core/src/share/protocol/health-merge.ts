import { isRecent, withoutSilent } from './flush.ts'
import { mendEndpoint } from './health-change.ts'
import type { EndpointCounts, EndpointDropped, HealthFlushRequest } from './health-request.ts'
import type { HealthPolicy } from './health-policy.ts'
import { emptyEndpoint, healthKeepMs, maximumEndpoints, withEndpoint } from './health-record.ts'
import type { EndpointRecord, HealthRecord } from './health-record.ts'
import type { Message } from './message.ts'
import { counted, slide } from './ring.ts'

export interface Merged {
  readonly record: HealthRecord
  readonly dropped: EndpointDropped
  readonly message?: Message
}

/** Who has reported, and when. Now and then those that are silent are forgotten. */
export function reporting(
  record: HealthRecord,
  { instance, sequence }: HealthFlushRequest,
  policy: HealthPolicy,
  now: number,
): HealthRecord {
  const reporters = { ...record.reporters, [instance]: { sequence, second: Math.floor(now / 1_000) } }
  if (sequence % 256 > 0) return { ...record, reporters }
  const failing = Object.entries(record.failing).filter(([, at]) => isRecent(at, policy, now))
  const heard = withoutSilent(reporters, policy, now)
  return { ...record, reporters: heard, failing: Object.fromEntries(failing) }
}

/** Takes in what one instance says of one endpoint. */
export function merge(
  found: HealthRecord,
  request: HealthFlushRequest,
  counts: EndpointCounts,
  fresh: boolean,
  policy: HealthPolicy,
  now: number,
): Merged {
  const { id, instance } = request
  const { endpoint, claim, successes, failures } = counts
  const record = joined(found, request, counts, policy, now)
  const known = record?.endpoints.get(endpoint)
  if (record === undefined || known === undefined) return { record: found, dropped: 'full' }
  if (claim === undefined) return { record, dropped: 'none' }
  const mended = mendEndpoint(record, { id, endpoint }, claim, policy, now)
  if (mended !== undefined) return { ...mended, dropped: 'repaired' }
  if (successes + failures === 0) return { record, dropped: 'none' }
  if (claim.epoch !== known.epoch) return { record, dropped: 'epoch' }
  if (known.status !== 'closed') return { record, dropped: 'state' }
  if (!fresh) return { record, dropped: 'duplicate' }
  const merged = withEndpoint(record, endpoint, counted(slide(known, policy, now), successes, failures))
  if (failures === 0) return { record: merged, dropped: 'none' }
  const failing = { ...record.failing, [`${endpoint}:${instance}`]: now }
  return { record: { ...merged, failing, failingExpireAt: now + healthKeepMs(policy) }, dropped: 'none' }
}

/** The endpoint is known from now on, and in use. Undefined where there are too many. */
function joined(
  record: HealthRecord,
  request: HealthFlushRequest,
  { endpoint, group }: EndpointCounts,
  { bucketMs }: HealthPolicy,
  now: number,
): HealthRecord | undefined {
  const known = record.endpoints.get(endpoint)
  if (known === undefined) {
    if (record.endpoints.size >= maximumEndpoints) return undefined
    return withEndpoint(record, endpoint, { ...emptyEndpoint, group, seen: now })
  }
  // An instance with the rules of yesterday has the groups of yesterday.
  const told: EndpointRecord = request.policy.version < record.policyVersion ? known : { ...known, group }
  const seen = now - known.seen >= bucketMs ? now : known.seen
  return withEndpoint(record, endpoint, { ...told, seen })
}
