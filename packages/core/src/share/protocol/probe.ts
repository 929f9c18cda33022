import type { BreakerPolicy } from './breaker-policy.ts'
import { entered, keepMs, living, nextEpoch, remainingMs, rulesOf, withPolicy } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { openFor } from './flush.ts'
import type { CircuitReply, Dropped } from './flush.ts'
import { changeOf, repair } from './repair.ts'
import type { Verdict } from './repair.ts'
import type { Claim } from './status.ts'
import type { Step } from './step.ts'

/**
 * How a probe ended: `lost` where it ran and nobody knows how it went, `returned` where it never ran, so that its
 * turn can be given out again.
 */
export type ProbeResult = 'succeeded' | 'failed' | 'lost' | 'returned'

/** In the order of their numbers on the wire. */
export const probeResults: readonly ProbeResult[] = ['succeeded', 'failed', 'lost', 'returned']

export interface ProbeReport {
  /** The number in the token, which is `epoch:number`. */
  readonly token: number
  readonly result: ProbeResult
}

/** Reports probes of the claimed epoch, and asks for more. */
export interface ProbeRequest {
  readonly type: 'probe'
  readonly id: string
  readonly claim: Claim
  readonly reports: readonly ProbeReport[]
  /** How many probes there is a demand for; 0 only reports. */
  readonly wanted: number
  readonly policy: BreakerPolicy
}

export interface ProbeReply extends CircuitReply {
  readonly type: 'probe'
  readonly dropped: Dropped
  /** The tokens granted, of the epoch of the reply: `tokens` numbers from `firstToken` on. */
  readonly firstToken: number
  readonly tokens: number
  /** How long each of them may take. */
  readonly leaseMs: number
  /** Milliseconds until the next running probe is given up; 0 where none runs. */
  readonly waitMs: number
  /** How many probes were given up just now. */
  readonly expired: number
  readonly outdated: boolean
}

type ProbeStep = Step<BreakerRecord, ProbeReply>

/**
 * Grants probes, a fixed total for each half-open epoch, and judges those that have ended. Whoever asks settles what is
 * finished or overdue, so that no instance has to live for the circuit to move on.
 */
export function probe(found: BreakerRecord, request: ProbeRequest, now: number): ProbeStep {
  const record = living(found, now)
  const policy = rulesOf(record, request.policy)
  const mended = repair(record, request.claim, policy, now)
  if (mended !== undefined) return change(record, request, mended, policy, { dropped: 'repaired' }, now)
  if (request.claim.epoch !== record.epoch) return answer(record, request, { dropped: 'epoch' }, now)
  if (record.status === 'closed') return answer(record, request, { dropped: 'state' }, now)
  if (record.status === 'half-open') return settle(withPolicy(record, request.policy), request, policy, now)
  if (request.wanted === 0 || now < record.until) return answer(record, request, { dropped: 'state' }, now)
  const { epoch, openings } = record
  const entry = { epoch: nextEpoch(epoch, now), status: 'half-open', openMs: 0, openings } as const
  const bound = withPolicy(record, request.policy)
  const { message, ...opened } = change(bound, request, { reason: 'probing', entry }, policy, {}, now)
  return { ...grant(opened.record, request, policy, 0, now), ...(message && { message }) }
}

/** Takes the reports and the leases that have run out, and closes, opens or grants. */
function settle(record: BreakerRecord, request: ProbeRequest, policy: BreakerPolicy, now: number): ProbeStep {
  const told = request.reports.reduce(
    (each, report) => reported(each, report, policy),
    shortened(record, policy, now),
  )
  const overdue = Object.keys(told.leases).filter((token) => (told.leases[token] ?? 0) <= now)
  const left = overdue.reduce((each, token) => withoutLease(each, token), told)
  const expired = overdue.length + missing(told)
  const judged = { ...left, failed: left.failed + expired, lost: left.lost + expired }
  const verdict = judge(judged, policy, now)
  if (verdict === undefined) return grant(judged, request, policy, expired, now)
  return change(judged, request, verdict, policy, { expired }, now)
}

/** Probes that are neither settled nor leased: their key was lost. Nobody else would ever give them up. */
function missing({ granted, succeeded, failed, leases }: BreakerRecord): number {
  return Math.max(0, granted - succeeded - failed - Object.keys(leases).length)
}

