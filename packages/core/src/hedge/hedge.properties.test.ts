import { VirtualClock } from '@holdfast/testing'
import { around, oddOperation } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkhead, hedge, isError, pipeline, retryBudget, timeout, wheelOf } from '../index.ts'
import type { Call, Outcome, RetryBudget } from '../index.ts'

interface PlannedAttempt {
  readonly durationMs: number
  readonly ends: 'good' | 'error' | 'fatal'
}

const plans: fc.Arbitrary<readonly PlannedAttempt[]> = fc.array(
  fc.record({
    durationMs: fc.oneof(around(10), around(30)),
    ends: fc.constantFrom('good', 'error', 'error', 'fatal'),
  }),
  { minLength: 5, maxLength: 5 },
)

interface Given {
  readonly hedges: number
  readonly delayMs: number
  readonly tokens: number
  readonly abortedAfterMs: number | undefined
}

const options: fc.Arbitrary<Given> = fc.record({
  hedges: fc.constantFrom(1, 2, 4),
  delayMs: fc.constantFrom(0, 1, 10, 11),
  tokens: fc.constantFrom(0, 1, 2, 9),
  abortedAfterMs: fc.option(around(20), { nil: undefined }),
})

/** A budget of so many tokens that earns nothing. */
function tokensOf(tokens: number): RetryBudget {
  return retryBudget({ ratio: 0, reservePerSecond: tokens / 1e9, windowMs: 1e12, inFlightMinimum: 1_000 })
}

/** Each attempt ends at a fraction of a millisecond of its own, so that no two things share a moment. */
const endOf = (attempt: number, beganAt: number, { durationMs }: PlannedAttempt): number =>
  beganAt + durationMs + 2 ** -attempt

interface Told {
  readonly beganAt: readonly number[]
  readonly heardAt: number
  readonly heard: string
  readonly tokens: number
}

/** What must become of one call, worked out moment by moment without a pipeline. */
function expected(given: Given, plan: readonly PlannedAttempt[], from: number): Told {
  const beganAt: number[] = []
  const running = new Map<number, number>()
  const abortAt = given.abortedAfterMs === undefined ? Infinity : from + given.abortedAfterMs + 2 ** -9
  let { tokens } = given
  let timer = Infinity
  const launch = (now: number): void => {
    const attempt = beganAt.push(now)
    running.set(attempt, endOf(attempt, now, plan[attempt - 1] as PlannedAttempt))
    timer = attempt <= given.hedges ? Math.ceil(now + given.delayMs) : Infinity
    if (timer === Infinity || given.delayMs > 0) return
    hedgeAt(now)
  }
  const hedgeAt = (now: number): void => {
    timer = Infinity
    if (beganAt.length > given.hedges || tokens === 0) return
    tokens--
    launch(now)
  }
  launch(from)
  for (;;) {
    const [attempt, endsAt] = [...running].reduce((first, next) => (next[1] < first[1] ? next : first))
    const now = Math.min(timer, endsAt, abortAt)
    if (now === abortAt) return { beganAt, heardAt: now, heard: 'aborted', tokens }
    if (now === timer) {
      hedgeAt(now)
      continue
    }
    running.delete(attempt)
    const { ends } = plan[attempt - 1] as PlannedAttempt
    if (ends !== 'error') return { beganAt, heardAt: now, heard: `${ends} ${attempt}`, tokens }
    hedgeAt(now)
    if (running.size === 0) return { beganAt, heardAt: now, heard: 'error 1', tokens }
  }
}

const nameOf = (outcome: Outcome): string => String(isError(outcome) ? outcome.error : outcome.value)

