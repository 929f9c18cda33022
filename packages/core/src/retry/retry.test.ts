import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { circuitBreaker, isError, pipeline, retry, retryBudget, timeout, wheelOf } from '../index.ts'
import type { RetryBudget, RetryOptions } from '../index.ts'

let clock: VirtualClock
beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const make = (...parts: Parameters<typeof pipeline>[1]) =>
  pipeline('test', parts, { clock, random: () => 0.5 })
const boom = new Error('boom')
const fail = () => Promise.reject(boom)
const atOnce = { baseMs: 0 } as const

describe('retry', () => {
  it('makes as many attempts as it says, the first included', async () => {
    const operation = controlledOperation()
    const result = make(retry({ attempts: 3, backoff: { baseMs: 10, jitter: 'none' } })).executeOutcome(
      operation.run,
    )
    for (const wait of [0, 10, 20]) {
      await clock.advance(wait)
      operation.last.reject(boom)
      await clock.settle()
    }
    expect(await result).toEqual({ error: boom })
    expect(operation.runs.map(({ call }) => call.attempt)).toEqual([1, 2, 3])
  })

  it('retries values that its predicate rejects, and gives the last one back', async () => {
    let runs = 0
    const result = make(
      retry({ attempts: 2, backoff: { baseMs: 0 }, retryWhen: (outcome) => 'value' in outcome }),
    ).execute(() => ++runs)
    await clock.advance(0)
    expect(await result).toBe(2)
  })

  it('waits as long as the error asks, and gives up at once when that passes the deadline', async () => {
    const slow = Object.assign(new Error('busy'), { retryAfterMs: 5_000 })
    const operation = controlledOperation()
    const guarded = make(timeout({ durationMs: 6_000 }), retry({ backoff: { baseMs: 1 } }))
    const result = guarded.executeOutcome(operation.run)
    operation.last.reject(slow)
    await clock.advance(4_999)
    expect(operation.runs).toHaveLength(1)
    await clock.advance(1)
    expect(operation.runs).toHaveLength(2)
    operation.last.reject(slow)
    await clock.settle()
    expect(await result).toEqual({ error: slow })
  })

  it('does not retry an open circuit before its retryAfterMs', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000, probes: 1, probeSuccesses: 1 })
    const operation = controlledOperation<number>()
    const result = make(retry({ attempts: 3, backoff: { baseMs: 1, jitter: 'none' } }), breaker).execute(
      operation.run,
    )
    operation.last.reject(boom)
    await clock.advance(1_000)
    expect(operation.runs).toHaveLength(1)
    await clock.advance(100)
    operation.last.resolve(7)
    expect(await result).toBe(7)
  })

  it('D24: a budget stops retries when nothing succeeds, and the original error surfaces', async () => {
    const budget = retryBudget({ reservePerSecond: 0.2, windowMs: 10_000 })
    const guarded = make(retry({ attempts: 2, backoff: { baseMs: 0 }, budget }))
    const log = new EventLog(guarded)
    let runs = 0
    for (let call = 0; call < 20; call++) {
      const result = guarded.executeOutcome(() => (runs++, Promise.reject(boom)))
      await clock.advance(0)
      expect(await result).toEqual({ error: boom })
    }
    expect(runs).toBe(22)
    expect(log.of('retry.gave-up').filter((event) => event.reason === 'budget')).toHaveLength(18)
  })

  it('begins no attempt after its maximum duration', async () => {
    const operation = controlledOperation()
    const guarded = make(
      retry({
        attempts: 9,
        maximumDurationMs: 100,
        backoff: { type: 'constant', baseMs: 60, jitter: 'none' },
      }),
    )
    const result = guarded.executeOutcome(operation.run)
    operation.last.reject(boom)
    await clock.advance(60)
    operation.last.reject(boom)
    await clock.settle()
    expect(await result).toEqual({ error: boom })
    expect(operation.runs).toHaveLength(2)
  })

  it('makes three attempts where nothing is said, and takes its delays from the decorrelated curve', () => {
    expect(retry().describe?.()).toMatchObject({
      attempts: 3,
      maximumDurationMs: Infinity,
      backoff: { type: 'exponential', baseMs: 100, maximumMs: 2_000, jitter: 'decorrelated' },
      budget: { ratio: 0.1, reservePerSecond: 1 },
    })
  })

  it('attempts: 1 is no retry', async () => {
    const guarded = make(retry({ attempts: 1 }))
    const log = new EventLog(guarded)
    expect(await guarded.executeOutcome(fail)).toEqual({ error: boom })
    expect(log.events).toMatchObject([{ type: 'retry.gave-up', reason: 'attempts', attempts: 1 }])
  })

  it('D23: gives the last error untouched', async () => {
    const errors = [new Error('1'), new Error('2')]
    let run = 0
    const outcome = make(retry({ attempts: 2, backoff: atOnce })).executeOutcome(() => {
      throw errors[run++] as Error
    })
    expect(await outcome).toEqual({ error: errors[1] })
    expect(errors[1]?.cause).toBeUndefined()
  })

  it('reports each attempt to come with its delay and why, and the end with its reason', async () => {
    const guarded = make(retry({ name: 'again', attempts: 2, backoff: { baseMs: 10, jitter: 'none' } }))
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(fail)
    await clock.advance(10)
    await result
    const outcome = { error: boom }
    expect(log.events).toMatchObject([
      { type: 'retry.scheduled', policy: 'again', next: 2, delayMs: 10, outcome, at: 0 },
      { type: 'retry.gave-up', policy: 'again', reason: 'attempts', attempts: 2, outcome, at: 10 },
    ])
  })

  it('gives each attempt a call of its own, whose signal the others do not share', async () => {
    const operation = controlledOperation()
    const guarded = make(retry({ attempts: 2, backoff: atOnce }), timeout({ durationMs: 10 }))
    const result = guarded.executeOutcome(operation.run)
    const first = operation.last.call.signal
    await clock.advance(10)
    const second = operation.last.call.signal
    expect([first.aborted, second.aborted]).toEqual([true, false])
    operation.last.resolve('second')
    expect(await result).toEqual({ value: 'second' })
    operation.runs[0]?.resolve('first')
    await clock.settle()
  })

  it.each(oddOperations)('D16: works with an operation that %s', async (_name, operation, expected) => {
    const guarded = make(retry({ attempts: 3, backoff: atOnce }))
    expect(await guarded.executeOutcome(operation)).toEqual(expected)
  })
})

