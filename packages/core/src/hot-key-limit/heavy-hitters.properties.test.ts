import { seededRandom } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeavyHitters } from './heavy-hitters.ts'

const meanAgeMs = 100

/** What is counted in the end is exact but for rounding. */
const nearly = 1e-9

/** All that was counted, by key, aged by brute force. */
class Exact {
  readonly counts = new Map<string, number>()
  total = 0
  #now = 0

  passTo(now: number, ageMs: number): void {
    const factor = Math.exp((this.#now - now) / ageMs)
    this.#now = now
    this.total *= factor
    for (const [key, count] of this.counts) this.counts.set(key, count * factor)
  }

  count(key: string): void {
    this.total++
    this.counts.set(key, this.of(key) + 1)
  }

  of(key: string): number {
    return this.counts.get(key) ?? 0
  }
}

function expectBounds(hitters: HeavyHitters, exact: Exact, places: number): void {
  const error = exact.total / places + nearly
  expect(Math.abs(hitters.total - exact.total)).toBeLessThan(nearly * Math.max(1, exact.total))
  const placed = new Set<string>()
  for (let place = 0; place < places; place++) {
    const key = hitters.keyAt(place)
    if (key === '') continue
    expect(placed.has(key)).toBe(false)
    placed.add(key)
    expect(hitters.atLeast(place)).toBeLessThan(exact.of(key) + nearly * Math.max(1, exact.total))
    expect(hitters.atMost(place)).toBeGreaterThan(exact.of(key) - nearly * Math.max(1, exact.total))
    expect(hitters.atMost(place) - hitters.atLeast(place)).toBeLessThan(error)
  }
  for (const [key, count] of exact.counts) if (!placed.has(key)) expect(count).toBeLessThan(error)
}

// Few keys for few places, and names whose hashes share their lowest bits only by chance: the table of eight places has 16 cells.
const key = fc.oneof(
  fc.constantFrom('hot', 'warm'),
  fc.nat({ max: 20 }).map((each) => `cold ${each}`),
)

const occurrences = fc.array(
  fc.record({
    key,
    afterMs: fc.oneof(
      fc.constant(0),
      fc.constantFrom(1, 10, meanAgeMs, 499.9 * meanAgeMs, 501 * meanAgeMs, 1e9),
    ),
    ageMs: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(10, 1_000) },
    ),
  }),
  { maxLength: 150 },
)

test('every key is within a share of one place of its exact count, the counts that were aged included', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3, 8), occurrences, (places, history) => {
      const hitters = new HeavyHitters(places, meanAgeMs)
      const exact = new Exact()
      let [now, agesBy] = [0, meanAgeMs]
      for (const { key: each, afterMs, ageMs } of history) {
        now += afterMs
        exact.passTo(now, agesBy)
        if (ageMs !== undefined) {
          hitters.passTo(now)
          hitters.meanAgeMs = ageMs
          agesBy = ageMs
        }
        exact.count(each)
        const place = hitters.count(each, now)
        expect(hitters.keyAt(place)).toBe(each)
        expectBounds(hitters, exact, places)
      }
    }),
    { numRuns: 300 },
  )
})

test('so it is with a thousand places and many more keys, some of which are asked for far more', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1.1, 2, 8), (seed, skew) => {
      const random = seededRandom(seed)
      const hitters = new HeavyHitters(1_000, 2_000)
      const exact = new Exact()
      for (let each = 1; each <= 6_000; each++) {
        const now = each
        exact.passTo(now, 2_000)
        const name = `key ${Math.floor(5_000 * random() ** skew)}`
        exact.count(name)
        hitters.count(name, now)
        if (each % 2_000 === 0) expectBounds(hitters, exact, 1_000)
      }
    }),
    { numRuns: 3 },
  )
})
