import { mendEndpoint } from './health-change.ts'
import type { EndpointCounts, EndpointDropped, HealthFlushRequest } from './health-request.ts'
import type { HealthPolicy } from './health-policy.ts'
import { emptyEndpoint, healthKeepMs, maximumEndpoints, withEndpoint } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { Message } from './message.ts'
import { isTidyingAt, withoutSilent } from './reporters.ts'
import { counted, isRecent, slide } from './ring.ts'

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
  if (!isTidyingAt(sequence)) return { ...record, reporters }
  const failing = Object.entries(record.failing).filter(([, at]) => isRecent(at, policy, now))
  const heard = withoutSilent(reporters, policy, now)
  return { ...record, reporters: heard, failing: Object.fromEntries(failing) }
}

/** All endpoints that the sender knows of are known from now on, as far as there is room, and in use. */
export function joined(
  record: HealthRecord,
  request: HealthFlushRequest,
  { bucketMs }: HealthPolicy,
  now: number,
): HealthRecord {
  const endpoints = new Map(record.endpoints)
  // An instance with the rules of yesterday has the groups of yesterday.
  const outdated = request.policy.version < record.policyVersion
  for (const { endpoint, group } of request.endpoints) {
    const known = endpoints.get(endpoint)
    if (known === undefined && endpoints.size >= maximumEndpoints) continue
    const { seen, ...rest } = known ?? { ...emptyEndpoint, group }
    const told = outdated ? rest : { ...rest, group }
    endpoints.set(endpoint, { ...told, seen: now - seen >= bucketMs ? now : seen })
  }
  return { ...record, begun: record.begun === 0 ? now : record.begun, endpoints }
}

/** Takes in what one instance says of one endpoint. */
export function merge(
  record: HealthRecord,
  { id, instance }: HealthFlushRequest,
  { endpoint, claim, successes, failures }: EndpointCounts,
  fresh: boolean,
  policy: HealthPolicy,
  now: number,
): Merged {
  const known = record.endpoints.get(endpoint)
  if (known === undefined) return { record, dropped: 'full' }
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
