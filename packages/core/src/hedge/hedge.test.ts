import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import type { ControlledOperation } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  hedge,
  HedgeLostError,
  pipeline,
  retry,
  retryBudget,
  timeout,
  wheelOf,
} from '../index.ts'
import type { Call, HedgeOptions, HoldfastEvent, Part, Policy } from '../index.ts'

let clock: VirtualClock
let unhandled: unknown[]
const note = (reason: unknown): void => void unhandled.push(reason)

beforeEach(() => {
  clock = new VirtualClock()
  unhandled = []
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled, 'unhandled rejections').toEqual([])
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const make = (...parts: Part[]) => pipeline('test', parts, { clock, random: () => 0.5 })
const attempts = (operation: ControlledOperation<unknown>): readonly number[] =>
  operation.runs.map(({ call }) => call.attempt)

/** Success after so many milliseconds of virtual time each, to warm an estimate up. */
async function succeed(guarded: ReturnType<typeof make>, latencies: readonly number[]): Promise<void> {
  for (const latency of latencies) {
    const operation = controlledOperation()
    const result = guarded.execute(operation.run)
    await clock.advance(latency)
    for (const run of operation.runs) run.resolve('warm')
    await result
  }
}

describe('hedge', () => {
  it('starts a second attempt beside one that is slow, and takes whichever succeeds first', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ delayMs: 100 })).execute(operation.run)
    await clock.advance(99)
    expect(attempts(operation)).toEqual([1])
    await clock.advance(1)
    expect(attempts(operation)).toEqual([1, 2])
    operation.last.resolve('second')
    expect(await result).toBe('second')
    operation.runs[0]?.resolve('first')
  })

  it('starts none beside one that answers in time', async () => {
    const operation = controlledOperation()
    const guarded = make(hedge({ delayMs: 100 }))
    const log = new EventLog(guarded)
    const result = guarded.execute(operation.run)
    await clock.advance(99)
    operation.last.resolve('first')
    expect(await result).toBe('first')
    await clock.advance(1_000)
    expect(attempts(operation)).toEqual([1])
    expect(log.types).toEqual([])
  })

  it('hedges is how many there may be, each a delay after the last', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ hedges: 3, delayMs: 10 })).execute(operation.run)
    const running: number[] = []
    for (let step = 0; step < 5; step++) {
      await clock.advance(10)
      running.push(operation.running)
    }
    expect(running).toEqual([2, 3, 4, 4, 4])
    expect(attempts(operation)).toEqual([1, 2, 3, 4])
    operation.last.resolve(4)
    expect(await result).toBe(4)
    for (const run of operation.runs) run.resolve(0)
  })

  it('counts attempts on from the one that it was given', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const guarded = make(retry({ attempts: 2, backoff: { baseMs: 0 } }), hedge({ delayMs: 10 }))
    const result = guarded.execute(operation.run)
    await clock.advance(10)
    for (const run of operation.runs) run.reject('no')
    await clock.advance(10)
    operation.last.resolve('yes')
    expect(await result).toBe('yes')
    expect(attempts(operation)).toEqual([1, 2, 2, 3])
  })

  it('reports what it launched and who won', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const guarded = make(hedge({ name: 'twice', delayMs: 10 }))
    const log = new EventLog<HoldfastEvent>(guarded)
    const result = guarded.execute(operation.run)
    await clock.advance(10)
    operation.last.resolve(1)
    await result
    expect(log.events).toMatchObject([
      { type: 'hedge.launched', policy: 'twice', next: 2, at: 10 },
      { type: 'hedge.won', policy: 'twice', winner: 2 },
    ])
  })

  it.each(oddOperations)('D16: works with an operation that %s', async (_name, operation, expected) => {
    const guarded = make(hedge({ delayMs: 0, hedges: 2 }))
    expect(await guarded.executeOutcome(operation)).toEqual(expected)
  })

  it('D12: works around a part of one’s own that answers or throws without a promise', async () => {
    const sudden = (answer: () => unknown): Policy => ({
      kind: 'sudden',
      name: 'sudden',
      // What a part without types may do.
      wrap: () => () => answer() as Promise<unknown>,
    })
    expect(
      await make(
        hedge({ delayMs: 0 }),
        sudden(() => 5),
      ).execute(() => 1),
    ).toBe(5)
    const budget = retryBudget()
    const throwing = make(
      hedge({ delayMs: 0, budget }),
      sudden(() => {
        throw 'at once'
      }),
    )
    expect(await throwing.executeOutcome(() => 1)).toEqual({ error: 'at once' })
    expect(budget.statistics(0)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
  })
})

