import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bulkhead, HoldfastConfigError, pipeline, retry, timeout, TimeoutError, wheelOf } from '../index.ts'
import type { Part } from '../index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const make = (...parts: Part[]) => pipeline('test', parts, { clock })
const codes = (outcomes: readonly object[]): readonly unknown[] =>
  outcomes.map((outcome) => ('error' in outcome ? (outcome.error as { code?: string }).code : outcome))

describe('timeout', () => {
  it('lets what ends in time through untouched', async () => {
    const operation = controlledOperation()
    const guarded = make(timeout({ durationMs: 100 }))
    const results = [guarded.executeOutcome(operation.run), guarded.executeOutcome(operation.run)]
    await clock.advance(99)
    operation.runs[0]?.resolve('in time')
    operation.runs[1]?.reject('own error')
    expect(await Promise.all(results)).toEqual([{ value: 'in time' }, { error: 'own error' }])
  })

  it('answers at its moment, not before, and not twice', async () => {
    const operation = controlledOperation()
    const heard: unknown[] = []
    void make(timeout({ durationMs: 100 }))
      .executeOutcome(operation.run)
      .then((outcome) => heard.push(outcome))
    await clock.advance(99.9)
    expect(heard).toEqual([])
    await clock.advance(0.1)
    operation.last.resolve('late')
    await clock.settle()
    expect(heard).toEqual([{ error: expect.any(TimeoutError) }])
  })

  it('says which timeout it was, and whose call', async () => {
    const guarded = make(timeout({ name: 'total', durationMs: 5 }))
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run, { key: 'k' })
    await clock.advance(5)
    expect(await result).toMatchObject({
      error: {
        code: 'ERR_TIMEOUT',
        name: 'TimeoutError',
        policy: 'total',
        key: 'k',
        retryAfterMs: undefined,
      },
    })
    operation.last.resolve(1)
  })

  it('D10: aborts the signal with the error that the caller hears', async () => {
    const guarded = make(timeout({ durationMs: 5 }))
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run)
    const { signal } = operation.last.call
    expect(signal.aborted).toBe(false)
    await clock.advance(5)
    expect(signal.aborted).toBe(true)
    expect(await result).toEqual({ error: signal.reason })
    operation.last.resolve(1)
  })

  it('is another error than the cancellation of the caller', async () => {
    const caller = new AbortController()
    const operation = controlledOperation()
    const guarded = make(timeout({ durationMs: 5 }))
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    await clock.advance(4)
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    expect(log.types).toEqual([])
    operation.last.resolve(1)
  })

  it('tells the operation its deadline, the tightest of all', async () => {
    const guarded = make(timeout({ name: 'total', durationMs: 100 }), timeout({ durationMs: 30 }))
    expect(await guarded.execute((call) => call.deadline)).toBe(30)
    expect(await guarded.execute((call) => call.deadline, { deadline: 20 })).toBe(20)
    expect(await make(timeout({ durationMs: 30 })).execute((call) => call.deadline, { deadline: 50 })).toBe(
      30,
    )
  })

  it('outside a retry it is the total, inside each attempt’s', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const guarded = make(
      timeout({ name: 'total', durationMs: 100 }),
      retry({ attempts: 9, backoff: { baseMs: 10, type: 'constant', jitter: 'none' } }),
      timeout({ name: 'attempt', durationMs: 30 }),
    )
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(100)
    expect(await result).toMatchObject({ error: { policy: 'total' } })
    expect(operation.runs).toHaveLength(3)
    expect(log.of('timeout.elapsed').map(({ policy, at }) => [policy, at])).toEqual([
      ['attempt', 30],
      ['attempt', 70],
      ['total', 100],
    ])
  })

  it('D13: durations beyond 32 bits do not fire at once', async () => {
    const operation = controlledOperation()
    const result = make(timeout({ durationMs: 2 ** 31 + 1 })).executeOutcome(operation.run)
    await clock.advance(2 ** 31)
    operation.last.resolve('still in time')
    expect(await result).toEqual({ value: 'still in time' })
  })

  it('of 0 ms lets nothing start', async () => {
    const operation = controlledOperation()
    const outcome = await make(timeout({ durationMs: 0 })).executeOutcome(operation.run)
    expect(codes([outcome])).toEqual(['ERR_TIMEOUT'])
    expect(operation.runs).toHaveLength(0)
  })

  it.each(oddOperations)('D16: works with an operation that %s', async (_name, operation, expected) => {
    expect(await make(timeout({ durationMs: 100 })).executeOutcome(operation)).toEqual(expected)
  })

  it('D12: an operation that rejects after its caller was answered is not an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const operation = controlledOperation()
    const result = make(timeout({ durationMs: 5 })).executeOutcome(operation.run)
    await clock.advance(5)
    operation.last.reject(new Error('late'))
    await clock.settle()
    process.off('unhandledRejection', note)
    expect(codes([await result])).toEqual(['ERR_TIMEOUT'])
    expect(unhandled).toEqual([])
  })
})

