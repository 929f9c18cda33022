import { VirtualClock } from '@holdfast/testing'
import { around, oddOperation } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { circuitBreaker, fallback, isError, pipeline, timeout, wheelOf } from '../index.ts'
import type { Call, Outcome, Part } from '../index.ts'

interface PlannedEndpoint {
  readonly durationMs: number
  readonly ends: 'good' | 'stale' | 'error'
}

const plannedEndpoint: fc.Arbitrary<PlannedEndpoint> = fc.record({
  durationMs: fc.oneof(
    fc.constant(0),
    around(10).map((half) => half * 2),
  ),
  ends: fc.constantFrom('good', 'stale', 'error', 'error'),
})

const nameOf = (outcome: Outcome): string => String(isError(outcome) ? outcome.error : outcome.value)

test('endpoints are tried in order, each when the one before has ended, until one answers, the deadline passes or the caller leaves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plannedEndpoint, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 11, 21, 41, 1_001),
      fc.option(
        around(10).map((half) => half * 2 + 0.5),
        { nil: undefined },
      ),
      async (plan, totalMs, abortAt = Infinity) => {
        const clock = new VirtualClock()
        const endpoints = plan.map((_, index) => ({ id: String(index) }))
        const when = (outcome: Outcome): boolean => isError(outcome) || nameOf(outcome).startsWith('stale')
        const parts = [timeout({ durationMs: totalMs }), fallback({ endpoints, when })]
        const service = pipeline('service', parts, { clock })
        const caller = new AbortController()
        const beganAt: number[] = []
        const operation = (call: Call): Promise<string> => {
          beganAt.push(clock.now())
          const id = Number(call.endpoint?.id)
          const { durationMs, ends } = plan[id] as PlannedEndpoint
          const name = `${ends} ${id}`
          return new Promise((resolve, reject) => {
            const end = (): void => (ends === 'error' ? reject(name) : resolve(name))
            if (durationMs === 0) end()
            else clock.alarm(end).set(clock.now() + durationMs)
          })
        }
        if (abortAt < Infinity) clock.alarm(() => caller.abort('left')).set(abortAt)
        let heardAt = -1
        const outcome = service.executeOutcome(operation, { signal: caller.signal }).then((each) => {
          heardAt = clock.now()
          return each
        })
        await clock.advance(2_000)
        const begins: number[] = []
        const end = Math.min(totalMs, abortAt)
        let now = 0
        let heard = abortAt < totalMs ? 'left' : 'TimeoutError: timeout: no answer in time'
        for (const [id, { durationMs, ends }] of plan.entries()) {
          begins.push(now)
          if (now + durationMs > end) {
            now = end
            break
          }
          now += durationMs
          if (ends === 'good' || id === plan.length - 1) {
            heard = `${ends} ${id}`
            break
          }
        }
        expect({ heard: nameOf(await outcome), heardAt, beganAt }).toEqual({
          heard,
          heardAt: now,
          beganAt: begins,
        })
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      },
    ),
    { numRuns: 300 },
  )
})

test('D12 D16: whatever operation, predicate and fallback answer or throw, the call settles once, with what the last of them said', async () => {
  const predicate = fc.constantFrom('default', 'always', 'never', 'throws')
  await fc.assert(
    fc.asyncProperty(oddOperation, oddOperation, predicate, async (first, second, says) => {
      const clock = new VirtualClock()
      const when = (): boolean => {
        if (says === 'throws') throw 'predicate'
        return says === 'always'
      }
      const [, operation, own] = first
      const [, run, instead] = second
      const part: Part = fallback({ run, ...(says !== 'default' && { when }) })
      const heard: Outcome[] = []
      void pipeline('service', [part], { clock })
        .executeOutcome(operation)
        .then((outcome) => heard.push(outcome))
      await clock.settle()
      const expected = {
        default: 'error' in own ? instead : own,
        always: instead,
        never: own,
        throws: { error: 'predicate' },
      }
      expect(heard).toEqual([expected[says as keyof typeof expected]])
    }),
    { numRuns: 200 },
  )
})

test('D6: circuits inside a list know their own endpoint alone, whatever the others do', async () => {
  const outcomes = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(outcomes, async (history) => {
      const clock = new VirtualClock()
      const breaker = circuitBreaker({ window: { type: 'count', size: 100 }, minimumCalls: 100 })
      const service = pipeline('service', [fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] }), breaker], {
        clock,
      })
      for (const [aFails, bFails] of history) {
        await service.executeOutcome((call) => {
          if (call.endpoint?.id === 'a' ? aFails : bFails) throw 'down'
          return 1
        })
      }
      const asked = history.filter(([aFails]) => aFails)
      expect(breaker.statistics('a')).toMatchObject({ calls: history.length, failures: asked.length })
      expect(breaker.statistics('b')).toMatchObject({
        calls: asked.length,
        failures: asked.filter(([, bFails]) => bFails).length,
      })
    }),
    { numRuns: 100 },
  )
})
