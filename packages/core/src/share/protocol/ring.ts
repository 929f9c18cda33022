import { ringSize } from './breaker-policy.ts'

/** Where a window stands: how long its buckets are, and the newest one's number. */
export interface Ring {
  readonly bucketMs: number
  readonly bucket: number
}

export interface Turned extends Ring {
  /** Whether it has moved on. */
  readonly moved: boolean
  /** What is left of the counts of its slots. */
  left(counts: readonly number[]): readonly number[]
}

export const emptyRing: readonly number[] = Array.from({ length: ringSize }, () => 0)

/** Forgets the buckets that have left the window. A clock that stepped back a little goes on in the newest bucket. */
export function turned(ring: Ring, bucketMs: number, now: number): Turned {
  const current = Math.floor(now / bucketMs)
  const passed = current - ring.bucket
  if (ring.bucketMs !== bucketMs || passed >= ringSize || passed < -ringSize) {
    return { bucketMs, bucket: current, moved: true, left: () => emptyRing }
  }
  if (passed <= 0) return { ...ring, moved: false, left: (counts) => counts }
  const leaves = (slot: number): boolean => (current - slot + ringSize) % ringSize < passed
  const left = (counts: readonly number[]): readonly number[] =>
    counts.map((count, slot) => (leaves(slot) ? 0 : count))
  return { bucketMs, bucket: current, moved: true, left }
}

/** The counts with `added` in the slot of `bucket`. */
export function counted(counts: readonly number[], bucket: number, added: number): readonly number[] {
  const slot = bucket % ringSize
  return counts.with(slot, (counts[slot] ?? 0) + added)
}
