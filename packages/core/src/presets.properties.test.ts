import { EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CircuitOpenError, hedge, isError, pipeline, pipelineFrom, retry, standard } from './index.ts'
import type { Outcome, Pipeline, PipelineOptions } from './index.ts'

const makers: Readonly<Record<string, (options: PipelineOptions) => Pipeline>> = {
  'the standard preset': (options) => pipelineFrom({ name: 'test', parts: standard }, options),
  retry: (options) => pipeline('test', [retry()], options),
  'hedge, even at once,': (options) => pipeline('test', [hedge({ delayMs: 0 })], options),
}

/** What a budget holds at first, and what it gains a second when nothing succeeds. */
const reserve = { first: 10, perSecond: 1 }

it.each(Object.keys(makers))(
  'D24: when everything fails %s adds little load by default, and spreads it',
  async (name) => {
    const bursts = fc.array(fc.record({ calls: around(40), afterMs: around(1_000) }), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(bursts, fc.integer(), async (drawn, seed) => {
        const clock = new VirtualClock()
        const guarded = makers[name]?.({ clock, random: seededRandom(seed) }) as Pipeline
        const log = new EventLog(guarded)
        let runs = 0
        const operation = (): Promise<never> => {
          runs++
          return Promise.reject(new Error('down'))
        }
        let calls = 0
        for (const burst of drawn) {
          await clock.advance(burst.afterMs)
          for (let each = 0; each < burst.calls; each++) void guarded.executeOutcome(operation)
          calls += burst.calls
        }
        await clock.advance(20_000)
        const seconds = clock.now() / 1_000
        expect(runs - calls).toBeLessThanOrEqual(reserve.first + reserve.perSecond * seconds)
        const backedOff = log.of('retry.scheduled').filter(({ outcome }) => !asksToWait(outcome))
        expect(new Set(backedOff.map(({ delayMs }) => delayMs)).size).toBe(backedOff.length)
        expect(log.of('retry.scheduled').filter(({ next }) => next > 3)).toEqual([])
      }),
      { numRuns: 50 },
    )
  },
)

/** An open circuit says itself how long to wait. */
function asksToWait(outcome: Outcome): boolean {
  return isError(outcome) && outcome.error instanceof CircuitOpenError
}
