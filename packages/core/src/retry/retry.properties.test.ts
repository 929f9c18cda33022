import { VirtualClock } from '@holdfast/testing'
import { around, oddOperation } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isError, pipeline, retry, retryBudget, timeout, wheelOf } from '../index.ts'
import type { Call, Outcome, RetryBudget } from '../index.ts'

interface PlannedAttempt {
  readonly durationMs: number
  readonly ends: 'good' | 'bad' | 'error'
  /** What its outcome asks to wait. */
  readonly asksMs: number | undefined
}

/** All durations are even and all deadlines odd, so that an end and a deadline never share a moment. */
const even = (bound: number): fc.Arbitrary<number> => around(bound / 2).map((half) => half * 2)

const plannedAttempt: fc.Arbitrary<PlannedAttempt> = fc.record({
  durationMs: fc.oneof(fc.constant(0), even(20)),
  ends: fc.constantFrom('good', 'bad', 'error', 'error', 'error'),
  asksMs: fc.option(even(50), { nil: undefined }),
})

interface Given {
  readonly attempts: number
  readonly type: 'constant' | 'linear' | 'exponential'
  readonly baseMs: number
  readonly maximumMs: number
  readonly maximumDurationMs: number | undefined
  readonly totalMs: number | undefined
  readonly tokens: number
}

const options: fc.Arbitrary<Given> = fc.record({
  attempts: fc.constantFrom(1, 2, 3, 5),
  type: fc.constantFrom('constant', 'linear', 'exponential'),
  baseMs: fc.constantFrom(0, 2, 10),
  maximumMs: fc.constantFrom(10, 26, 1_000),
  maximumDurationMs: fc.option(fc.constantFrom(12, 20, 22, 30, 50, 52, 200), { nil: undefined }),
  totalMs: fc.option(fc.constantFrom(11, 21, 51, 201), { nil: undefined }),
  tokens: fc.constantFrom(0, 1, 2, 5, 100),
})

/** Whole tokens: each success earns one, each extra attempt costs one. */
class Purse implements RetryBudget {
  tokens: number
  calls = 0
  extras = 0

  constructor(tokens: number) {
    this.tokens = tokens
  }

  enter(): void {
    this.calls++
  }

  leave(): void {
    this.calls--
  }

  deposit(): void {
    this.tokens++
  }

  withdraw(): boolean {
    if (this.tokens === 0) return false
    this.tokens--
    this.extras++
    return true
  }

  giveBack(): void {
    this.extras--
  }

  statistics(): ReturnType<RetryBudget['statistics']> {
    return { balance: this.tokens, callsInFlight: this.calls, extraInFlight: this.extras }
  }

  describe(): Readonly<Record<string, unknown>> {
    return {}
  }
}

interface Told {
  readonly beganAt: readonly number[]
  readonly heardAt: number
  readonly heard: string
  readonly tokens: number
}

const nothingMore: PlannedAttempt = { durationMs: 0, ends: 'error', asksMs: undefined }

/** What must become of one call, worked out from its beginning to its end without a pipeline. */
function expected(given: Given, plan: readonly PlannedAttempt[], from: number, purse: number): Told {
  const deadline = from + (given.totalMs ?? Infinity)
  const until = from + (given.maximumDurationMs ?? Infinity)
  const beganAt: number[] = []
  let now = from
  for (let attempt = 1; ; attempt++) {
    beganAt.push(now)
    const { durationMs, ends, asksMs = 0 } = plan[attempt - 1] ?? nothingMore
    if (now + durationMs > deadline) return { beganAt, heardAt: deadline, heard: 'timeout', tokens: purse }
    now += durationMs
    const heard = `${ends} ${attempt}`
    if (ends === 'good') return { beganAt, heardAt: now, heard, tokens: purse + 1 }
    const curve = { constant: 1, linear: attempt, exponential: 2 ** (attempt - 1) }[given.type]
    const next = now + Math.max(asksMs, Math.min(given.maximumMs, given.baseMs * curve))
    if (attempt === given.attempts || next >= deadline || next >= until || purse === 0) {
      return { beganAt, heardAt: now, heard, tokens: purse }
    }
    purse--
    now = next
  }
}

function nameOf(outcome: Outcome): string {
  if (!isError(outcome)) return String(outcome.value)
  const { error } = outcome
  return typeof error === 'object' && error !== null && 'code' in error ? 'timeout' : String(error)
}

