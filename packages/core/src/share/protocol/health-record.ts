import { longestOpenMs, ringSize } from './breaker-policy.ts'
import { keepMs, remainingMs, unexpired } from './breaker-record.ts'
import type { BreakerRecord, Entry } from './breaker-record.ts'
import type { CircuitReply } from './flush.ts'
import { decodeHealthPolicy, encodeHealthPolicy } from './health-policy.ts'
import type { HealthPolicy } from './health-policy.ts'
import type { Reporters } from './reporters.ts'
import { emptyRing } from './ring.ts'
import type { Ring } from './ring.ts'
import { absurdMs } from './status.ts'

/** Of one endpoint: healthy is `closed`, ejected `open`, and on its way back `half-open`. As of a circuit otherwise. */
export interface EndpointRecord
  extends Ring,
    Pick<BreakerRecord, 'epoch' | 'status' | 'until' | 'openMs' | 'openings' | 'since'>,
    Pick<BreakerRecord, 'succeeded' | 'failed' | 'lost' | 'granted' | 'numbered' | 'returned'> {
  /** 0 is the primary's; the higher, the later it is used. */
  readonly group: number
  /** When an instance last named it, to the bucket. */
  readonly seen: number
  /** It would be ejected, were there enough others. */
  readonly held: boolean
}

/**
 * What the server holds of the endpoints of one service: the twin of the keys `c`, `i`, `v` and `p`. One object for all,
 * so that how many are ejected is decided in one step.
 */
export interface HealthRecord {
  /** Of the register: which group is in use, since when, and whether all its endpoints are used, ejected or not. */
  readonly epoch: number
  readonly active: number
  readonly since: number
  readonly panic: boolean
  readonly policyVersion: number
  readonly policy: string
  /** When it began to be kept. 0 where it is not. */
  readonly begun: number
  /** The bucket in which expiry was last renewed. */
  readonly bucket: number
  /** By id, in the order in which they became known. */
  readonly endpoints: ReadonlyMap<string, EndpointRecord>
  readonly expiresAt: number
  /** Of each instance: the last sequence number and the second it came in. */
  readonly reporters: Reporters
  readonly reportersExpireAt: number
  /** When each instance last reported a failure of an endpoint, by `endpoint:instance`. */
  readonly failing: Readonly<Record<string, number>>
  readonly failingExpireAt: number
  /** When the lease of each running probe ends, by `endpoint:epoch:number`. */
  readonly leases: Readonly<Record<string, number>>
  readonly leasesExpireAt: number
}

/** Of how many endpoints of one service the fleet keeps the health. */
export const maximumEndpoints = 64

/** The last group that an endpoint may be of. */
export const maximumGroup = 999

/** An endpoint that nobody names is forgotten after so many milliseconds, at the earliest. */
const forgetMs = 60_000

export const emptyEndpoint: EndpointRecord = {
  ...emptyRing,
  group: 0,
  epoch: 0,
  status: 'closed',
  until: 0,
  openMs: 0,
  openings: 0,
  since: 0,
  succeeded: 0,
  failed: 0,
  lost: 0,
  granted: 0,
  numbered: 0,
  returned: 0,
  seen: 0,
  held: false,
}

export const emptyHealth: HealthRecord = {
  epoch: 0,
  active: 0,
  since: 0,
  panic: false,
  begun: 0,
  policyVersion: 0,
  policy: '',
  bucket: 0,
  endpoints: new Map(),
  expiresAt: 0,
  reporters: {},
  reportersExpireAt: 0,
  failing: {},
  failingExpireAt: 0,
  leases: {},
  leasesExpireAt: 0,
}

/** What is left at `now`: keys that have expired are gone, and a clock that stepped back is made up for. */
export function livingHealth(record: HealthRecord, now: number): HealthRecord {
  const left = unexpired(record, emptyHealth, now)
  const endpoints = new Map([...left.endpoints].map(([id, each]) => [id, clamped(each, now)]))
  return { ...left, since: Math.min(left.since, now), begun: Math.min(left.begun, now), endpoints }
}

