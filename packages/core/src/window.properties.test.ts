import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { window } from './window.ts'
import type { Counts } from './window.ts'

interface Entry {
  readonly at: number
  readonly failed: boolean
  readonly slow: boolean
  readonly ignored: boolean
}

const recount = (entries: readonly Entry[]): Counts => ({
  calls: entries.length,
  failures: entries.filter(({ failed }) => failed).length,
  slow: entries.filter(({ slow }) => slow).length,
  ignored: entries.filter(({ ignored }) => ignored).length,
})

const plain = ({ calls, failures, slow, ignored }: Counts): Counts => ({ calls, failures, slow, ignored })

const history = (gaps: readonly number[]): fc.Arbitrary<readonly (Omit<Entry, 'at'> & { gap: number })[]> =>
  fc.array(
    fc.record({
      gap: fc.oneof(...gaps.map(around)),
      failed: fc.boolean(),
      slow: fc.boolean(),
      ignored: fc.boolean(),
    }),
    { maxLength: 60 },
  )

/** Some make buckets of whole milliseconds, some do not. */
const someBuckets = fc.constantFrom(1, 2, 3, 7, 10, 64)

describe('D4: a window slides', () => {
  it('a time window equals a recount of its last whole buckets and the current one, after any idle time', () => {
    const durationMs = 1_000
    fc.assert(
      fc.property(history([100, 1_000, 1e12]), fc.nat(2_000), someBuckets, (steps, start, buckets) => {
        const bucketMs = durationMs / buckets
        const sliding = window({ type: 'time', durationMs, buckets })
        const entries: Entry[] = []
        let now = start
        for (const { gap, failed, slow, ignored } of steps) {
          now += gap
          sliding.add(now, failed, slow, ignored)
          entries.push({ at: now, failed, slow, ignored })
          const newest = Math.floor(now / bucketMs)
          const age = ({ at }: Entry): number => newest - Math.floor(at / bucketMs)
          expect(plain(sliding.counts(now))).toEqual(recount(entries.filter((entry) => age(entry) < buckets)))
          expect(sliding.recent(now, 2)).toEqual(
            recount(entries.filter((entry) => age(entry) < Math.min(2, buckets))),
          )
        }
        const idle = now + bucketMs * buckets
        expect(plain(sliding.counts(idle))).toEqual(recount([]))
        expect(sliding.empty(idle)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('a count window equals a recount of the last calls', () => {
    fc.assert(
      fc.property(history([1]), fc.integer({ min: 1, max: 12 }), (steps, size) => {
        const sliding = window({ type: 'count', size })
        const entries: Entry[] = []
        for (const { failed, slow, ignored } of steps) {
          sliding.add(0, failed, slow, ignored)
          entries.push({ at: 0, failed, slow, ignored })
          expect(plain(sliding.counts(0))).toEqual(recount(entries.slice(-size)))
        }
      }),
    )
  })

  it('D15: filled from its own cells it counts the same, now and later', () => {
    fc.assert(
      fc.property(
        history([100, 1_000]),
        fc.constantFrom('time', 'count'),
        fc.oneof(around(100), around(500), around(1_000)),
        (steps, type, later) => {
          const options =
            type === 'time'
              ? { type: 'time' as const, durationMs: 1_000 }
              : { type: 'count' as const, size: 7 }
          const original = window(options)
          let now = 5_000
          for (const { gap, failed, slow, ignored } of steps)
            original.add((now += gap), failed, slow, ignored)
          const copy = window(options)
          copy.fill(now, original.cells(now), original.cellMs)
          expect(copy.cells(now)).toEqual(original.cells(now))
          expect(plain(copy.counts(now))).toEqual(plain(original.counts(now)))
          expect(plain(copy.counts(now + later))).toEqual(plain(original.counts(now + later)))
        },
      ),
    )
  })

  it('D15: filled on a clock that has just begun, it keeps what is older than that clock', () => {
    fc.assert(
      fc.property(history([100, 1_000]), around(100), (steps, start) => {
        const original = window({ type: 'time', durationMs: 1_000 })
        let now = 5_000
        for (const { gap, failed, slow, ignored } of steps) original.add((now += gap), failed, slow, ignored)
        const copy = window({ type: 'time', durationMs: 1_000 })
        copy.fill(start, original.cells(now), original.cellMs)
        expect(plain(copy.counts(start))).toEqual(plain(original.counts(now)))
      }),
    )
  })
})