describe('the delay of a hedge', () => {
  it('of 0 starts all attempts at once', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const result = make(hedge({ hedges: 2, delayMs: 0 })).execute(operation.run)
    await clock.settle()
    expect(attempts(operation)).toEqual([1, 2, 3])
    operation.runs[1]?.resolve('b')
    expect(await result).toBe('b')
  })

  it('may be a function of the call and the attempt to come', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const asked: unknown[] = []
    const guarded = make(
      hedge({
        hedges: 2,
        delayMs: (call, next) => {
          asked.push([call.key, next])
          return next === 2 ? 5 : 50
        },
      }),
    )
    const result = guarded.execute(operation.run, { key: 'k' })
    await clock.advance(5)
    expect(attempts(operation)).toEqual([1, 2])
    await clock.advance(49)
    expect(attempts(operation)).toEqual([1, 2])
    await clock.advance(1)
    expect(attempts(operation)).toEqual([1, 2, 3])
    operation.last.resolve(1)
    await result
    expect(asked).toEqual([
      ['k', 2],
      ['k', 3],
    ])
  })

  it.each([Infinity, Number.NaN, -1, '5', undefined])(
    'never comes where the function answers %o',
    async (answer) => {
      const operation = controlledOperation()
      // What a function without types may answer.
      const result = make(hedge({ delayMs: () => answer as number })).execute(operation.run)
      await clock.advance(1e9)
      expect(attempts(operation)).toEqual([1])
      operation.last.resolve(1)
      await result
    },
  )

  it('D12: never comes where the function throws, which is reported', async () => {
    const operation = controlledOperation()
    const guarded = make(
      hedge({
        delayMs: () => {
          throw 'no idea'
        },
      }),
    )
    const log = new EventLog(guarded)
    const result = guarded.execute(operation.run)
    await clock.advance(1e9)
    operation.last.resolve('first')
    expect(await result).toBe('first')
    expect(log.events).toMatchObject([{ type: 'hook.failed', hook: 'delayMs', error: 'no idea' }])
  })

  it('is the 95th percentile of a hundred successes where nothing is said', async () => {
    const guarded = make(hedge())
    expect(guarded.part('hedge').describe?.()).toMatchObject({ hedges: 1, delayMs: { percentile: 0.95 } })
    await succeed(guarded, Array<number>(99).fill(20))
    const cold = controlledOperation()
    const hundredth = guarded.execute(cold.run)
    await clock.advance(20)
    expect(cold.runs).toHaveLength(1)
    cold.last.resolve(1)
    await hundredth
    const warm = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(warm.run)
    await clock.advance(19)
    expect(warm.runs).toHaveLength(1)
    await clock.advance(1)
    expect(warm.runs).toHaveLength(2)
    warm.last.resolve(1)
    await result
  })

  it('warmUp is how many successes it waits for, failures not among them', async () => {
    const guarded = make(hedge({ delayMs: { percentile: 0.5, warmUp: 2 } }))
    await succeed(guarded, [10])
    const failed = await guarded.executeOutcome(() => Promise.reject('no'))
    expect(failed).toEqual({ error: 'no' })
    const cold = controlledOperation()
    const second = guarded.execute(cold.run)
    await clock.advance(10)
    expect(cold.runs).toHaveLength(1)
    cold.last.resolve(1)
    await second
    const warm = controlledOperation({ honoursAbort: true })
    const third = guarded.execute(warm.run)
    await clock.advance(10)
    expect(warm.runs).toHaveLength(2)
    warm.last.resolve(1)
    await third
  })

  it('percentile follows what is asked: a low one hedges earlier than a high one', async () => {
    const latencies = Array.from({ length: 300 }, (_, index) => (index % 10 === 0 ? 200 : 20))
    const low = make(hedge({ delayMs: { percentile: 0.5, warmUp: 1 }, budget: false }))
    const high = make(hedge({ delayMs: { percentile: 0.99, warmUp: 1 }, budget: false }))
    await succeed(low, latencies)
    await succeed(high, latencies)
    const operations = [
      controlledOperation({ honoursAbort: true }),
      controlledOperation({ honoursAbort: true }),
    ]
    const results = [low, high].map((guarded, index) =>
      guarded.execute((operations[index] as ControlledOperation<unknown>).run),
    )
    await clock.advance(60)
    expect(operations.map(({ runs }) => runs.length)).toEqual([2, 1])
    for (const { last } of operations) last.resolve(1)
    await Promise.all(results)
  })
})