describe('a duration that is a function', () => {
  it('is asked once for each call', async () => {
    const asked: unknown[] = []
    const guarded = make(
      timeout({
        durationMs: (call) => {
          asked.push(call.key)
          return call.key === 'slow' ? 50 : 10
        },
      }),
    )
    const operation = controlledOperation()
    const results = ['slow', 'quick'].map((key) => guarded.executeOutcome(operation.run, { key }))
    await clock.advance(10)
    operation.runs[0]?.resolve('slow is in time')
    expect(codes(await Promise.all(results))).toEqual([{ value: 'slow is in time' }, 'ERR_TIMEOUT'])
    expect(asked).toEqual(['slow', 'quick'])
    operation.runs[1]?.resolve(1)
  })

  it('may answer Infinity for no limit', async () => {
    const operation = controlledOperation()
    const result = make(timeout({ durationMs: () => Infinity })).executeOutcome(operation.run)
    await clock.advance(1e12)
    operation.last.resolve('at last')
    expect(await result).toEqual({ value: 'at last' })
  })

  it.each([-1, Number.NaN, '5', null, undefined, {}])(
    'D12: answering %o rejects that call alone and starts nothing',
    async (answer) => {
      const permits = bulkhead({ limit: 1 })
      // What a function without types may answer.
      const guarded = make(
        permits,
        timeout({ durationMs: (call) => (call.key === 'odd' ? (answer as number) : 10) }),
      )
      const operation = controlledOperation()
      const odd = await guarded.executeOutcome(operation.run, { key: 'odd' })
      expect(odd).toEqual({ error: expect.any(HoldfastConfigError) })
      expect(operation.runs).toHaveLength(0)
      expect(await guarded.execute(() => 'other')).toBe('other')
      expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    },
  )

  it('D12: that throws rejects that call with what it threw', async () => {
    const guarded = make(
      timeout({
        durationMs: () => {
          throw 'no idea'
        },
      }),
    )
    expect(await guarded.executeOutcome(() => 1)).toEqual({ error: 'no idea' })
  })
})

describe('the mode of a timeout', () => {
  it('shadow reports and lets the call run on, outer timeouts still in force', async () => {
    const guarded = make(
      timeout({ name: 'total', durationMs: 100 }),
      timeout({ name: 'trial', durationMs: 10, mode: 'shadow' }),
    )
    const log = new EventLog(guarded)
    const operation = controlledOperation()
    const results = [guarded.executeOutcome(operation.run), guarded.executeOutcome(operation.run)]
    await clock.advance(50)
    expect(operation.last.call.cancelled).toBe(false)
    operation.runs[0]?.resolve('in time for the total')
    await clock.advance(50)
    expect(codes(await Promise.all(results))).toEqual([{ value: 'in time for the total' }, 'ERR_TIMEOUT'])
    expect(log.of('timeout.elapsed').map(({ policy, shadow }) => [policy, shadow])).toEqual([
      ['trial', true],
      ['trial', true],
      ['total', false],
    ])
    operation.last.resolve(1)
  })

  it('off does nothing, and asks nobody', async () => {
    const guarded = make(
      timeout({
        mode: 'off',
        durationMs: () => {
          throw new Error('asked')
        },
      }),
    )
    expect(await guarded.execute(() => 1)).toBe(1)
  })
})

describe('a timeout that is updated', () => {
  it('has its new duration from the next call on; those that run keep theirs', async () => {
    const guarded = make(timeout({ durationMs: 100 }))
    const operation = controlledOperation()
    const before = guarded.executeOutcome(operation.run)
    guarded.update('timeout', { durationMs: 10 })
    const after = guarded.executeOutcome(operation.run)
    await clock.advance(10)
    expect(codes([await after])).toEqual(['ERR_TIMEOUT'])
    operation.runs[0]?.resolve('by the old one')
    expect(await before).toEqual({ value: 'by the old one' })
    operation.runs[1]?.resolve(1)
  })

  it('in shadow answers no call any more, not even one that runs', async () => {
    const guarded = make(timeout({ durationMs: 10 }))
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run)
    guarded.update('timeout', { mode: 'shadow' })
    await clock.advance(20)
    operation.last.resolve('spared')
    expect(await result).toEqual({ value: 'spared' })
  })
})
