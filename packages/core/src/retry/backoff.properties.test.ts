import { seededRandom } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'

const durations = fc.oneof(
  fc.constantFrom(0, 1, 99, 100, 101, 2_000, Number.MAX_SAFE_INTEGER),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
)

const shape = fc.oneof(
  fc.record({
    type: fc.constantFrom('constant' as const, 'linear' as const),
    jitter: fc.constantFrom('none' as const, 'full' as const, 'equal' as const, 'bounded' as const),
  }),
  fc.record({
    factor: fc.constantFrom(1, 1.5, 2, 10, 1_000),
    jitter: fc.constantFrom('none' as const, 'full' as const, 'equal' as const, 'bounded' as const),
  }),
  fc.record({ jitter: fc.constantFrom('aws-decorrelated' as const, 'decorrelated' as const) }),
)

const options: fc.Arbitrary<BackoffOptions> = fc
  .tuple(shape, durations, durations)
  .map(([given, first, second]) => ({
    ...given,
    baseMs: Math.min(first, second),
    maximumMs: Math.max(first, second),
  }))

const retries = fc.constantFrom(1, 2, 3, 10, 52, 999, 1_000, 1_001, 1_023, 1_024, 1_025, 1e6, 2 ** 53 - 1)
const chance = fc.constantFrom(0, Number.EPSILON, 0.5, 1 - Number.EPSILON)

describe('backoff', () => {
  test('every delay is finite and within its bounds, whatever the attempt', () => {
    fc.assert(
      fc.property(options, fc.array(fc.tuple(retries, chance), { minLength: 1 }), (given, steps) => {
        const delays = backoff(given).start()
        for (const [retry, random] of steps) {
          const delayMs = delays.next(retry, () => random)
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(given.maximumMs as number)
        }
      }),
    )
  })

  test('the same chance gives the same delays', () => {
    fc.assert(
      fc.property(options, fc.nat(), (given, seed) => {
        const [one, other] = [backoff(given).start(), backoff(given).start()]
        const [chanceOfOne, chanceOfOther] = [seededRandom(seed), seededRandom(seed)]
        for (let retry = 1; retry < 20; retry++)
          expect(one.next(retry, chanceOfOne)).toBe(other.next(retry, chanceOfOther))
      }),
    )
  })

  test('equal and bounded never fall below half and four fifths of the plain delay', () => {
    const jitters = fc.constantFrom(['equal', 0.5] as const, ['bounded', 0.8] as const)
    fc.assert(
      fc.property(jitters, chance, fc.integer({ min: 1, max: 12 }), ([jitter, floor], random, retry) => {
        const plainMs = backoff({ jitter: 'none' })
          .start()
          .next(retry, () => random)
        const delayMs = backoff({ jitter })
          .start()
          .next(retry, () => random)
        expect(delayMs).toBeGreaterThanOrEqual(floor * plainMs)
      }),
    )
  })
})

/** Seconds at base 1 s: the 5th percentile, the median, the 95th and the largest (algorithm of Polly's second version). */
const oracle = [
  [0.309, 0.896, 1.325, 1.377],
  [0.335, 1.141, 2.055, 2.794],
  [0.633, 2.023, 3.66, 4.317],
  [1.23, 4.0, 7.264, 8.571],
  [2.487, 8.002, 14.53, 17.1],
  [4.997, 15.985, 29.0, 34.3],
] as const

test('decorrelated delays are distributed like those of Polly', () => {
  const calls = 40_000
  const random = seededRandom(2)
  const polly = backoff({ baseMs: 1_000, maximumMs: 100_000, jitter: 'decorrelated' })
  const samples = oracle.map(() => new Float64Array(calls))
  const sums = new Float64Array(calls)
  for (let call = 0; call < calls; call++) {
    const delays = polly.start()
    samples.forEach((sample, index) => {
      const delayMs = delays.next(index + 1, random)
      sample[call] = delayMs / 1_000
      sums[call] = (sums[call] as number) + delayMs / 1_000
    })
  }
  // Of 40 000 samples a quantile's standard error is below 0.5 % of the spread, so 2 % is four of them.
  oracle.forEach((expected, index) => {
    const sorted = (samples[index] as Float64Array).sort()
    const spread = expected[2] - expected[0]
    const quantiles = [0.05, 0.5, 0.95].map((share) => sorted[Math.floor(share * calls)] as number)
    quantiles.forEach((quantile, at) =>
      expect(Math.abs(quantile - (expected[at] as number))).toBeLessThan(0.02 * spread),
    )
    expect(sorted.at(-1)).toBeLessThanOrEqual(expected[3] * 1.01)
  })
  sums.sort()
  expect(sums[calls / 2]).toBeCloseTo(32.3, 0)
  expect(sums[0]).toBeGreaterThanOrEqual(22.8)
  expect(sums.at(-1)).toBeLessThanOrEqual(45.8)
})
