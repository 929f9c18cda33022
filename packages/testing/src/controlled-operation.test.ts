import { bulkhead, pipeline, retry, timeout } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { controlledOperation } from './controlled-operation.ts'
import { VirtualClock } from './virtual-clock.ts'

describe('controlled operation', () => {
  test('each run ends when and as the test says', async () => {
    const guarded = pipeline('inventory', [bulkhead({ limit: 2 })], { clock: new VirtualClock() })
    const operation = controlledOperation<string>()
    const first = guarded.execute(operation.run)
    const second = guarded.executeOutcome(operation.run)
    expect(operation.running).toBe(2)
    operation.last.reject('no')
    expect(await second).toEqual({ error: 'no' })
    expect(operation.runs.map(({ ended }) => ended)).toEqual([false, true])
    operation.runs[0]?.resolve('yes')
    expect(await first).toBe('yes')
    expect(operation.running).toBe(0)
  })

  test('a run that has ended stays as it ended', async () => {
    const guarded = pipeline('inventory', [bulkhead({ limit: 1 })])
    const operation = controlledOperation<number>()
    const result = guarded.execute(operation.run)
    operation.last.resolve(1)
    operation.last.reject('too late')
    operation.last.resolve(2)
    expect(await result).toBe(1)
  })

  test('there is no newest run before the first', () => {
    expect(() => controlledOperation().last).toThrow('the operation has not been run')
  })

  test('goes on when its call is cut short', async () => {
    const clock = new VirtualClock()
    const guarded = pipeline('inventory', [timeout({ durationMs: 10 })], { clock })
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(10)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(operation.running).toBe(1)
    operation.last.resolve('nobody listens')
  })

  test('honours an abort where it is told to', async () => {
    const clock = new VirtualClock()
    const guarded = pipeline('inventory', [retry({ attempts: 2 }), timeout({ durationMs: 10 })], { clock })
    const operation = controlledOperation({ honoursAbort: true })
    const stop = new AbortController()
    const result = guarded.executeOutcome(operation.run, { signal: stop.signal })
    stop.abort('the caller went')
    expect(await result).toEqual({ error: 'the caller went' })
    expect(operation.running).toBe(0)
    expect(clock.pending).toBe(0)
  })
})
