import { ringSize } from './breaker-policy.ts'
import { idleMs } from './breaker-record.ts'
import type { Reporter } from './breaker-record.ts'
import { counted, emptyRing, turned } from './ring.ts'
import type { Step } from './step.ts'

/** What the server holds of a retry budget: the twin of the keys `c` and `i`. Times are ms of the server's clock. */
export interface BudgetRecord {
  readonly bucketMs: number
  /** The newest bucket's number. */
  readonly bucket: number
  readonly requests: readonly number[]
  readonly retries: readonly number[]
  readonly expiresAt: number
  /** Of each instance that has reported: the last sequence number and the second it came in. */
  readonly reporters: Readonly<Record<string, Reporter>>
  readonly reportersExpireAt: number
}

export const emptyBudget: BudgetRecord = {
  bucketMs: 0,
  bucket: 0,
  requests: emptyRing,
  retries: emptyRing,
  expiresAt: 0,
  reporters: {},
  reportersExpireAt: 0,
}

/** What one instance has sent to the service since it last said so. */
export interface BudgetRequest {
  readonly type: 'budget'
  readonly id: string
  readonly instance: string
  /** Grows with every request of this instance, so that one that arrives twice counts once. */
  readonly sequence: number
  /** First attempts. */
  readonly requests: number
  /** Attempts after the first. */
  readonly retries: number
  /** Milliseconds of one of the ten buckets of the window. */
  readonly bucketMs: number
}

/** What the whole fleet has sent within the window. */
export interface BudgetReply {
  readonly type: 'budget'
  readonly requests: number
  readonly retries: number
  /** How many instances have reported lately. */
  readonly reporters: number
}

/** What is left of a record at `now`: keys that have expired are gone. */
export function livingBudget(found: BudgetRecord, now: number): BudgetRecord {
  const { reporters, reportersExpireAt } = found
  const left = now < found.expiresAt ? found : { ...emptyBudget, reporters, reportersExpireAt }
  return now < reportersExpireAt ? left : { ...left, reporters: {} }
}

/** Adds what one instance has counted to the window of all, and answers with their sums. */
export function budget(
  found: BudgetRecord,
  request: BudgetRequest,
  now: number,
): Step<BudgetRecord, BudgetReply> {
  const { instance, sequence, bucketMs } = request
  const living = livingBudget(found, now)
  const last = living.reporters[instance]
  if (last !== undefined && sequence <= last.sequence) return answer(living, bucketMs, now)
  const { bucket, moved, left } = turned(living, bucketMs, now)
  const reporters = { ...living.reporters, [instance]: { sequence, second: Math.floor(now / 1_000) } }
  const record: BudgetRecord = {
    ...living,
    bucketMs,
    bucket,
    requests: counted(left(living.requests), bucket, request.requests),
    retries: counted(left(living.retries), bucket, request.retries),
    reporters: sequence % 256 === 0 ? withoutSilent(reporters, bucketMs, now) : reporters,
  }
  // Expiry costs a command a key, so it is renewed once a bucket, and for everybody who is new.
  if (!moved && last !== undefined) return answer(record, bucketMs, now)
  const expiresAt = now + Math.max(idleMs, 4 * ringSize * bucketMs)
  return answer({ ...record, expiresAt, reportersExpireAt: expiresAt }, bucketMs, now)
}

function answer(record: BudgetRecord, bucketMs: number, now: number): Step<BudgetRecord, BudgetReply> {
  const { left } = turned(record, bucketMs, now)
  const sum = (counts: readonly number[]): number => left(counts).reduce((total, count) => total + count, 0)
  const reporters = Object.keys(record.reporters).length
  const reply = { requests: sum(record.requests), retries: sum(record.retries), reporters }
  return { record, reply: { type: 'budget', ...reply } }
}

/** Those that have been silent for a whole window report no longer. */
function withoutSilent(
  reporters: BudgetRecord['reporters'],
  bucketMs: number,
  now: number,
): BudgetRecord['reporters'] {
  const since = Math.floor(now / 1_000) - Math.ceil((ringSize * bucketMs) / 1_000) - 1
  return Object.fromEntries(Object.entries(reporters).filter(([, { second }]) => second >= since))
}
