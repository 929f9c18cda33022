import { quorumOf } from './breaker-policy.ts'
import { eject } from './health-change.ts'
import type { HealthPolicy } from './health-policy.ts'
import { mayEject, withEndpoint } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { Message } from './message.ts'
import { exceeds, isRecent, slide } from './ring.ts'

interface Judged {
  readonly record: HealthRecord
  readonly message?: Message
}

/**
 * Ejects an endpoint that satisfies a rule and the quorum, or holds it where too few others would remain. Of one that is
 * held the counts alone are looked at, until it may be ejected.
 */
export function judge(
  record: HealthRecord,
  id: string,
  endpoint: string,
  fleet: number,
  policy: HealthPolicy,
  now: number,
): Judged {
  const found = record.endpoints.get(endpoint)
  if (found === undefined || found.status !== 'closed') return { record }
  const slid = slide(found, policy, now)
  if (!exceeds(slid, policy)) return { record: withEndpoint(record, endpoint, { ...slid, held: false }) }
  const may = mayEject(record, policy)
  if (found.held && !may) return { record: withEndpoint(record, endpoint, slid) }
  const quorum = quorumOf(expectedReporters(record, fleet, policy, now), policy)
  const wanted = failingOf(record, endpoint, policy, now) >= quorum
  if (wanted && may) return eject(record, { id, endpoint }, policy, now)
  return { record: withEndpoint(record, endpoint, { ...slid, held: wanted }) }
}

/** How many instances have seen the endpoint fail within the window. */
function failingOf({ failing }: HealthRecord, endpoint: string, policy: HealthPolicy, now: number): number {
  const lately = Object.entries(failing).filter(([, at]) => isRecent(at, policy, now))
  return lately.filter(([name]) => name.startsWith(`${endpoint}:`)).length
}

/** In the first window those that have reported may be the ones that fail: they must not pass for the whole fleet. */
function expectedReporters(record: HealthRecord, fleet: number, policy: HealthPolicy, now: number): number {
  const known = Object.keys(record.reporters).length
  return isRecent(record.begun, policy, now) ? Math.max(known, fleet, policy.quorumMinimum) : known
}
