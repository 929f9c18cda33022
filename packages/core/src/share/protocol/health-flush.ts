import { judge } from './health-judge.ts'
import { joined, merge, reporting } from './health-merge.ts'
import {
  endpointState,
  healthKeepMs,
  healthRulesOf,
  livingHealth,
  withHealthPolicy,
  withoutUnseen,
} from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import { regulate } from './health-register.ts'
import type {
  EndpointDropped,
  EndpointReply,
  HealthFlushReply,
  HealthFlushRequest,
} from './health-request.ts'
import type { HealthStep } from './health-request.ts'
import type { Message } from './message.ts'

/**
 * Merges what one instance has counted, ejects the endpoints that satisfy a rule and the quorum as far as enough others
 * remain, and lets the register follow.
 */
export function flushHealth(
  found: HealthRecord,
  request: HealthFlushRequest,
  now: number,
): HealthStep<HealthFlushReply> {
  let record = livingHealth(found, now)
  const policy = healthRulesOf(record, request.policy)
  const last = record.reporters[request.instance]
  const fresh = request.sequence > (last?.sequence ?? 0)
  if (fresh) record = reporting(withHealthPolicy(record, request.policy), request, policy, now)
  record = withoutUnseen(joined(record, request, policy, now), policy, now)
  const messages: Message[] = []
  const drops: EndpointDropped[] = []
  const suspects = new Set<string>()
  for (const counts of request.endpoints) {
    const merged = merge(record, request, counts, fresh, policy, now)
    record = merged.record
    drops.push(merged.dropped)
    if (merged.message !== undefined) messages.push(merged.message)
    if (merged.dropped === 'none' && counts.failures > 0) suspects.add(counts.endpoint)
  }
  for (const [endpoint, { held }] of record.endpoints) {
    if (!held && !suspects.has(endpoint)) continue
    const judged = judge(record, request.id, endpoint, request.fleet, policy, now)
    record = judged.record
    if (judged.message !== undefined) messages.push(judged.message)
  }
  const regulated = regulate(record, request.id, request.register, policy, now)
  if (regulated.message !== undefined) messages.push(regulated.message)
  // Expiry costs a command a key, so it is renewed once a bucket, and for everybody and everything that is new.
  const bucket = Math.floor(now / policy.bucketMs)
  const renews = last === undefined || messages.length > 0 || bucket !== record.bucket
  const expiresAt = now + healthKeepMs(policy)
  record = { ...regulated.record, ...(renews && { bucket, expiresAt, reportersExpireAt: expiresAt }) }
  return { record, reply: answer(record, request, drops, now), messages }
}

function answer(
  record: HealthRecord,
  request: HealthFlushRequest,
  drops: readonly EndpointDropped[],
  now: number,
): HealthFlushReply {
  const { epoch, active, panic, reporters, policyVersion } = record
  const endpoints = request.endpoints.map(({ endpoint }, index): EndpointReply => {
    const dropped = drops[index] ?? 'none'
    return { ...endpointState(record, endpoint, now), dropped }
  })
  return {
    type: 'health-flush',
    register: { epoch, active, panic },
    endpoints,
    reporters: Object.keys(reporters).length,
    outdated: request.policy.version < policyVersion,
  }
}