describe('retryWhen', () => {
  it('says which outcomes are tried again, and is asked once for each', async () => {
    const asked: unknown[] = []
    const guarded = make(
      retry({
        attempts: 4,
        backoff: atOnce,
        retryWhen: (outcome, call) => {
          asked.push([outcome, call.key])
          return isError(outcome) && outcome.error === boom
        },
      }),
    )
    const answers: unknown[] = [boom, boom, 'final']
    const outcome = guarded.executeOutcome(() => Promise.reject(answers.shift()), { key: 'k' })
    expect(await outcome).toEqual({ error: 'final' })
    expect(asked).toEqual([
      [{ error: boom }, 'k'],
      [{ error: boom }, 'k'],
      [{ error: 'final' }, 'k'],
    ])
  })

  it.each([1, 2])(
    'D12: that throws at attempt %i rejects that call with what it threw, and no other',
    async (failing) => {
      const budget = retryBudget()
      let asked = 0
      const guarded = make(
        retry({
          attempts: 3,
          backoff: atOnce,
          budget,
          retryWhen: (outcome, { key }) => {
            if (key === 'odd' && ++asked === failing) throw 'broken'
            return isError(outcome)
          },
        }),
      )
      expect(await guarded.executeOutcome(fail, { key: 'odd' })).toEqual({ error: 'broken' })
      expect(await guarded.executeOutcome(fail)).toEqual({ error: boom })
      expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
    },
  )

  it('is not asked about a cancellation', async () => {
    const asked: unknown[] = []
    const operation = controlledOperation({ honoursAbort: true })
    const caller = new AbortController()
    const guarded = make(retry({ retryWhen: (outcome) => asked.push(outcome) > 0 }))
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    await clock.settle()
    expect(asked).toEqual([])
  })
})