describe('a call that hedgeWhen refuses', () => {
  const reads = ({ metadata }: Call): boolean => metadata['reads'] === true

  it('runs once, however slow, and one that it allows is hedged', async () => {
    const guarded = make(hedge({ delayMs: 10, hedgeWhen: reads }))
    for (const [metadata, expected] of [
      [{ reads: false }, [1]],
      [{ reads: true }, [1, 2]],
    ] as const) {
      const operation = controlledOperation()
      const result = guarded.execute(operation.run, { metadata })
      await clock.advance(100)
      expect(attempts(operation)).toEqual(expected)
      operation.last.resolve('answer')
      expect(await result).toBe('answer')
    }
  })

  it('hears its own error at once, and pays for nothing', async () => {
    const budget = retryBudget()
    const guarded = make(hedge({ hedgeWhen: () => false, budget }))
    const before = budget.statistics(clock.now())
    expect(await guarded.executeOutcome(() => Promise.reject('no'))).toEqual({ error: 'no' })
    expect(budget.statistics(clock.now())).toEqual(before)
  })

  it('teaches the estimate of the latency nothing', async () => {
    const guarded = make(hedge({ delayMs: { percentile: 0.9, warmUp: 1 }, hedgeWhen: reads }))
    await succeed(guarded, [5, 5])
    const operation = controlledOperation()
    const result = guarded.execute(operation.run, { metadata: { reads: true } })
    await clock.advance(1_000)
    expect(operation.runs).toHaveLength(1)
    operation.last.resolve('answer')
    await result
  })

  it('D12: is one whose hedgeWhen throws, and that is reported', async () => {
    const guarded = make(
      hedge({
        delayMs: 0,
        hedgeWhen: () => {
          throw 'broken'
        },
      }),
    )
    const log = new EventLog(guarded)
    const operation = controlledOperation()
    const result = guarded.execute(operation.run)
    operation.last.resolve('answer')
    expect(await result).toBe('answer')
    expect(operation.runs).toHaveLength(1)
    expect(log.of('hook.failed')).toMatchObject([{ hook: 'hedgeWhen', error: 'broken' }])
  })
})

