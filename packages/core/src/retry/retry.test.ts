import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline, retry, retryBudget, timeout, wheelOf } from '../index.ts'

let clock: VirtualClock
beforeEach(() => {
  clock = new VirtualClock()
})
afterEach(() => expect(wheelOf(clock).size).toBe(0))

const make = (...parts: Parameters<typeof pipeline>[1]) =>
  pipeline('test', parts, { clock, random: () => 0.5 })
const boom = new Error('boom')

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
})
