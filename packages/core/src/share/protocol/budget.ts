import { ringSize } from './breaker-policy.ts'
import { idleMs } from './breaker-record.ts'
import { isTidyingAt, withoutSilent } from './reporters.ts'
import type { Reporters } from './reporters.ts'
import { counted, emptyRing, slide, sum } from './ring.ts'
import type { Ring } from './ring.ts'
import type { Step } from './step.ts'

/** What the server holds of a retry budget: the twin of the keys `c` and `i`. Times are ms of the server's clock. */
export interface BudgetRecord {
  /** A circuit's ring, whose successes are first attempts here and whose failures are those after the first. */
  readonly ring: Ring
  readonly expiresAt: number
  /** Of each instance that has reported: the last sequence number and the second it came in. */
  readonly reporters: Reporters
  readonly reportersExpireAt: number
}

export const emptyBudget: BudgetRecord = {
  ring: emptyRing,
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
function livingBudget(found: BudgetRecord, now: number): BudgetRecord {
  const ring = now < found.expiresAt ? found.ring : emptyRing
  const reporters = now < found.reportersExpireAt ? found.reporters : {}
  return { ...found, ring, reporters }
}

/** Adds what one instance has counted to the window of all, and answers with their sums. */
export function budget(
  found: BudgetRecord,
  request: BudgetRequest,
  now: number,
): Step<BudgetRecord, BudgetReply> {
  const { instance, sequence, bucketMs } = request
  const living = livingBudget(found, now)
  const ring = slide(living.ring, request, now)
  const last = living.reporters[instance]
  if (last !== undefined && sequence <= last.sequence) return { record: living, reply: replyOf(ring, living) }
  const reporters = { ...living.reporters, [instance]: { sequence, second: Math.floor(now / 1_000) } }
  const record: BudgetRecord = {
    ...living,
    ring: counted(ring, request.requests, request.retries),
    reporters: isTidyingAt(sequence) ? withoutSilent(reporters, request, now) : reporters,
  }
  const reply = replyOf(record.ring, record)
  // Expiry costs a command a key, so it is renewed once a bucket, and for everybody who is new.
  if (ring === living.ring && last !== undefined) return { record, reply }
  const expiresAt = now + Math.max(idleMs, 4 * ringSize * bucketMs)
  return { record: { ...record, expiresAt, reportersExpireAt: expiresAt }, reply }
}

function replyOf({ successes, failures }: Ring, { reporters }: BudgetRecord): BudgetReply {
  return {
    type: 'budget',
    requests: sum(successes),
    retries: sum(failures),
    reporters: Object.keys(reporters).length,
  }
}
