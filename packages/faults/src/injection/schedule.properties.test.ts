import { pipeline } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faultInjection } from './fault-injection.ts'
import type { Schedule } from './schedule.ts'

/** A pipeline in which calls that the schedule means are answered `true`. */
function place(when: Schedule, seed = 0) {
  const clock = new VirtualClock()
  const faults = faultInjection()
  const guarded = pipeline('test', [faults], { clock, random: seededRandom(seed) })
  faults.start({ kind: 'corruption', value: true, when })
  const isMeant = (key?: string): Promise<boolean> => guarded.execute(() => false, { key })
  const count = async (calls: number): Promise<number> => {
    let meant = 0
    for (let call = 0; call < calls; call++) if (await isMeant()) meant++
    return meant
  }
  return { clock, faults, isMeant, count }
}

describe('a schedule', () => {
  test('means the share of calls that it asks for, within the binomial bound', async () => {
    const calls = 4_000
    const ratios = fc.constantFrom(0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999, 1)
    await fc.assert(
      fc.asyncProperty(ratios, fc.nat(), async (ratio, seed) => {
        const { faults, count } = place({ ratio }, seed)
        const meant = await count(calls)
        // Four standard errors, and one call for the grain of small counts.
        const bound = 4 * Math.sqrt(calls * ratio * (1 - ratio))
        expect(Math.abs(meant - calls * ratio)).toBeLessThanOrEqual(ratio % 1 === 0 ? 0 : bound + 1)
        expect(faults.injections()).toMatchObject([{ calls: meant }])
      }),
      { seed: 20261125, numRuns: 40 },
    )
  })

  test('means exactly every so many, of those that it concerns otherwise', async () => {
    const asked = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), asked, async (every, keys) => {
        const { isMeant } = place({ every, keys: ['a', 'b'] })
        let concerned = 0
        for (const key of keys) {
          if (key !== 'c') concerned++
          expect(await isMeant(key)).toBe(key !== 'c' && concerned % every === 0)
        }
        expect(await isMeant()).toBe(false)
      }),
    )
  })

  test('means calls in its window and its on-times, exact at their bounds', async () => {
    const times = fc.record({
      fromMs: fc.constantFrom(0, 1, 7),
      lengthMs: fc.constantFrom(1, 2, 19, 20, 21, 40),
      phases: fc.option(fc.record({ onMs: fc.constantFrom(1, 5), offMs: fc.constantFrom(1, 5) }), {
        nil: undefined,
      }),
      steps: fc.array(around(7), { maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(times, async ({ fromMs, lengthMs, phases, steps }) => {
        const { clock, isMeant } = place({ fromMs, toMs: fromMs + lengthMs, ...phases })
        /** Millisecond by millisecond, as one would draw it. */
        const picture = [...Array(fromMs).fill(false), ...Array(lengthMs).fill(true)]
        for (let ms = 0; phases !== undefined && ms < lengthMs; ms++) {
          const place = ms % (phases.onMs + phases.offMs)
          picture[fromMs + ms] = place < phases.onMs
        }
        for (const step of steps) {
          await clock.advance(step)
          expect(await isMeant()).toBe(picture[clock.now()] ?? false)
        }
      }),
    )
  })
})
