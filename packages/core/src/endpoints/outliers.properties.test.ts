import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ejectionFrom } from './ejection.ts'
import { outliers } from './outliers.ts'
import type { Observed } from './outliers.ts'

const { outliers: rules } = ejectionFrom('test')

/** A group of which so many fail alike, or are slow alike, and the others are perfect. */
const minority = fc
  .integer({ min: 1, max: 60 })
  .chain((size) => fc.record({ size: fc.constant(size), bad: fc.integer({ min: 0, max: size }) }))

const spoiled = ({ size, bad }: { size: number; bad: number }, how: Observed): readonly Observed[] =>
  Array.from({ length: size }, (_, place) => (place < bad ? how : { calls: 200, failures: 0, medianMs: 10 }))

test('the success rate finds those that fail alike while they are fewer than 21.7 % of five or more, whatever they fail, and is blind beyond', () => {
  fc.assert(
    fc.property(minority, fc.integer({ min: 1, max: 169 }), ({ size, bad }, failures) => {
      const verdicts = outliers(spoiled({ size, bad }, { calls: 200, failures, medianMs: 10 }), rules)
      const share = bad / size
      const seen = size >= 5 && bad > 0 && Math.sqrt((1 - share) / share) > 1.9 + 1e-9
      expect(verdicts).toEqual(
        Array.from({ length: size }, (_, place) => (seen && place < bad ? 'success-rate' : undefined)),
      )
      if (size >= 5 && bad > 0) expect(seen).toBe(share < 0.217)
    }),
    {
      numRuns: 500,
      examples: [
        [{ size: 5, bad: 1 }, 20],
        [{ size: 4, bad: 1 }, 20],
        [{ size: 9, bad: 2 }, 20],
      ],
    },
  )
})

test('the latency finds those that are slow alike while they are fewer than half of three or more', () => {
  fc.assert(
    fc.property(minority, fc.constantFrom(111, 500, 1e6), ({ size, bad }, medianMs) => {
      const verdicts = outliers(spoiled({ size, bad }, { calls: 200, failures: 0, medianMs }), rules)
      const seen = size >= 3 && bad * 2 < size
      expect(verdicts).toEqual(
        Array.from({ length: size }, (_, place) => (seen && place < bad ? 'latency' : undefined)),
      )
    }),
    { numRuns: 500 },
  )
})

test('no rule ejects an endpoint of too few calls, nor a perfect one, whatever the others are', () => {
  const observed: fc.Arbitrary<Observed> = fc
    .constantFrom(0, 1, 19, 20, 49, 50, 99, 100, 500)
    .chain((calls) =>
      fc.record({
        calls: fc.constant(calls),
        failures: fc.integer({ min: 0, max: calls }),
        medianMs: fc.constantFrom(undefined, 0, 1, 10, 5_000),
      }),
    )
  fc.assert(
    fc.property(fc.array(observed, { maxLength: 12 }), fc.integer({ min: 0, max: 1_000 }), (group, calls) => {
      const verdicts = outliers([...group, { calls, failures: 0, medianMs: 0 }], rules)
      expect(verdicts.at(-1)).toBe(undefined)
      for (const [place, each] of group.entries()) {
        if (verdicts[place] === 'success-rate') expect(each.calls).toBeGreaterThanOrEqual(100)
        if (verdicts[place] === 'failure-ratio') expect(each.failures).toBeGreaterThanOrEqual(0.85 * 50)
        if (verdicts[place] === 'latency') expect(each.calls - each.failures).toBeGreaterThanOrEqual(20)
      }
    }),
    { numRuns: 500 },
  )
})
