import { seededRandom } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { movingPercentile } from './latency.ts'

type Latencies = (random: () => number) => number

const shapes: readonly (readonly [name: string, draw: Latencies])[] = [
  ['uniform', (random) => 50 + 100 * random()],
  ['exponential', (random) => -100 * Math.log(1 - random())],
  ['one in ten is slow', (random) => (random() < 0.1 ? 400 : 40) * (0.8 + 0.4 * random())],
]

const shape = fc.constantFrom(...shapes)
const percentile = fc.constantFrom(0.5, 0.8, 0.95)

/** Which share of what is drawn next lies below the estimate, averaged over many estimates. */
function coverage(
  latency: ReturnType<typeof movingPercentile>,
  draw: Latencies,
  random: () => number,
): number {
  const samples = 20_000
  let below = 0
  for (let each = 0; each < samples; each++) {
    const drawn = draw(random)
    if (drawn < (latency.value() as number)) below++
    latency.record(drawn)
  }
  return below / samples
}

// In balance the share below is the percentile itself: the moves up and down then cancel. What is left of a whole run
// is the way from its first to its last estimate, a few hundred of 20 000 steps, and the chance of the draw.
const tolerance = 0.02

test('the share of latencies below the estimate is the percentile, whatever their distribution', () => {
  fc.assert(
    fc.property(shape, percentile, fc.nat(), ([, draw], wanted, seed) => {
      const random = seededRandom(seed)
      const latency = movingPercentile(wanted, 1)
      for (let each = 0; each < 3_000; each++) latency.record(draw(random))
      expect(Math.abs(coverage(latency, draw, random) - wanted)).toBeLessThan(tolerance)
    }),
    { numRuns: 40 },
  )
})

test('it follows latencies that become ten times as long, and back', () => {
  fc.assert(
    fc.property(shape, percentile, fc.nat(), ([, draw], wanted, seed) => {
      const random = seededRandom(seed)
      const latency = movingPercentile(wanted, 1)
      const slow: Latencies = (chance) => 10 * draw(chance)
      for (const phase of [draw, slow, draw]) {
        // From ten times too high it comes down by a hundredth of a deviation a step, so it takes a few thousand.
        for (let each = 0; each < 10_000; each++) latency.record(phase(random))
        expect(Math.abs(coverage(latency, phase, random) - wanted)).toBeLessThan(tolerance)
      }
    }),
    { numRuns: 20 },
  )
})

test('the estimate stays between the least and the greatest latency, a step of it aside', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1 }),
      percentile,
      (latencies, wanted) => {
        const latency = movingPercentile(wanted, 1)
        for (const each of latencies) latency.record(each)
        const spread = Math.max(...latencies) - Math.min(...latencies)
        expect(latency.value()).toBeGreaterThanOrEqual(Math.min(...latencies) - 0.02 * spread)
        expect(latency.value()).toBeLessThanOrEqual(Math.max(...latencies) + spread / 5)
      },
    ),
  )
})
