import fc from 'fast-check'
import { expect, test } from 'vitest'
import { taken, waitMs } from './gcra.ts'

const limits = fc.record({
  intervalMs: fc.constantFrom(0.01, 1, 1_000 / 3, 1_000),
  burst: fc.constantFrom(1, 2, 5, 100),
})

const arrivals = fc.array(
  fc.record({
    afterCells: fc.oneof(
      fc.constantFrom(0, 1, 0.5, 0.999, 1.001, 4, 5, 6, 1e9),
      fc.double({ min: 0, max: 2, noNaN: true }),
    ),
    weight: fc.constantFrom(1, 1, 1, 0.5, 2, 5),
  }),
  { maxLength: 60 },
)

test('it decides like a bucket of tokens that is filled all the time', () => {
  fc.assert(
    fc.property(limits, arrivals, ({ intervalMs, burst }, history) => {
      const cells = { intervalMs, toleranceMs: burst * intervalMs }
      let now = 0
      let arrival = 0
      let tokens: number = burst
      for (const { afterCells, weight } of history) {
        now += afterCells * intervalMs
        tokens = Math.min(burst, tokens + afterCells)
        const wait = waitMs(arrival, now, weight, cells)
        // What is closer than rounding may be decided either way.
        expect((wait === 0) === tokens > weight || Math.abs(tokens - weight) < 1e-3).toBe(true)
        expect(Math.abs(wait / intervalMs - Math.max(0, weight - tokens))).toBeLessThan(1e-2)
        if (wait > 0) continue
        arrival = taken(arrival, now, weight, cells)
        tokens -= weight
      }
    }),
  )
})

test('whoever waits as long as it is told conforms then', () => {
  fc.assert(
    fc.property(
      limits,
      fc.integer({ min: 0, max: 200 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (given, used, now) => {
        const cells = { intervalMs: given.intervalMs, toleranceMs: given.burst * given.intervalMs }
        const arrival = now + used * given.intervalMs
        expect(waitMs(arrival, now + waitMs(arrival, now, 1, cells), 1, cells)).toBe(0)
      },
    ),
  )
})
