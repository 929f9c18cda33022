import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, circuitBreaker, fallback, isError, pipeline, sleep, timeout } from '@holdfast/core'
import Opossum from 'opossum'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BothTimes, boom, ending, endingNow, Held, histories, never, planned, plans } from './rivals.ts'

const openMs = 1_500
const harmless = new Error('harmless')

/** The breaker of both: half of at least `volume` calls of the last 10 s. Theirs opens above the threshold, ours at it. */
function breakers(time: BothTimes, volume: number) {
  const part = circuitBreaker({
    minimumCalls: volume,
    failureRatio: 0.5,
    burst: false,
    openMs,
    maximumOpenMs: openMs,
    probes: 1,
    isFailure: (outcome) => isError(outcome) && outcome.error !== harmless,
  })
  const ours = pipeline('p', [part], { clock: time.clock, random: () => 0 })
  const theirs = new Opossum((operation: () => Promise<unknown>) => operation(), {
    timeout: false,
    volumeThreshold: volume,
    errorThresholdPercentage: 49,
    resetTimeout: openMs,
    errorFilter: (error) => error === harmless,
  })
  return { ours, part, theirs }
}

describe('like opossum', () => {
  it('opens at the same call and probes at the same time, until it has closed again', async () => {
    await fc.assert(
      fc.asyncProperty(histories(openMs), fc.integer({ min: 1, max: 6 }), async (history, volume) => {
        using time = new BothTimes()
        const { ours, theirs } = breakers(time, volume)
        // It keeps the old failures in its window when it closes, ours begins empty.
        let closedAgain = false
        theirs.on('close', () => {
          closedAgain = true
        })
        for (const each of history) {
          if (closedAgain) break
          if ('waitMs' in each) await time.advance(each.waitMs)
          else {
            const operation = async (): Promise<number> => (each.succeeds ? 1 : Promise.reject(boom))
            expect(await ending(ours.execute(operation))).toBe(await ending(theirs.fire(operation)))
          }
        }
        theirs.shutdown()
      }),
      { numRuns: 40 },
    )
  })

  it('forgets what is older than ten buckets', async () => {
    const waits = fc.array(fc.constantFrom(0, 1, 999, 1_000, 9_000, 9_999, 10_000), {
      minLength: 2,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(
        waits,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (pauses, plan) => {
          using time = new BothTimes()
          const { ours, part, theirs } = breakers(time, 4)
          for (const [index, pause] of pauses.entries()) {
            await time.advance(pause)
            const operation = async (): Promise<number> => (plan[index] === true ? 1 : Promise.reject(boom))
            expect(await ending(ours.execute(operation))).toBe(await ending(theirs.fire(operation)))
            expect(part.statistics().state === 'closed').toBe(theirs.closed)
            if (!theirs.closed) break
            expect(part.statistics().failures).toBe(theirs.stats.failures)
          }
          theirs.shutdown()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('an error that is no failure passes and counts as a success', async () => {
    const kinds = fc.array(fc.constantFrom(undefined, boom, harmless), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(kinds, fc.integer({ min: 1, max: 6 }), async (errors, volume) => {
        using time = new BothTimes()
        const { ours, part, theirs } = breakers(time, volume)
        for (const error of errors) {
          const operation = async (): Promise<number> => (error === undefined ? 1 : Promise.reject(error))
          expect(await ending(ours.execute(operation))).toBe(await ending(theirs.fire(operation)))
        }
        expect(part.statistics().state === 'closed').toBe(theirs.closed)
        theirs.shutdown()
      }),
      { numRuns: 40 },
    )
  })

  it('half-open, it lets one call through and refuses the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.boolean(), async (callers, recovers) => {
        using time = new BothTimes()
        const { ours, theirs } = breakers(time, 1)
        const fails = (): Promise<never> => Promise.reject(boom)
        await Promise.allSettled([ours.execute(fails), theirs.fire(fails)])
        await time.advance(openMs)
        const held = { ours: new Held(), theirs: new Held() }
        const endings = Array.from({ length: callers }, (_, id) => ({
          our: ending(ours.execute(() => held.ours.run(id))),
          their: ending(theirs.fire(() => held.theirs.run(id))),
        }))
        await turn()
        expect(held.ours.began).toEqual([0])
        expect(held.theirs.began).toEqual([0])
        if (recovers) for (const each of [held.ours, held.theirs]) each.end(0)
        for (const { our, their } of endings) expect(await endingNow(our)).toBe(await endingNow(their))
        theirs.shutdown()
      }),
      { numRuns: 20 },
    )
  })

  it('a fallback answers for failures and refusals alike', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 6 }), async (plan, volume) => {
        using time = new BothTimes()
        const { part, theirs } = breakers(time, volume)
        const ours = pipeline('p', [fallback({ value: 'instead' }), part], { clock: time.clock })
        theirs.fallback(() => 'instead')
        const [our, their] = [planned(plan), planned(plan)]
        for (const _ of plan) {
          expect(await ending(ours.execute(our.run))).toBe(await ending(theirs.fire(their.run)))
        }
        expect(our.runs()).toBe(their.runs())
        theirs.shutdown()
      }),
      { numRuns: 40 },
    )
  })

  it('a timeout ends the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 100 }),
        fc.constantFrom(-1, 1),
        async (durationMs, later) => {
          using time = new BothTimes()
          const takesMs = durationMs + later
          const ours = pipeline('p', [timeout({ durationMs })], { clock: time.clock })
          const theirs = new Opossum(() => new Promise<void>((resolve) => setTimeout(resolve, takesMs)), {
            timeout: durationMs,
          })
          const our = ending(ours.execute((call) => sleep(call, takesMs)))
          const their = ending(theirs.fire())
          await time.advance(durationMs + 1)
          expect(await endingNow(our)).toBe(await endingNow(their))
          theirs.shutdown()
        },
      ),
      { numRuns: 20 },
    )
  })

  it('as many calls run at a time as its capacity', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        async (limit, calls) => {
          const ours = pipeline('p', [bulkhead({ limit })])
          const theirs = new Opossum(never, { capacity: limit, timeout: false, volumeThreshold: 1_000 })
          const held = new Held()
          for (let id = 0; id < calls; id++) {
            const our = ending(ours.execute(() => held.run(id)))
            expect(await endingNow(our)).toBe(await endingNow(ending(theirs.fire())))
          }
          theirs.shutdown()
        },
      ),
      { numRuns: 20 },
    )
  })
})