describe('the wait between attempts', () => {
  const waits = async (options: RetryOptions, error: unknown, runs = 2): Promise<readonly number[]> => {
    const guarded = make(retry({ attempts: runs, backoff: { baseMs: 10, jitter: 'none' }, ...options }))
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(() => Promise.reject(error))
    await clock.advance(1e6)
    await result
    return log.of('retry.scheduled').map(({ delayMs }) => delayMs)
  }

  it('is the backoff', async () => {
    expect(await waits({}, boom, 4)).toEqual([10, 20, 40])
    expect(await waits({ backoff: { type: 'linear', baseMs: 5, jitter: 'none' } }, boom, 4)).toEqual([
      5, 10, 15,
    ])
    expect(await waits({ backoff: { baseMs: 5, maximumMs: 6, jitter: 'none' } }, boom, 4)).toEqual([5, 6, 6])
  })

  it('is what the error asks in retryAfterMs where that is longer', async () => {
    expect(await waits({}, { retryAfterMs: 500 })).toEqual([500])
    expect(await waits({}, { retryAfterMs: 5 })).toEqual([10])
  })

  it.each([undefined, null, '500', Number.NaN, -5, {}])(
    'takes no notice of a retryAfterMs of %o',
    async (retryAfterMs) => {
      expect(await waits({}, { retryAfterMs })).toEqual([10])
    },
  )

  it('is what delayFrom reads from outcome and call, 0 for no wish', async () => {
    const delayFrom: RetryOptions['delayFrom'] = (outcome, call) =>
      isError(outcome) ? (outcome.error as { wait: number }).wait * call.attempt : undefined
    expect(await waits({ delayFrom }, { wait: 70 })).toEqual([70])
    expect(await waits({ delayFrom }, { wait: 0, retryAfterMs: 500 })).toEqual([10])
  })

  it.each([undefined, null, '70', {}])('is as without delayFrom where that answers %o', async (answer) => {
    // What a function without types may answer.
    const delayFrom = (() => answer) as NonNullable<RetryOptions['delayFrom']>
    expect(await waits({ delayFrom }, { retryAfterMs: 500 })).toEqual([500])
  })

  it('D12 D23: is as without delayFrom where that throws, which is reported; the error stays the operation’s', async () => {
    const guarded = make(
      retry({
        attempts: 2,
        backoff: { baseMs: 10, jitter: 'none' },
        delayFrom: () => {
          throw 'broken'
        },
      }),
    )
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(fail)
    await clock.advance(10)
    expect(await result).toEqual({ error: boom })
    expect(log.of('hook.failed')).toMatchObject([
      { hook: 'delayFrom', error: 'broken' },
      { hook: 'delayFrom', error: 'broken' },
    ])
  })

  it.each([
    [999, 1],
    [1_000, 1],
    [1_001, 2],
  ])('that would reach the deadline at %i ms is not begun: %i runs', async (total, runs) => {
    const operation = controlledOperation()
    const guarded = make(
      timeout({ durationMs: total }),
      retry({ attempts: 2, backoff: { baseMs: 1 }, delayFrom: () => 1_000 }),
    )
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(operation.run)
    operation.last.reject(boom)
    await clock.advance(1_000)
    expect(operation.runs).toHaveLength(runs)
    operation.last.reject(boom)
    expect(await result).toEqual({ error: boom })
    const reasons = log.of('retry.gave-up').map(({ reason }) => reason)
    expect(reasons).toEqual([runs === 1 ? 'deadline' : 'attempts'])
  })

  it('heeds the deadline that the caller gave as well', async () => {
    const result = make(retry({ delayFrom: () => 100 })).executeOutcome(fail, { deadline: 100 })
    expect(await result).toEqual({ error: boom })
  })

  it('gives up at once where an endless wait is asked', async () => {
    expect(await make(retry({ delayFrom: () => Infinity })).executeOutcome(fail)).toEqual({ error: boom })
  })

  it.each([
    [59, 1],
    [60, 1],
    [61, 2],
  ])('maximumDurationMs of %i allows %i runs at every 60 ms', async (maximumDurationMs, runs) => {
    const operation = controlledOperation()
    const capped = make(retry({ attempts: 9, maximumDurationMs, backoff: atOnce, delayFrom: () => 60 }))
    const result = capped.executeOutcome(operation.run)
    operation.last.reject(boom)
    await clock.advance(60)
    expect(operation.runs).toHaveLength(runs)
    operation.last.reject(boom)
    await clock.settle()
    expect(await result).toEqual({ error: boom })
  })

  it('D9: ends at once with the caller’s reason, and no attempt follows', async () => {
    const caller = new AbortController()
    const budget = retryBudget()
    let runs = 0
    const guarded = make(retry({ attempts: 9, backoff: { baseMs: 1_000, jitter: 'none' }, budget }))
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(() => (runs++, fail()), { signal: caller.signal })
    await clock.advance(500)
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    await clock.advance(1e6)
    expect(runs).toBe(1)
    expect(log.types).toEqual(['retry.scheduled'])
    expect(budget.statistics(clock.now())).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
  })
})