describe('the losers of a hedge', () => {
  it('are aborted with an error of their own', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ name: 'h', hedges: 2, delayMs: 0 })).execute(operation.run)
    await clock.settle()
    const signals = operation.runs.map(({ call }) => call.signal)
    operation.runs[1]?.resolve('second')
    await result
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true])
    expect(signals[0]?.reason).toBeInstanceOf(HedgeLostError)
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_HEDGE_LOST', policy: 'h' })
    operation.runs[0]?.reject('a late failure')
    operation.runs[2]?.resolve('a late value')
    await clock.settle()
  })

  it('are observed: their elapsed time enters the latency, so the delay does not sink to that of the fast', async () => {
    const guarded = make(hedge({ delayMs: { percentile: 0.5, warmUp: 1 }, budget: false }))
    await succeed(guarded, [10])
    for (let call = 0; call < 200; call++) {
      const operation = controlledOperation({ honoursAbort: true })
      const result = guarded.execute(operation.run)
      await clock.advance(100)
      operation.last.resolve('the hedge, after all this time')
      await result
    }
    const operation = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(operation.run)
    await clock.advance(50)
    expect(operation.runs).toHaveLength(1)
    operation.last.resolve(1)
    await result
  })

  it('a first attempt that failed says nothing of the latency; what counts is the one that then succeeded', async () => {
    const guarded = make(hedge({ delayMs: { percentile: 0.5, warmUp: 1 }, budget: false }))
    const failing = controlledOperation()
    const first = guarded.execute(failing.run)
    await clock.advance(1_000)
    failing.last.reject('no')
    await clock.advance(5)
    failing.last.resolve(1)
    await first
    const operation = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(operation.run)
    await clock.advance(5)
    expect(operation.runs).toHaveLength(2)
    operation.last.resolve(1)
    await result
  })

  it('count as slow for a breaker inside past its threshold, and for nothing in its failure rate', async () => {
    const breaker = circuitBreaker({ slowCallMs: 50, slowRatio: 1, minimumCalls: 100 })
    const guarded = make(hedge({ delayMs: 40, budget: false }), breaker)
    const operation = controlledOperation({ honoursAbort: true })
    const quick = guarded.execute(operation.run)
    await clock.advance(40)
    operation.last.resolve('before the loser was slow')
    await quick
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0, slow: 0, running: 0 })
    const slow = guarded.execute(operation.run)
    await clock.advance(60)
    operation.last.resolve('when it was')
    await slow
    expect(breaker.statistics()).toMatchObject({ failures: 0, slow: 1, running: 0 })
  })

  it('hold their permits until they have ended', async () => {
    const permits = bulkhead({ limit: 2 })
    const operation = controlledOperation()
    const result = make(hedge({ delayMs: 10 }), permits).execute(operation.run)
    await clock.advance(10)
    operation.last.resolve('second')
    await result
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    operation.runs[0]?.reject('late')
    await clock.settle()
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
  })
})

describe('when attempts fail', () => {
  it('the next begins at once, and when all have failed the caller hears the first one’s own error', async () => {
    const operation = controlledOperation()
    const guarded = make(hedge({ hedges: 2, delayMs: 1_000 }))
    const result = guarded.executeOutcome(operation.run)
    for (const error of ['first', 'second', 'third']) {
      await clock.settle()
      operation.last.reject(error)
    }
    expect(await result).toEqual({ error: 'first' })
    expect(clock.now()).toBe(0)
  })

  it('the first one’s error is heard though the second failed earlier', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ delayMs: 10 })).executeOutcome(operation.run)
    await clock.advance(10)
    operation.runs[1]?.reject('second')
    await clock.advance(10)
    operation.runs[0]?.reject('first')
    expect(await result).toEqual({ error: 'first' })
  })

  it('one that still runs may save the call', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ delayMs: 10 })).execute(operation.run)
    await clock.advance(10)
    operation.runs[0]?.reject('first')
    await clock.advance(1_000)
    operation.runs[1]?.resolve('saved')
    expect(await result).toBe('saved')
  })

  it('isFatal ends the call with that error, and aborts those that run', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const guarded = make(
      hedge({
        delayMs: 10,
        hedges: 5,
        isFatal: (outcome) => 'error' in outcome && outcome.error === 'bad request',
      }),
    )
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(10)
    operation.runs[1]?.reject('bad request')
    expect(await result).toEqual({ error: 'bad request' })
    expect(operation.runs).toHaveLength(2)
    expect(operation.running).toBe(0)
  })

  it('isFatal is not asked of values: whatever succeeds wins', async () => {
    const guarded = make(hedge({ isFatal: () => true }))
    expect(await guarded.execute(() => 'value')).toBe('value')
  })

  it('D12: an isFatal that throws means no, and is reported', async () => {
    const operation = controlledOperation()
    const guarded = make(
      hedge({
        delayMs: 1_000,
        isFatal: () => {
          throw 'broken'
        },
      }),
    )
    const log = new EventLog(guarded)
    const result = guarded.execute(operation.run)
    operation.last.reject('first')
    await clock.settle()
    operation.last.resolve('second')
    expect(await result).toBe('second')
    expect(log.of('hook.failed')).toMatchObject([{ hook: 'isFatal', error: 'broken' }])
  })

  it('a hedge that a guard refuses does not end the call while another attempt runs', async () => {
    const operation = controlledOperation()
    const result = make(hedge({ hedges: 2, delayMs: 10 }), bulkhead({ limit: 1 })).execute(operation.run)
    await clock.advance(100)
    expect(operation.runs).toHaveLength(1)
    operation.last.resolve('the only one')
    expect(await result).toBe('the only one')
  })

  it('a refusal of the first is heard when all were refused', async () => {
    const outcome = make(hedge({ hedges: 2, delayMs: 10 }), bulkhead({ limit: 0 })).executeOutcome(() => 1)
    expect(await outcome).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
  })
})