test('launches, winner, error and price are those of a plain calculation, and losers are all cut short', async () => {
  await fc.assert(
    fc.asyncProperty(options, plans, async (given, plan) => {
      const clock = new VirtualClock({ now: 1_000 })
      const budget = tokensOf(given.tokens)
      const isFatal = (outcome: Outcome): boolean => nameOf(outcome).startsWith('fatal')
      const { hedges, delayMs, abortedAfterMs } = given
      const service = pipeline('service', [hedge({ hedges, delayMs, budget, isFatal })], { clock })
      const caller = new AbortController()
      const began: Call[] = []
      const beganAt: number[] = []
      const operation = (call: Call): Promise<string> => {
        began.push(call)
        beganAt.push(clock.now())
        const { attempt } = call
        const planned = plan[attempt - 1] as PlannedAttempt
        const name = `${planned.ends} ${attempt}`
        return new Promise((resolve, reject) => {
          const end = (): void => (planned.ends === 'good' ? resolve(name) : reject(name))
          clock.alarm(end).set(endOf(attempt, clock.now(), planned))
        })
      }
      if (abortedAfterMs !== undefined) {
        clock.alarm(() => caller.abort('aborted')).set(1_000 + abortedAfterMs + 2 ** -9)
      }
      let heardAt = -1
      let cutShort: readonly number[] = []
      const outcome = service.executeOutcome(operation, { signal: caller.signal }).then((each) => {
        heardAt = clock.now()
        cutShort = began.filter(({ cancelled }) => cancelled).map(({ attempt }) => attempt)
        return each
      })
      await clock.advance(5_000)
      const told = {
        beganAt,
        heardAt,
        heard: nameOf(await outcome),
        tokens: Math.round(budget.statistics(0).balance),
      }
      expect(told).toEqual(expected(given, plan, 1_000))
      const stillRan = began.filter(
        ({ attempt }, index) =>
          endOf(attempt, beganAt[index] as number, plan[attempt - 1] as PlannedAttempt) > heardAt,
      )
      expect(cutShort).toEqual(stillRan.map(({ attempt }) => attempt))
      expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
      expect(wheelOf(clock).size + clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('D8 D9 D12 D24: however calls, aborts and ends interleave, each settles once and nothing is left', async () => {
  const calls = fc.array(
    fc.record({
      ends: fc.array(fc.constantFrom('good', 'error'), { minLength: 3, maxLength: 3 }),
      aborted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, fc.constantFrom(0, 1, 4), async (s, planned, tokens) => {
      const clock = new VirtualClock()
      const budget = tokensOf(tokens)
      const permits = bulkhead({ limit: 3 })
      const service = pipeline('service', [hedge({ hedges: 2, delayMs: 0, budget }), permits], { clock })
      const heard: string[][] = planned.map(() => [])
      let runs = 0
      let late = 0
      let running = 0
      let most = 0
      for (const [id, { ends, aborted }] of planned.entries()) {
        const caller = new AbortController()
        const operation = async ({ attempt }: Call): Promise<string> => {
          runs++
          most = Math.max(most, ++running)
          if (caller.signal.aborted) late++
          await s.schedule(Promise.resolve(), `end ${id}`)
          running--
          if (ends[attempt - 1] === 'error') throw 'error'
          return 'good'
        }
        void s.schedule(Promise.resolve(), `arrive ${id}`).then(() => {
          void service
            .executeOutcome(operation, { signal: caller.signal })
            .then((outcome) => heard[id]?.push(nameOf(outcome)))
        })
        if (aborted) void s.schedule(Promise.resolve(), `abort ${id}`).then(() => caller.abort('aborted'))
      }
      await s.waitIdle()
      await clock.settle()
      expect(heard.map(({ length }) => length)).toEqual(planned.map(() => 1))
      expect(late).toBe(0)
      expect(most).toBeLessThanOrEqual(3)
      expect(runs - planned.length).toBeLessThanOrEqual(tokens)
      expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
      expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
      expect(wheelOf(clock).size + clock.pending).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('D16: hooks and operations that answer or throw anything at all settle the call', async () => {
  await fc.assert(
    fc.asyncProperty(
      oddOperation,
      fc.func(fc.anything()),
      fc.func(fc.anything()),
      fc.boolean(),
      async ([, operation, operationGives], delayMs, isFatal, throws) => {
        const clock = new VirtualClock()
        const hook =
          (answer: (...args: unknown[]) => unknown) =>
          (...args: unknown[]): never => {
            if (throws) throw answer(...args)
            // What a function without types may answer.
            return answer(...args) as never
          }
        const parts = [
          timeout({ durationMs: 100 }),
          hedge({ hedges: 3, delayMs: hook(delayMs), isFatal: hook(isFatal) }),
        ]
        const service = pipeline('service', parts, { clock })
        const outcome = service.executeOutcome(operation)
        await clock.advance(100)
        expect(await outcome).toEqual(operationGives)
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      },
    ),
    { numRuns: 200 },
  )
})
