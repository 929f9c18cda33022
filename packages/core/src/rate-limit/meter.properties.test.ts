import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Meter } from './meter.ts'
import type { Taken } from './line.ts'
import type { Rate } from './warmth.ts'

const intervalMs = 100
const bursts = fc.constantFrom(1, 2, 3, 10)
const warmUps = fc.constantFrom(
  undefined,
  { durationMs: 1_000, coldFactor: 3 },
  { durationMs: 250, coldFactor: 1.1 },
  { durationMs: 5_000, coldFactor: 10 },
)

type Step = { readonly take: number } | { readonly giveBack: number } | { readonly waitMs: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ take: fc.constantFrom(1, 1, 1, 0.5, 2) }) },
  { weight: 2, arbitrary: fc.record({ giveBack: fc.nat({ max: 10 }) }) },
  // Short ones mostly: after a long one nothing is used any longer, and nothing can go wrong.
  { weight: 3, arbitrary: fc.record({ waitMs: fc.constantFrom(0, 1, 49, 50, 51, 99, 100, 101) }) },
  { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(150, 250, 1_000, 1e15) }) },
)

interface Admission {
  readonly at: number
  readonly weight: number
  readonly share: Taken
}

/** Of all spans that begin and end with an admission, by how much the worst is over what it may hold. */
function excess(admissions: readonly Admission[], burst: number): number {
  let worst = -Infinity
  admissions.forEach((first, from) => {
    let sum = 0
    for (const { at, weight } of admissions.slice(from)) {
      sum += weight
      worst = Math.max(worst, sum - burst - (at - first.at) / intervalMs)
    }
  })
  return worst
}

function expectNoSpanHoldsMore(rate: Rate, burst: number, history: readonly Step[]): void {
  const meter = new Meter(rate)
  let admissions: Admission[] = []
  let now = 0
  for (const each of history) {
    if ('waitMs' in each) now += each.waitMs
    else if ('take' in each) {
      if (meter.waitMs(now, each.take) > 0) continue
      admissions.push({ at: now, weight: each.take, share: meter.take(now, each.take) })
    } else {
      const given = admissions[each.giveBack % Math.max(1, admissions.length)]
      if (given === undefined) continue
      meter.giveBack(given.share, now)
      admissions = admissions.filter((other) => other !== given)
    }
    expect(meter.available(now)).toBeLessThanOrEqual(burst + 1e-6)
    expect(excess(admissions, burst)).toBeLessThanOrEqual(1e-6)
  }
}

test('no span holds more than the burst and its share of the rate, though calls that never began give back', () => {
  fc.assert(
    fc.property(bursts, fc.array(step, { maxLength: 60 }), (burst, history) => {
      expectNoSpanHoldsMore({ intervalMs, toleranceMs: burst * intervalMs }, burst, history)
    }),
    { numRuns: 2_000 },
  )
})

test('nor does it while the rate warms up', () => {
  fc.assert(
    fc.property(bursts, warmUps, fc.array(step, { maxLength: 60 }), (burst, warmUp, history) => {
      expectNoSpanHoldsMore({ intervalMs, toleranceMs: burst * intervalMs, warmUp }, burst, history)
    }),
    { numRuns: 500 },
  )
})

test('what is given back at once leaves no trace', () => {
  fc.assert(
    fc.property(
      bursts,
      warmUps,
      fc.nat({ max: 12 }),
      fc.constantFrom(0, 1, 99, 1e15),
      (burst, warmUp, used, now) => {
        const meter = new Meter({ intervalMs, toleranceMs: burst * intervalMs, warmUp })
        for (let each = 0; each < used && meter.waitMs(now, 1) === 0; each++) meter.take(now, 1)
        const before = meter.available(now)
        if (meter.waitMs(now, 1) === 0) meter.giveBack(meter.take(now, 1), now)
        expect(meter.available(now)).toBeCloseTo(before, 9)
      },
    ),
  )
})

test('at any time of the clock the burst is the same, and fast rates hold', () => {
  fc.assert(
    fc.property(
      bursts,
      fc.constantFrom(0, 1e6, 1e12, 1e15),
      fc.constantFrom(0.01, 1, 1_000 / 3),
      (burst, now, cellMs) => {
        const meter = new Meter({ intervalMs: cellMs, toleranceMs: burst * cellMs })
        for (let each = 0; each < burst; each++) {
          expect(meter.waitMs(now, 1)).toBe(0)
          meter.take(now, 1)
        }
        expect(meter.waitMs(now, 1)).toBeCloseTo(cellMs, 6)
      },
    ),
  )
})