test('attempts, their moments, the outcome and what is paid are those of a plain calculation', async () => {
  const plans = fc.array(fc.array(plannedAttempt, { maxLength: 5 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(options, plans, async (given, calls) => {
      const clock = new VirtualClock({ now: 1_000 })
      const budget = new Purse(given.tokens)
      const { attempts, type, baseMs, maximumMs, maximumDurationMs, totalMs } = given
      let plan: readonly PlannedAttempt[] = []
      const again = retry({
        attempts,
        backoff: { type, baseMs, maximumMs, jitter: 'none' },
        budget,
        retryWhen: (outcome) => isError(outcome) || String(outcome.value).startsWith('bad'),
        delayFrom: (outcome) => plan[Number(nameOf(outcome).at(-1)) - 1]?.asksMs ?? 0,
        ...(maximumDurationMs !== undefined && { maximumDurationMs }),
      })
      const limit = totalMs === undefined ? [] : [timeout({ durationMs: totalMs })]
      const service = pipeline('service', [...limit, again], { clock })
      for (plan of calls) {
        const from = clock.now()
        const beganAt: number[] = []
        const operation = (call: Call): Promise<string> => {
          beganAt.push(clock.now())
          const { durationMs, ends } = plan[call.attempt - 1] ?? nothingMore
          const name = `${ends} ${call.attempt}`
          return new Promise((resolve, reject) => {
            const end = (): void => (ends === 'error' ? reject(name) : resolve(name))
            if (durationMs === 0) end()
            else clock.alarm(end).set(clock.now() + durationMs)
          })
        }
        const before = budget.tokens
        let heardAt = -1
        const outcome = service.executeOutcome(operation).then((each) => {
          heardAt = clock.now()
          return each
        })
        await clock.advance(5_000)
        const told = { beganAt, heardAt, heard: nameOf(await outcome), tokens: budget.tokens }
        expect(told).toEqual(expected(given, plan, from, before))
        expect(budget).toMatchObject({ calls: 0, extras: 0 })
      }
      expect(wheelOf(clock).size + clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('D9 D12 D24: however calls, aborts and ends interleave, each settles once, nothing starts after an abort, and the budget is even', async () => {
  const calls = fc.array(fc.record({ fails: fc.constantFrom(0, 1, 2, 9), aborted: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, fc.constantFrom(0, 1, 3), async (s, planned, tokens) => {
      const clock = new VirtualClock()
      const budget = new Purse(tokens)
      const service = pipeline('service', [retry({ attempts: 3, backoff: { baseMs: 0 }, budget })], { clock })
      const heard: string[][] = planned.map(() => [])
      let runs = 0
      let late = 0
      let successes = 0
      for (const [id, { fails, aborted }] of planned.entries()) {
        const caller = new AbortController()
        let failed = 0
        const operation = async (): Promise<string> => {
          runs++
          if (caller.signal.aborted) late++
          await s.schedule(Promise.resolve(), `end ${id}`)
          if (failed++ < fails) throw 'failed'
          successes++
          return 'done'
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
      for (const [id, { aborted }] of planned.entries()) {
        expect(heard[id]).toHaveLength(1)
        expect(aborted ? ['done', 'failed', 'aborted'] : ['done', 'failed']).toContain(heard[id]?.[0])
      }
      expect(late).toBe(0)
      expect(budget).toMatchObject({ calls: 0, extras: 0 })
      expect(runs - planned.length).toBeLessThanOrEqual(tokens + successes)
      expect(wheelOf(clock).size + clock.pending).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('D16: hooks and operations that answer or throw anything at all settle the call and keep the budget even', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(oddOperation, { minLength: 1, maxLength: 3 }),
      fc.func(fc.anything()),
      fc.func(fc.anything()),
      fc.constantFrom('answers', 'throws'),
      async (operations, retryWhen, delayFrom, hooks) => {
        const clock = new VirtualClock()
        const budget = retryBudget()
        const hook =
          (answer: (...args: [Outcome]) => unknown) =>
          (outcome: Outcome): never => {
            if (hooks === 'throws') throw answer(outcome)
            // What a function without types may answer.
            return answer(outcome) as never
          }
        const service = pipeline(
          'service',
          [
            timeout({ durationMs: 100 }),
            retry({
              backoff: { baseMs: 1, jitter: 'none' },
              retryWhen: hook(retryWhen),
              delayFrom: hook(delayFrom),
              budget,
            }),
          ],
          { clock },
        )
        let settled = 0
        for (const [, operation] of operations) {
          void service.executeOutcome(operation).then(() => settled++)
        }
        await clock.advance(100)
        expect(settled).toBe(operations.length)
        expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      },
    ),
    { numRuns: 200 },
  )
})