describe('the budget of a hedge', () => {
  const poor = { reservePerSecond: 0.1, windowMs: 10_000 } as const

  it('bounds the attempts that it adds; without one left the call goes on with what runs', async () => {
    const operation = controlledOperation()
    const guarded = make(hedge({ delayMs: 10, budget: poor }))
    const log = new EventLog(guarded)
    const results = [1, 2, 3].map(() => guarded.execute(operation.run))
    await clock.advance(10)
    expect(operation.runs).toHaveLength(4)
    expect(log.of('hedge.refused')).toMatchObject([
      { next: 2, reason: 'budget' },
      { next: 2, reason: 'budget' },
    ])
    for (const run of operation.runs) run.resolve('fine')
    expect(await Promise.all(results)).toEqual(['fine', 'fine', 'fine'])
  })

  it('is on by default, and false is none', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const storm = async (options: HedgeOptions): Promise<number> => {
      const guarded = make(hedge({ delayMs: 0, ...options }))
      const before = operation.runs.length
      const results = Array.from({ length: 20 }, () => guarded.execute(operation.run))
      await clock.settle()
      const started = operation.runs.length - before
      for (const run of operation.runs) run.resolve(1)
      await Promise.all(results)
      return started
    }
    expect(await storm({})).toBeLessThan(30)
    expect(await storm({ budget: false })).toBe(40)
  })

  it('shared with a retry bounds what both add together', async () => {
    const budget = retryBudget({ reservePerSecond: 0.4, windowMs: 10_000, inFlightMinimum: 100 })
    const guarded = make(
      retry({ attempts: 2, backoff: { baseMs: 0 }, budget }),
      hedge({ delayMs: 1_000, budget }),
    )
    let runs = 0
    for (let call = 0; call < 10; call++) {
      const result = guarded.executeOutcome(() => (runs++, Promise.reject('down')))
      await clock.settle()
      expect(await result).toEqual({ error: 'down' })
    }
    expect(runs).toBe(10 + 4)
    expect(budget.statistics(clock.now())).toEqual({ balance: 0, callsInFlight: 0, extraInFlight: 0 })
  })

  it('is paid back exactly, whatever became of the attempts', async () => {
    const budget = retryBudget({ inFlightMinimum: 100 })
    const guarded = make(hedge({ delayMs: 10, hedges: 2, budget }), timeout({ durationMs: 50 }))
    const caller = new AbortController()
    const operation = controlledOperation()
    const results = [
      guarded.executeOutcome(operation.run),
      guarded.executeOutcome(operation.run, { signal: caller.signal }),
      guarded.executeOutcome(() => Promise.reject('no')),
    ]
    await clock.advance(15)
    expect(budget.statistics(15)).toMatchObject({ callsInFlight: 2, extraInFlight: 2 })
    caller.abort('enough')
    await clock.advance(100)
    await Promise.all(results)
    expect(budget.statistics(115)).toMatchObject({ callsInFlight: 0, extraInFlight: 0 })
    for (const run of operation.runs) run.resolve(1)
  })

  it('earns by successes', async () => {
    const budget = retryBudget({ reservePerSecond: 0, ratio: 0.5 })
    const guarded = make(hedge({ budget }))
    for (let call = 0; call < 4; call++) await guarded.execute(() => 1)
    await guarded.executeOutcome(() => Promise.reject('no'))
    expect(budget.statistics(0).balance).toBeCloseTo(4 * 0.5 - 1)
  })
})

