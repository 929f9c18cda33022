import { circuitBreaker, pipeline } from '@holdfast/core'
import type { CircuitBreakerOptions } from '@holdfast/core'
import * as cockatiel from 'cockatiel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, histories } from './rivals.ts'
import type { Step } from './rivals.ts'

const openMs = 1_000

/** Both breakers, with time for both. Its own open time is exact, so ours is not lengthened by chance. */
function breakers(
  time: BothTimes,
  options: CircuitBreakerOptions,
  breaker: cockatiel.IBreaker,
  halfOpenSampling = { calls: 1, threshold: 0 },
) {
  const part = circuitBreaker({ probes: 1, openMs, maximumOpenMs: openMs, ...options })
  const ours = pipeline('p', [part], { clock: time.clock, random: () => 0 })
  const theirs = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: openMs,
    breaker,
    halfOpenSampling,
  })
  /** Waits, or makes one call through each and tells how both ended and whether they ran. */
  const step = async (each: Step): Promise<{ readonly our: string; readonly their: string }> => {
    if ('waitMs' in each) {
      await time.advance(each.waitMs)
      return { our: 'waited', their: 'waited' }
    }
    const ran = { our: 0, their: 0 }
    const run = (whose: 'our' | 'their') => async (): Promise<number> => {
      ran[whose]++
      return each.succeeds ? 1 : Promise.reject(boom)
    }
    const our = await ending(ours.execute(run('our')))
    const their = await ending(theirs.execute(run('their')))
    return { our: `${our}, ran ${ran.our} times`, their: `${their}, ran ${ran.their} times` }
  }
  return { step, theirs }
}

describe('like cockatiel', () => {
  it('a breaker on consecutive failures opens, probes and closes at the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(histories(openMs), fc.integer({ min: 1, max: 4 }), async (history, threshold) => {
        using time = new BothTimes()
        const { step } = breakers(
          time,
          { consecutiveFailures: threshold, minimumCalls: 10_000 },
          new cockatiel.ConsecutiveBreaker(threshold),
        )
        for (const each of history) {
          const { our, their } = await step(each)
          expect(our).toBe(their)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('so it does where several probes must succeed', async () => {
    await fc.assert(
      fc.asyncProperty(histories(openMs), fc.integer({ min: 1, max: 4 }), async (history, probes) => {
        using time = new BothTimes()
        const { step } = breakers(
          time,
          { consecutiveFailures: 2, minimumCalls: 10_000, probes, probeSuccesses: probes },
          new cockatiel.ConsecutiveBreaker(2),
          { calls: probes, threshold: 0 },
        )
        for (const each of history) {
          const { our, their } = await step(each)
          expect(our).toBe(their)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('a count window opens and probes at the same calls, until it has closed again', async () => {
    const sizes = fc.integer({ min: 1, max: 10 })
    await fc.assert(
      fc.asyncProperty(histories(openMs), sizes, sizes, async (history, one, other) => {
        using time = new BothTimes()
        const [minimumCalls, size] = [Math.min(one, other), Math.max(one, other)]
        // Theirs opens above the threshold, ours at it: no window this small tells 0.49 from 0.5.
        const { step, theirs } = breakers(
          time,
          { window: { type: 'count', size }, minimumCalls, failureRatio: 0.5 },
          new cockatiel.CountBreaker({ threshold: 0.49, size, minimumNumberOfCalls: minimumCalls }),
        )
        // It counts the probe that closed it in its new window, ours begins empty.
        let closedAgain = false
        theirs.onReset(() => {
          closedAgain = true
        })
        for (const each of history) {
          if (closedAgain) break
          const { our, their } = await step(each)
          expect(our).toBe(their)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('a time window opens at the same call where calls come in each of its slices', async () => {
    const slices = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(slices, fc.integer({ min: 1, max: 8 }), async (history, minimumCalls) => {
        using time = new BothTimes()
        await time.advance(5_000)
        const { step, theirs } = breakers(
          time,
          {
            window: { type: 'time', durationMs: 5_000, buckets: 5 },
            minimumCalls,
            failureRatio: 0.5,
            burst: false,
          },
          new cockatiel.SamplingBreaker({ threshold: 0.49, duration: 5_000, minimumRps: minimumCalls / 5 }),
        )
        for (const slice of history) {
          for (const succeeds of slice) {
            const { our, their } = await step({ succeeds })
            expect(our).toBe(their)
          }
          if (theirs.state !== cockatiel.CircuitState.Closed) return
          await time.advance(1_000)
        }
      }),
      { numRuns: 60 },
    )
  })
})
