import { encodePolicy, decodePolicy, ringSize } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'
import type { Reporters } from './reporters.ts'
import { emptyRing } from './ring.ts'
import { absurdMs } from './status.ts'
import type { Status } from './status.ts'

/**
 * What the server holds of one circuit: the TypeScript twin of the keys `c`, `i`, `v` and `p`. Times are milliseconds of
 * the server's clock.
 */
export interface BreakerRecord {
  readonly epoch: number
  readonly status: Status
  /** Until when it is open. */
  readonly until: number
  /** How long this opening was meant to last: more than this can never remain. */
  readonly openMs: number
  readonly openings: number
  readonly since: number
  /** Probes of this half-open epoch: with a good and a bad end, and of the bad ones those that nobody has seen end. */
  readonly succeeded: number
  readonly failed: number
  readonly lost: number
  /** Probes given out and not handed back; how many tokens were ever numbered; how many were handed back. */
  readonly granted: number
  readonly numbered: number
  readonly returned: number
  /** How many instances reported in the last epoch that any did in. */
  readonly reportersBefore: number
  /** Of the rules that bind everybody. */
  readonly policyVersion: number
  readonly policy: string
  readonly bucketMs: number
  /** The newest bucket's number. 0 where there is none. */
  readonly bucket: number
  readonly successes: readonly number[]
  readonly failures: readonly number[]
  /** When the key `c` expires. */
  readonly expiresAt: number
  /** Of each instance that has reported in this epoch: the last sequence number and the second it came in. */
  readonly reporters: Reporters
  readonly reportersExpireAt: number
  /** When each instance last reported a failure. */
  readonly failing: Readonly<Record<string, number>>
  readonly failingExpireAt: number
  /** When the lease of each running probe ends. */
  readonly leases: Readonly<Record<string, number>>
  readonly leasesExpireAt: number
}

export const emptyRecord: BreakerRecord = {
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
  reportersBefore: 0,
  policyVersion: 0,
  policy: '',
  ...emptyRing,
  expiresAt: 0,
  reporters: {},
  reportersExpireAt: 0,
  failing: {},
  failingExpireAt: 0,
  leases: {},
  leasesExpireAt: 0,
}

/** How long a key that nobody writes to is kept, at least. */
export const idleMs = 600_000

/** How long keys are kept: longer than any window, lease or opening that they tell of. */
export function keepMs({ bucketMs, probeLeaseMs }: BreakerPolicy, openMs: number): number {
  return Math.max(idleMs, 2 * openMs, 4 * ringSize * bucketMs, 2 * probeLeaseMs)
}

/** What a record holds in its four keys, each of which expires by itself. */
type Expiring = Pick<
  BreakerRecord,
  | 'expiresAt'
  | 'reporters'
  | 'reportersExpireAt'
  | 'failing'
  | 'failingExpireAt'
  | 'leases'
  | 'leasesExpireAt'
>

/** What is left of a record at `now`, whose key `c` holds what is in `empty` if it has expired. */
export function unexpired<Held extends Expiring>(record: Held, empty: Held, now: number): Held {
  let left = record
  if (now >= record.expiresAt) {
    const { reporters, reportersExpireAt, failing, failingExpireAt, leases, leasesExpireAt } = record
    left = { ...empty, reporters, reportersExpireAt, failing, failingExpireAt, leases, leasesExpireAt }
  }
  if (now >= left.reportersExpireAt) left = { ...left, reporters: {} }
  if (now >= left.failingExpireAt) left = { ...left, failing: {} }
  if (now >= left.leasesExpireAt) left = { ...left, leases: {} }
  return left
}

/** What is left of a record at `now`: keys that have expired are gone, and a clock that stepped back is made up for. */
export function living(record: BreakerRecord, now: number): BreakerRecord {
  return clamped(unexpired(record, emptyRecord, now), now)
}

/** No opening remains longer than it was meant to last. */
function clamped(record: BreakerRecord, now: number): BreakerRecord {
  const longest = Math.min(record.openMs, absurdMs)
  if (record.status !== 'open' || record.until - now <= longest) return record
  return { ...record, until: now + longest }
}

/** What a claim is held against. */
export type Standing = Pick<BreakerRecord, 'epoch' | 'status' | 'until' | 'openings'>

export function remainingMs({ status, until }: Pick<Standing, 'status' | 'until'>, now: number): number {
  return status === 'open' ? Math.max(0, until - now) : 0
}

/** The rules by which this record is judged: those of the highest version that was ever sent. */
export function rulesOf(record: BreakerRecord, sent: BreakerPolicy): BreakerPolicy {
  if (sent.version >= record.policyVersion) return sent
  return decodePolicy(record.policy) ?? sent
}

/** The record with rules that bind others; version 0 binds nobody. */
export function withPolicy(record: BreakerRecord, sent: BreakerPolicy): BreakerRecord {
  if (sent.version <= record.policyVersion) return record
  return { ...record, policyVersion: sent.version, policy: encodePolicy(sent) }
}

/** A later epoch than `epoch`, in milliseconds of the server's clock where that has gone on. */
export function nextEpoch(epoch: number, now: number): number {
  return Math.max(epoch + 1, now)
}

/** What a new epoch begins with. */
export interface Entry {
  readonly epoch: number
  readonly status: Status
  /** How long it is to be open. */
  readonly openMs: number
  readonly openings: number
}

/** A new epoch begins from zero: window, reporters and probes are of one epoch. */
export function entered(
  { policyVersion, policy, reporters, reportersBefore }: BreakerRecord,
  { epoch, status, openMs, openings }: Entry,
  rules: BreakerPolicy,
  now: number,
): BreakerRecord {
  return {
    ...emptyRecord,
    epoch,
    status,
    until: status === 'open' ? now + openMs : 0,
    openMs,
    openings,
    since: now,
    reportersBefore: Object.keys(reporters).length || reportersBefore,
    policyVersion,
    policy,
    expiresAt: now + keepMs(rules, openMs),
  }
}