describe('the caller of a hedged call', () => {
  it('D9: aborts every attempt, hears its own reason at once, and nothing starts any more', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const caller = new AbortController()
    const guarded = make(hedge({ hedges: 3, delayMs: 10 }))
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    await clock.advance(10)
    expect(operation.running).toBe(2)
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    expect(operation.running).toBe(0)
    await clock.advance(1_000)
    expect(operation.runs).toHaveLength(2)
  })

  it('D9: that was aborted while a part of one’s own held the call starts no attempt', async () => {
    const gate = Promise.withResolvers<void>()
    let begun = 0
    const slow: Policy = {
      kind: 'gate',
      name: 'gate',
      wrap: (next) => async (call) => {
        await gate.promise
        return next(call)
      },
    }
    const counting: Policy = {
      kind: 'counting',
      name: 'counting',
      wrap: (next) => (call) => {
        begun++
        return next(call)
      },
    }
    const caller = new AbortController()
    const guarded = make(slow, hedge({ delayMs: 0 }), counting)
    const result = guarded.executeOutcome(() => 1, { signal: caller.signal })
    caller.abort('mine')
    gate.resolve()
    expect(await result).toEqual({ error: 'mine' })
    await clock.settle()
    expect(begun).toBe(0)
  })

  it('D11: may abort it while the first attempt begins, and no timer is left', async () => {
    const caller = new AbortController()
    const guarded = make(hedge({ delayMs: 10 }))
    const operation = (): Promise<never> => {
      caller.abort('mine')
      return Promise.reject('too late to be heard')
    }
    expect(await guarded.executeOutcome(operation, { signal: caller.signal })).toEqual({ error: 'mine' })
  })

  it('D11: keeps no listener of it on a call that goes on', async () => {
    let listeners = 0
    const again: Policy = {
      kind: 'again',
      name: 'again',
      wrap: (next) => async (call) => {
        const { onCancel } = call
        call.onCancel = (listener) => {
          listeners++
          const stop = Reflect.apply(onCancel, call, [listener])
          return () => {
            listeners--
            stop()
          }
        }
        await next(call)
        return next(call)
      },
    }
    expect(await make(again, hedge({ delayMs: 10 })).execute(() => 'done')).toBe('done')
    expect(listeners).toBe(0)
  })

  it('is answered by a timeout around the hedge while every attempt hangs', async () => {
    const operation = controlledOperation()
    const guarded = make(timeout({ durationMs: 100 }), hedge({ delayMs: 10 }))
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(100)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(operation.runs.map(({ call }) => call.cancelled)).toEqual([true, true])
    for (const run of operation.runs) run.resolve(1)
  })
})

describe('a hedge that is updated', () => {
  it('takes hedges, delay, budget and isFatal over from the next call on', async () => {
    const guarded = make(hedge({ delayMs: 1_000, budget: false }))
    guarded.update('hedge', { delayMs: 10 })
    guarded.update('hedge', { hedges: 2 })
    const operation = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(operation.run)
    await clock.advance(20)
    expect(operation.runs).toHaveLength(3)
    operation.last.resolve(1)
    await result
    guarded.update('hedge', { budget: { ratio: 0, reservePerSecond: 0 }, isFatal: () => true })
    const next = guarded.executeOutcome(operation.run)
    await clock.advance(20)
    expect(operation.runs).toHaveLength(4)
    operation.last.reject('fatal')
    expect(await next).toEqual({ error: 'fatal' })
    expect(operation.runs).toHaveLength(4)
  })

  it('keeps the latency that it has learned unless the delay is among the options', async () => {
    const guarded = make(hedge({ delayMs: { percentile: 0.5, warmUp: 1 }, budget: false }))
    await succeed(guarded, [10])
    guarded.update('hedge', { hedges: 2 })
    const operation = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(operation.run)
    await clock.advance(20)
    expect(operation.runs).toHaveLength(3)
    operation.last.resolve(1)
    await result
  })

  it('D14: keeps nothing of the option objects', async () => {
    const delayMs = { percentile: 0.5, warmUp: 1 }
    const guarded = make(hedge({ delayMs }))
    delayMs.percentile = 0.9
    expect(guarded.part('hedge').describe?.()).toMatchObject({ delayMs: { percentile: 0.5 } })
    const described = guarded.part('hedge').describe?.() as { delayMs: { percentile: number } }
    described.delayMs.percentile = 0.1
    expect(guarded.part('hedge').describe?.()).toMatchObject({ delayMs: { percentile: 0.5 } })
  })
})