describe('the budget of a retry', () => {
  it('false is none', async () => {
    const guarded = make(retry({ attempts: 100, backoff: atOnce, budget: false }))
    let runs = 0
    expect(await guarded.executeOutcome(() => (runs++, fail()))).toEqual({ error: boom })
    expect(runs).toBe(100)
  })

  it('is earned by successes, at the first attempt and at a later one, and not by values that were given up on', async () => {
    const budget = retryBudget({ reservePerSecond: 0.2, ratio: 0.5, inFlightMinimum: 9 })
    const guarded = make(
      retry({
        attempts: 2,
        backoff: atOnce,
        budget,
        retryWhen: (outcome) => isError(outcome) || outcome.value === 'bad',
      }),
    )
    expect(budget.statistics(0).balance).toBeCloseTo(2)
    await guarded.execute(() => 'good')
    expect(budget.statistics(0).balance).toBeCloseTo(2.5)
    let run = 0
    await guarded.execute(() => (++run === 1 ? fail() : 'good'))
    expect(budget.statistics(0).balance).toBeCloseTo(2.5 - 1 + 0.5)
    expect(await guarded.execute(() => 'bad')).toBe('bad')
    expect(budget.statistics(0).balance).toBeCloseTo(2 - 1)
  })

  it('is taken when the wait begins and given back when the attempt ends', async () => {
    const budget = retryBudget()
    const operation = controlledOperation()
    const guarded = make(retry({ attempts: 2, backoff: { baseMs: 10, jitter: 'none' }, budget }))
    const result = guarded.executeOutcome(operation.run)
    const inFlight = (): readonly number[] => {
      const { callsInFlight, extraInFlight } = budget.statistics(clock.now())
      return [callsInFlight, extraInFlight]
    }
    expect(inFlight()).toEqual([1, 0])
    operation.last.reject(boom)
    await clock.settle()
    expect(inFlight()).toEqual([1, 1])
    await clock.advance(10)
    expect(inFlight()).toEqual([1, 1])
    operation.last.resolve(1)
    await result
    expect(inFlight()).toEqual([0, 0])
  })

  it('that is replaced gets back what was taken from it: a call goes by the options that it came with', async () => {
    const before = retryBudget()
    const after = retryBudget()
    const operation = controlledOperation()
    const guarded = make(retry({ attempts: 2, backoff: atOnce, budget: before }))
    const results = [guarded.executeOutcome(operation.run), guarded.executeOutcome(operation.run)]
    guarded.update('retry', { budget: after, attempts: 1 })
    operation.runs[0]?.resolve(1)
    operation.runs[1]?.reject(boom)
    await clock.settle()
    expect(operation.runs).toHaveLength(3)
    operation.last.resolve(2)
    expect(await Promise.all(results)).toEqual([{ value: 1 }, { value: 2 }])
    for (const budget of [before, after]) {
      expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
    }
  })

  it('stays with what it holds when other options are updated', async () => {
    const guarded = make(retry({ attempts: 2, backoff: atOnce, budget: { reservePerSecond: 0.1 } }))
    let runs = 0
    await guarded.executeOutcome(() => (runs++, fail()))
    guarded.update('retry', { attempts: 3 })
    await guarded.executeOutcome(() => (runs++, fail()))
    expect(runs).toBe(3)
  })

  it('of one’s own kind is used as any other', async () => {
    const told: string[] = []
    const own: RetryBudget = {
      enter: () => void told.push('enter'),
      leave: () => void told.push('leave'),
      deposit: () => void told.push('deposit'),
      withdraw: () => told.push('withdraw') > 0,
      giveBack: () => void told.push('give back'),
      statistics: () => ({ balance: 0, callsInFlight: 0, extraInFlight: 0 }),
      describe: () => ({ mine: true }),
    }
    const guarded = make(retry({ attempts: 2, backoff: atOnce, budget: own }))
    let run = 0
    await guarded.execute(() => (++run === 1 ? fail() : 'good'))
    expect(told).toEqual(['enter', 'withdraw', 'give back', 'deposit', 'leave'])
    expect(guarded.part('retry').describe?.()).toMatchObject({ budget: { mine: true } })
  })
})

it('D14: a retry keeps nothing of the option objects', () => {
  const options = { attempts: 2, backoff: { baseMs: 10 }, budget: { ratio: 0.5 } }
  const guarded = make(retry(options))
  options.backoff.baseMs = 99
  options.budget.ratio = 5
  guarded.update('retry', { attempts: 4 })
  expect(guarded.part('retry').describe?.()).toMatchObject({
    attempts: 4,
    backoff: { baseMs: 10 },
    budget: { ratio: 0.5 },
  })
})
