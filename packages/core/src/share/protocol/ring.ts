import { ringSize } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'

/** The counts of a sliding window: one number of each kind for each of its buckets. */
export interface Ring {
  readonly bucketMs: number
  /** The newest bucket's number. 0 where there is none. */
  readonly bucket: number
  readonly successes: readonly number[]
  readonly failures: readonly number[]
}

const none: readonly number[] = Array.from({ length: ringSize }, () => 0)

export const emptyRing: Ring = { bucketMs: 0, bucket: 0, successes: none, failures: none }

/** Forgets the buckets that have left the window. A clock that stepped back a little goes on in the newest bucket. */
export function slide<Slid extends Ring>(
  ring: Slid,
  { bucketMs }: Pick<BreakerPolicy, 'bucketMs'>,
  now: number,
): Slid {
  const current = Math.floor(now / bucketMs)
  const { bucket } = ring
  const passed = current - bucket
  if (ring.bucketMs !== bucketMs || passed >= ringSize || passed < -ringSize) {
    return { ...ring, bucketMs, bucket: current, successes: none, failures: none }
  }
  if (passed <= 0) return ring
  const left = (_: number, slot: number): boolean => (current - slot + ringSize) % ringSize < passed
  const without = (counts: readonly number[]): number[] =>
    counts.map((count, slot) => (left(count, slot) ? 0 : count))
  return { ...ring, bucket: current, successes: without(ring.successes), failures: without(ring.failures) }
}

/**
 * Whether a moment lies in the window. A window ahead counts too, since the clock may have stepped back by as much without
 * the counts being lost.
 */
export function isRecent(at: number, { bucketMs }: Pick<BreakerPolicy, 'bucketMs'>, now: number): boolean {
  return Math.abs(now - at) < ringSize * bucketMs
}

/** The ring with counts more in its newest bucket. */
export function counted<Counted extends Ring>(ring: Counted, successes: number, failures: number): Counted {
  const slot = ring.bucket % ringSize
  return {
    ...ring,
    successes: ring.successes.with(slot, (ring.successes[slot] ?? 0) + successes),
    failures: ring.failures.with(slot, (ring.failures[slot] ?? 0) + failures),
  }
}

/** Whether the counts alone say that something is wrong. */
export function exceeds({ bucket, successes, failures }: Ring, policy: BreakerPolicy): boolean {
  const failed = sum(failures)
  if (failed === 0) return false
  const calls = sum(successes) + failed
  if (calls >= policy.minimumCalls && failed >= policy.failureRatio * calls) return true
  const [slot, before] = [bucket % ringSize, (bucket + ringSize - 1) % ringSize]
  const failedLately = (failures[slot] ?? 0) + (failures[before] ?? 0)
  const lately = (successes[slot] ?? 0) + (successes[before] ?? 0) + failedLately
  return lately >= policy.minimumCalls && failedLately >= policy.burstRatio * lately
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
