import { longestOpenMs, quorumOf } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'
import { entered, keepMs, living, nextEpoch, remainingMs, rulesOf, withPolicy } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { changeOf, repair } from './repair.ts'
import type { Verdict } from './repair.ts'
import { isTidyingAt, withoutSilent } from './reporters.ts'
import { counted, exceeds, isRecent, slide, sum } from './ring.ts'
import type { Claim, Status } from './status.ts'
import type { Step } from './step.ts'

/** What one instance has counted since its last flush. */
export interface FlushRequest {
  readonly type: 'flush'
  readonly id: string
  readonly instance: string
  /** From 1 on; grows with every flush of this circuit by this instance, so that one that arrives twice counts once. */
  readonly sequence: number
  readonly claim: Claim
  readonly successes: number
  readonly failures: number
  /** How many instances the sender knows of, itself included. */
  readonly fleet: number
  readonly policy: BreakerPolicy
}

/** The state of a circuit as a server answers it. */
export interface CircuitReply {
  readonly epoch: number
  readonly status: Status
  readonly remainingMs: number
  readonly openings: number
}

/**
 * Why counts, or reports of probes, changed nothing: they belong to another epoch, the circuit is not closed, they came
 * twice, or the state had to be repaired first.
 */
export type Dropped = 'none' | 'epoch' | 'state' | 'duplicate' | 'repaired'

/** In the order of their numbers on the wire. */
export const drops: readonly Dropped[] = ['none', 'epoch', 'state', 'duplicate', 'repaired']

export interface FlushReply extends CircuitReply {
  readonly type: 'flush'
  readonly dropped: Dropped
  /** What the window holds after it. */
  readonly successes: number
  readonly failures: number
  /** How many instances have reported lately. */
  readonly reporters: number
  /** Whether the sender was judged by the rules of a higher version. */
  readonly outdated: boolean
}

type FlushStep = Step<BreakerRecord, FlushReply>

/** Merges what one instance has counted, and opens the circuit if that satisfies a rule and the quorum. */
export function flush(found: BreakerRecord, request: FlushRequest, now: number): FlushStep {
  const record = living(found, now)
  const policy = rulesOf(record, request.policy)
  const mended = repair(record, request.claim, policy, now)
  if (mended !== undefined) return enter(record, request, mended, policy, 'repaired', now)
  if (request.claim.epoch !== record.epoch) return answer(record, request, 'epoch', now)
  if (record.status !== 'closed') return answer(record, request, 'state', now)
  if (request.sequence <= (record.reporters[request.instance]?.sequence ?? 0)) {
    return answer(record, request, 'duplicate', now)
  }
  const merged = merge(withPolicy(record, request.policy), request, policy, now)
  if (!exceeds(merged, policy) || !hasQuorum(merged, request.fleet, policy, now))
    return answer(merged, request, 'none', now)
  return enter(merged, request, trip(merged, policy, now), policy, 'none', now)
}

function answer(record: BreakerRecord, request: FlushRequest, dropped: Dropped, now: number): FlushStep {
  const { epoch, status, openings, successes, failures, reporters, policyVersion } = record
  const empty = request.successes + request.failures === 0
  const reply: FlushReply = {
    type: 'flush',
    epoch,
    status,
    remainingMs: remainingMs(record, now),
    openings,
    dropped: empty && dropped !== 'repaired' ? 'none' : dropped,
    successes: sum(successes),
    failures: sum(failures),
    reporters: Object.keys(reporters).length,
    outdated: request.policy.version < policyVersion,
  }
  return { record, reply }
}

/** A new epoch, which all are told of. */
function enter(
  record: BreakerRecord,
  request: FlushRequest,
  verdict: Verdict,
  policy: BreakerPolicy,
  dropped: Dropped,
  now: number,
): FlushStep {
  const begun = entered(record, verdict.entry, policy, now)
  return { ...answer(begun, request, dropped, now), message: changeOf(request.id, verdict) }
}

function trip({ epoch, openings }: BreakerRecord, policy: BreakerPolicy, now: number): Verdict {
  const openMs = openFor(openings + 1, policy)
  return {
    reason: 'tripped',
    entry: { epoch: nextEpoch(epoch, now), status: 'open', openMs, openings: openings + 1 },
  }
}

/** Doubles with every opening in a row. */
export function openFor(openings: number, policy: BreakerPolicy): number {
  return Math.min(longestOpenMs(policy), policy.openMs * 2 ** Math.min(openings - 1, 50))
}

function merge(
  record: BreakerRecord,
  request: FlushRequest,
  policy: BreakerPolicy,
  now: number,
): BreakerRecord {
  const { instance, sequence, successes, failures } = request
  const slid = slide(record, policy, now)
  const known = record.reporters[instance] !== undefined
  const kept = now + keepMs(policy, 0)
  const merged: BreakerRecord = {
    ...counted(slid, successes, failures),
    // An epoch that nothing began, the first, begins with its first votes.
    since: record.since === 0 ? now : record.since,
    reporters: { ...slid.reporters, [instance]: { sequence, second: Math.floor(now / 1_000) } },
    ...(failures > 0 && { failing: { ...slid.failing, [instance]: now }, failingExpireAt: kept }),
  }
  const tidy = isTidyingAt(sequence) ? tidied(merged, policy, now) : merged
  // Expiry costs a command a key, so it is renewed once a bucket, and for everybody who is new.
  if (known && slid.bucket === record.bucket && record.bucketMs === policy.bucketMs) return tidy
  return { ...tidy, expiresAt: kept, reportersExpireAt: kept }
}

/** Whether enough of those that report have failed within the window. */
function hasQuorum(record: BreakerRecord, fleet: number, policy: BreakerPolicy, now: number): boolean {
  const lately = Object.values(record.failing).filter((at) => isRecent(at, policy, now))
  return lately.length >= quorumOf(expectedReporters(record, fleet, policy, now), policy)
}

/**
 * How many instances report, or will when each has had the time to. Failures are told sooner than successes: in the
 * first window of an epoch those that have reported are the ones that fail, and they must not pass for the whole fleet.
 */
function expectedReporters(record: BreakerRecord, fleet: number, policy: BreakerPolicy, now: number): number {
  const known = Object.keys(record.reporters).length
  if (!isRecent(record.since, policy, now)) return known
  const { reportersBefore } = record
  return Math.max(known, reportersBefore === 0 ? Math.max(fleet, policy.quorumMinimum) : reportersBefore)
}

function tidied(record: BreakerRecord, policy: BreakerPolicy, now: number): BreakerRecord {
  const failing = Object.entries(record.failing).filter(([, at]) => isRecent(at, policy, now))
  const reporters = withoutSilent(record.reporters, policy, now)
  return { ...record, reporters, failing: Object.fromEntries(failing) }
}