/** No lease ends later than one that began now: the clock has stepped back. */
function shortened(record: BreakerRecord, { probeLeaseMs }: BreakerPolicy, now: number): BreakerRecord {
  const latest = now + probeLeaseMs
  const ends = Object.entries(record.leases)
  if (ends.every(([, end]) => end <= latest)) return record
  return { ...record, leases: Object.fromEntries(ends.map(([token, end]) => [token, Math.min(end, latest)])) }
}

/** What was reported counts once, and only while the lease stands. */
function reported(
  record: BreakerRecord,
  { token, result }: ProbeReport,
  { probes }: BreakerPolicy,
): BreakerRecord {
  const name = `${record.epoch}:${token}`
  if (record.leases[name] === undefined) return record
  const without = withoutLease(record, name)
  const { succeeded, failed, lost, returned, granted } = without
  if (result === 'succeeded') return { ...without, succeeded: succeeded + 1 }
  if (result === 'failed') return { ...without, failed: failed + 1 }
  if (result === 'returned' && returned < probes)
    return { ...without, returned: returned + 1, granted: granted - 1 }
  return { ...without, failed: failed + 1, lost: lost + 1 }
}

function withoutLease(record: BreakerRecord, token: string): BreakerRecord {
  const { [token]: _, ...leases } = record.leases
  return { ...record, leases }
}

/** Closes when enough have succeeded. Opens when too few still can; for longer only if somebody has seen a failure. */
function judge(record: BreakerRecord, policy: BreakerPolicy, now: number): Verdict | undefined {
  const { succeeded, failed, lost, openings } = record
  const epoch = nextEpoch(record.epoch, now)
  if (succeeded >= policy.probeSuccesses) {
    return { reason: 'recovered', entry: { epoch, status: 'closed', openMs: 0, openings: 0 } }
  }
  if (failed <= policy.probes - policy.probeSuccesses) return undefined
  const more = failed === lost ? Math.max(1, openings) : openings + 1
  return {
    reason: 'relapsed',
    entry: { epoch, status: 'open', openMs: openFor(more, policy), openings: more },
  }
}

function grant(
  record: BreakerRecord,
  request: ProbeRequest,
  policy: BreakerPolicy,
  expired: number,
  now: number,
): ProbeStep {
  const { epoch, granted, numbered } = record
  const tokens = Math.max(0, Math.min(request.wanted, policy.probes - granted))
  const firstToken = tokens === 0 ? 0 : numbered + 1
  if (tokens === 0) return answer(record, request, { expired }, now)
  const names = Array.from({ length: tokens }, (_, index) => `${epoch}:${firstToken + index}`)
  const end = now + policy.probeLeaseMs
  const kept = now + keepMs(policy, 0)
  const given: BreakerRecord = {
    ...record,
    granted: granted + tokens,
    numbered: numbered + tokens,
    leases: { ...record.leases, ...Object.fromEntries(names.map((name) => [name, end])) },
    leasesExpireAt: kept,
    expiresAt: kept,
  }
  return answer(given, request, { expired, firstToken, tokens, leaseMs: policy.probeLeaseMs }, now)
}

type Particulars = Partial<Pick<ProbeReply, 'dropped' | 'firstToken' | 'tokens' | 'leaseMs' | 'expired'>>

function answer(
  record: BreakerRecord,
  request: ProbeRequest,
  particulars: Particulars,
  now: number,
): ProbeStep {
  const { epoch, status, openings, policyVersion } = record
  const { dropped = 'none', firstToken = 0, tokens = 0, leaseMs = 0, expired = 0 } = particulars
  const ends = Object.values(record.leases)
  const reply: ProbeReply = {
    type: 'probe',
    epoch,
    status,
    remainingMs: remainingMs(record, now),
    openings,
    dropped: request.reports.length === 0 && dropped !== 'repaired' ? 'none' : dropped,
    firstToken,
    tokens,
    leaseMs,
    waitMs: ends.length === 0 ? 0 : Math.max(0, Math.min(...ends) - now),
    expired,
    outdated: request.policy.version < policyVersion,
  }
  return { record, reply }
}

function change(
  record: BreakerRecord,
  request: ProbeRequest,
  verdict: Verdict,
  policy: BreakerPolicy,
  particulars: Particulars,
  now: number,
): ProbeStep {
  const begun = entered(record, verdict.entry, policy, now)
  return { ...answer(begun, request, particulars, now), message: changeOf(request.id, verdict) }
}
