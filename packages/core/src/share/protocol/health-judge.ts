import { quorumOf, ringSize } from './breaker-policy.ts'
import { eject } from './health-change.ts'
import type { HealthPolicy } from './health-policy.ts'
import { mayEject, withEndpoint } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { Message } from './message.ts'
import { exceeds, slide } from './ring.ts'

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
  policy: HealthPolicy,
  now: number,
): Judged {
  const found = record.endpoints.get(endpoint)
  if (found === undefined || found.status !== 'closed') return { record }
  const slid = slide(found, policy, now)
  if (!exceeds(slid, policy)) return { record: withEndpoint(record, endpoint, { ...slid, held: false }) }
  const may = mayEject(record, policy)
  if (found.held && !may) return { record: withEndpoint(record, endpoint, slid) }
  const recent = withoutOldFailures(record, policy, now)
  const wanted = failingOf(recent, endpoint) >= quorumOf(Object.keys(record.reporters).length, policy)
  if (wanted && may) return eject(recent, { id, endpoint }, policy, now)
  return { record: withEndpoint(recent, endpoint, { ...slid, held: wanted }) }
}

/** Only who has failed within the window counts for the quorum. */
function withoutOldFailures(record: HealthRecord, policy: HealthPolicy, now: number): HealthRecord {
  const since = now - ringSize * policy.bucketMs
  const recent = Object.entries(record.failing).filter(([, at]) => at > since)
  return { ...record, failing: Object.fromEntries(recent) }
}

/** How many instances have seen the endpoint fail. */
function failingOf({ failing }: HealthRecord, endpoint: string): number {
  return Object.keys(failing).filter((name) => name.startsWith(`${endpoint}:`)).length
}
