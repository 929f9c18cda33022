import { EventLog, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bulkhead, CircuitBreaker, HoldfastEvent, RateLimit } from './index.ts'
import { anyStack, build, histories, play, readable, stacks } from './pipeline.arbitrary.ts'
import type { Entry, Extras } from './pipeline.arbitrary.ts'

const boom = new Error('a hook that throws')
const throws = (): never => {
  throw boom
}

describe('D7: those who only listen change nothing', () => {
  it('with listeners, some of which throw, everything happens as without', async () => {
    const listeners = fc.array(
      fc.constantFrom(throws, () => {}),
      { minLength: 1, maxLength: 3 },
    )
    await fc.assert(
      fc.asyncProperty(anyStack, histories(), listeners, async (stack, history, heard) => {
        const alone = build(stack, new VirtualClock())
        const observed = build(stack, new VirtualClock())
        for (const listener of heard) observed.on(listener)
        const { journal } = await play(alone, history)
        expect(readable((await play(observed, history)).journal)).toEqual(readable(journal))
      }),
      { numRuns: 150 },
    )
  })

  it('with hooks that only inform and throw, everything happens as without them', async () => {
    const hooks: fc.Arbitrary<Extras> = fc.record(
      {
        breaker: fc.constantFrom({ isFailure: throws }, { tripWhen: throws }),
        bulkhead: fc.constant({ priority: throws }),
        limit: fc.constant({ weight: throws }),
        hedge: fc.constant({ isFatal: throws }),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(anyStack, histories(), hooks, async (stack, history, throwing) => {
        const { journal } = await play(build(stack, new VirtualClock()), history)
        const hooked = await play(build(stack, new VirtualClock(), throwing), history)
        expect(readable(hooked.journal)).toEqual(readable(journal))
      }),
      { numRuns: 150 },
    )
  })
})

describe('D21: the log is a function of the history', () => {
  const withoutCalendar = (event: HoldfastEvent): unknown => ({ ...event, wallTime: undefined })

  it('the same history gives the same log, whatever the calendar says', async () => {
    await fc.assert(
      fc.asyncProperty(anyStack, histories(), async (stack, history) => {
        const logs = [0, 1e12].map(async (wallTime) => {
          const guarded = build(stack, new VirtualClock({ wallTime }))
          const log = new EventLog(guarded)
          await play(guarded, history)
          return JSON.stringify(log.events.map(withoutCalendar))
        })
        const [one, other] = await Promise.all(logs)
        expect(one).toBe(other)
      }),
      { numRuns: 150 },
    )
  })

  it('every refusal is reported once, every later attempt was announced, and circuits change state one step at a time', async () => {
    const single = stacks('fallback', 'total', 'retry', 'breaker', 'limit', 'bulkhead', 'attempt')
    await fc.assert(
      fc.asyncProperty(single, histories(), async (stack, history) => {
        const guarded = build({ ...stack, cut: stack.names.length }, new VirtualClock())
        const log = new EventLog(guarded)
        const { journal } = await play(guarded, history)
        for (const part of guarded.parts) {
          if (part.kind === 'bulkhead')
            expect(log.of('bulkhead.rejected')).toHaveLength((part as Bulkhead).statistics().rejected)
          if (part.kind === 'rate-limit')
            expect(log.of('rate-limit.rejected')).toHaveLength((part as RateLimit).statistics().rejected)
          if (part.kind === 'circuit-breaker') expectOneStepAtATime(part as CircuitBreaker, log)
        }
        for (const { call, attempt, at } of journal.filter(isLaterAttempt)) {
          const announced = log
            .of('retry.scheduled')
            .filter(({ key, next }) => key === `${call}` && next === attempt)
          expect(announced).toHaveLength(1)
          expect(announced[0]?.at).toBeLessThanOrEqual(at - 20)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('whoever stops listening hears no more, and nobody else does', async () => {
    await fc.assert(
      fc.asyncProperty(anyStack, histories(), fc.nat({ max: 2 }), async (stack, history, leaving) => {
        const guarded = build(stack, new VirtualClock())
        const logs = [0, 1, 2].map(() => new EventLog(guarded))
        logs[leaving]?.stop()
        const last = new EventLog(guarded)
        await play(guarded, history)
        expect(logs.map(({ events }) => events)).toEqual(
          [0, 1, 2].map((each) => (each === leaving ? [] : last.events)),
        )
      }),
      { numRuns: 100 },
    )
  })
})

const isLaterAttempt = ({ did, attempt = 1 }: Entry): boolean => did === 'ran' && attempt > 1

const followers: Readonly<Record<string, readonly string[]>> = {
  closed: ['open'],
  open: ['half-open'],
  'half-open': ['open', 'closed'],
}

function expectOneStepAtATime(breaker: CircuitBreaker, log: EventLog<HoldfastEvent>): void {
  const { state, refused } = breaker.statistics()
  expect(log.of('circuit.rejected')).toHaveLength(refused)
  let last = 'closed'
  for (const type of log.types) {
    const next = type.startsWith('circuit.') ? type.slice('circuit.'.length) : ''
    if (followers[next] === undefined) continue
    expect(followers[last]).toContain(next)
    last = next
  }
  expect(last).toBe(state)
}
