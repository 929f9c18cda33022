import { seededRandom } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Distribution } from './distribution.ts'
import { drawFrom } from './draw-from.ts'
import { meanOf } from './mean-of.ts'
import { cumulative } from './normal.ts'

const size = 20_000
/** A right sample is further off once in 16 000 checks, and the seeds are fixed. */
const errors = 4
/** Draws are whole microseconds. */
const rounding = 5e-4

interface Case {
  readonly distribution: Distribution
  /** Or more; undefined where a sample mean would not settle. */
  readonly deviationMs?: number
  /** How likely it is to draw less. */
  readonly below: (ms: number) => number
}

const ms = fc.constantFrom(0.5, 1, 20, 1_000)
const shape = fc.constantFrom(0.1, 0.9, 1, 1.1, 4, 100)

const exponential = ms.map(
  (meanMs): Case => ({
    distribution: { kind: 'exponential', meanMs },
    deviationMs: meanMs,
    below: (x) => 1 - Math.exp(-x / meanMs),
  }),
)
const uniform = fc.tuple(ms, ms).map(
  ([leastMs, width]): Case => ({
    distribution: { kind: 'uniform', leastMs, mostMs: leastMs + width },
    deviationMs: width / Math.sqrt(12),
    below: (x) => Math.min(1, Math.max(0, (x - leastMs) / width)),
  }),
)
const normal = fc.tuple(ms, ms).map(
  ([meanMs, deviationMs]): Case => ({
    distribution: { kind: 'normal', meanMs, deviationMs },
    deviationMs,
    below: (x) => cumulative((x - meanMs) / deviationMs),
  }),
)
const lognormal = fc.tuple(ms, fc.constantFrom(0.1, 0.5, 1)).map(
  ([medianMs, sigma]): Case => ({
    distribution: { kind: 'lognormal', medianMs, sigma },
    deviationMs: medianMs * Math.exp(sigma ** 2 / 2) * Math.sqrt(Math.expm1(sigma ** 2)),
    below: (x) => cumulative(Math.log(x / medianMs) / sigma),
  }),
)
const pareto = fc.tuple(ms, fc.constantFrom(0.5, 1, 4, 9)).map(
  ([leastMs, alpha]): Case => ({
    distribution: { kind: 'pareto', leastMs, shape: alpha },
    ...(alpha > 3 && { deviationMs: (leastMs / (alpha - 1)) * Math.sqrt(alpha / (alpha - 2)) }),
    below: (x) => (x < leastMs ? 0 : 1 - (leastMs / x) ** alpha),
  }),
)
const gamma = fc.tuple(ms, shape).map(
  ([meanMs, k]): Case => ({
    distribution: { kind: 'gamma', meanMs, shape: k },
    deviationMs: meanMs / Math.sqrt(k),
    below: (x) => gammaBelow(k, (x * k) / meanMs),
  }),
)
const mixture = fc.tuple(fc.constantFrom(0, 0.1, 0.5, 1), exponential, uniform).map(
  ([ratio, first, second]): Case => ({
    distribution: {
      kind: 'mixture',
      of: [
        { ratio, ms: first.distribution },
        { ratio: 1 - ratio, ms: second.distribution },
      ],
    },
    below: (x) => ratio * first.below(x) + (1 - ratio) * second.below(x),
    deviationMs: Math.hypot(
      meanOf(first.distribution) - meanOf(second.distribution),
      first.deviationMs ?? 0,
      second.deviationMs ?? 0,
    ),
  }),
)
const cases = fc.oneof(exponential, uniform, normal, lognormal, pareto, gamma, mixture)

/** The regularised lower incomplete gamma function, by its power series (DLMF 8.7.1). */
function gammaBelow(k: number, x: number): number {
  if (x <= 0) return 0
  let sum = 1
  let term = 1
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= x / (k + n)
    sum += term
  }
  return sum * Math.exp(k * Math.log(x) - x - logGamma(k + 1))
}

/** Stirling's series, begun far enough out. */
function logGamma(k: number): number {
  if (k < 10) return logGamma(k + 1) - Math.log(k)
  return (k - 0.5) * Math.log(k) - k + Math.log(2 * Math.PI) / 2 + 1 / (12 * k) - 1 / (360 * k ** 3)
}

function sampleOf(distribution: Distribution, seed: number): readonly number[] {
  const draw = drawFrom(distribution, seededRandom(seed))
  return Array.from({ length: size }, draw).sort((a, b) => a - b)
}

const fixedSeed = { seed: 20261125, numRuns: 60 }

describe('what is drawn', () => {
  test('lies below each of its quantiles as often as it should', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ distribution, below }, seed) => {
        const sample = sampleOf(distribution, seed)
        for (const quantile of [0.01, 0.1, 0.5, 0.9, 0.99]) {
          const at = sample[Math.round(size * quantile)] as number
          const error = errors * Math.sqrt((quantile * (1 - quantile)) / size)
          expect(below(at + rounding)).toBeGreaterThan(quantile - error)
          if (at > 0) expect(below(at - rounding)).toBeLessThan(quantile + error)
        }
      }),
      fixedSeed,
    )
  })

  test('has the mean that it says it has', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ distribution, deviationMs }, seed) => {
        if (deviationMs === undefined) return
        const sample = sampleOf(distribution, seed)
        const mean = sample.reduce((sum, each) => sum + each, 0) / size
        const error = deviationMs / Math.sqrt(size)
        expect(Math.abs(mean - meanOf(distribution))).toBeLessThan(errors * error + rounding)
      }),
      fixedSeed,
    )
  })
})