/** Nothing remains longer than it was meant to last. */
function clamped(endpoint: EndpointRecord, now: number): EndpointRecord {
  const { status, until, openMs, since, seen } = endpoint
  const latest = status === 'open' ? Math.min(until, now + Math.min(openMs, absurdMs)) : until
  return { ...endpoint, until: latest, since: Math.min(since, now), seen: Math.min(seen, now) }
}

export function withEndpoint(record: HealthRecord, id: string, endpoint: EndpointRecord): HealthRecord {
  return { ...record, endpoints: new Map(record.endpoints).set(id, endpoint) }
}

/** A new epoch of one endpoint begins from zero. */
export function enteredEndpoint(record: HealthRecord, id: string, entry: Entry, now: number): HealthRecord {
  const { group = 0, seen = now } = record.endpoints.get(id) ?? {}
  const { epoch, status, openMs, openings } = entry
  const until = status === 'open' ? now + openMs : 0
  const begun = { ...emptyEndpoint, group, seen, epoch, status, until, openMs, openings, since: now }
  return withEndpoint(without(record, id), id, begun)
}

/** The record without what others have said of an endpoint. */
function without(record: HealthRecord, id: string): HealthRecord {
  return { ...record, failing: notOf(id, record.failing), leases: notOf(id, record.leases) }
}

export function notOf<Value>(id: string, named: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(named).filter(([name]) => !name.startsWith(`${id}:`)))
}

/** Endpoints that have gone out of use are forgotten; those whose time is running not before it is over. */
export function withoutUnseen(record: HealthRecord, { bucketMs }: HealthPolicy, now: number): HealthRecord {
  const unseenMs = Math.max(forgetMs, 4 * ringSize * bucketMs)
  const gone = [...record.endpoints].filter(
    ([, each]) => now - each.seen >= unseenMs && remainingMs(each, now) === 0,
  )
  if (gone.length === 0) return record
  const endpoints = new Map(record.endpoints)
  for (const [id] of gone) endpoints.delete(id)
  return { ...gone.reduce((left, [id]) => without(left, id), record), endpoints }
}

/** How long keys are kept: longer than any window, lease, dwell or ejection that they tell of. */
export function healthKeepMs(policy: HealthPolicy): number {
  return Math.max(keepMs(policy, longestOpenMs(policy)), 2 * policy.dwellMs)
}

/** The rules by which this record is judged: those of the highest version that was ever sent. */
export function healthRulesOf(record: HealthRecord, sent: HealthPolicy): HealthPolicy {
  if (sent.version >= record.policyVersion) return sent
  return decodeHealthPolicy(record.policy) ?? sent
}

/** The record with rules that bind others; version 0 binds nobody. */
export function withHealthPolicy(record: HealthRecord, sent: HealthPolicy): HealthRecord {
  if (sent.version <= record.policyVersion) return record
  return { ...record, policyVersion: sent.version, policy: encodeHealthPolicy(sent) }
}

/** How the server answers for one endpoint, be it known or not. */
export function endpointState(record: HealthRecord, id: string, now: number): CircuitReply {
  const endpoint = record.endpoints.get(id) ?? emptyEndpoint
  const { epoch, status, openings } = endpoint
  return { epoch, status, remainingMs: remainingMs(endpoint, now), openings }
}

/** Whether one more endpoint may be ejected. */
export function mayEject({ endpoints }: HealthRecord, policy: HealthPolicy): boolean {
  const ejected = ejectedOf(endpoints)
  if (ejected + 1 > policy.maximumEjectedRatio * endpoints.size) return false
  return endpoints.size - ejected - 1 >= policy.minimumHealthy
}

export function ejectedOf(endpoints: HealthRecord['endpoints']): number {
  let ejected = 0
  for (const { status } of endpoints.values()) if (status !== 'closed') ejected++
  return ejected
}
