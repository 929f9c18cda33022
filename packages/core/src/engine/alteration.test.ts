import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { bulkhead, circuitBreaker, keyed, pipeline, retry, sleep, timeout } from '../index.ts'
import type { Alteration, Call, Operation } from '../index.ts'

type Alter = (operation: Operation, call: Call, now: number) => unknown

function altering(alter: Alter, active = true): Alteration {
  return { kind: 'altering', name: 'altering', active, alter }
}

const mistake = new Error('made by the part')

describe('an operation that a part alters', () => {
  it('fails as the operation itself, though that never ran', async () => {
    const breaker = circuitBreaker()
    const failing = altering(() => {
      throw mistake
    })
    const guarded = pipeline('test', [breaker, failing])
    let ran = false
    expect(await guarded.executeOutcome(() => (ran = true))).toEqual({ error: mistake })
    expect(ran).toBe(false)
    expect(breaker.statistics().failures).toBe(1)
  })

  it('is run by it with the call, later too, and holds permits until it has ended', async () => {
    const clock = new VirtualClock({ now: 5 })
    const permits = bulkhead()
    const late = altering(async (operation, call, now) => {
      await sleep(call, 20)
      return [now, await operation(call)]
    })
    const guarded = pipeline('test', [timeout({ durationMs: 100 }), permits, late], { clock })
    const outcome = guarded.executeOutcome((call) => call.attempt)
    expect(permits.statistics().running).toBe(1)
    await clock.advance(20)
    expect(await outcome).toEqual({ value: [5, 1] })
    expect(permits.statistics().running).toBe(0)
  })

  it('is altered anew in every attempt, and not while the part is not active', async () => {
    const attempts: number[] = []
    const failing = altering((operation, call) => {
      attempts.push(call.attempt)
      if (call.attempt === 1) throw mistake
      return operation(call)
    })
    const again = retry({ attempts: 2, backoff: { baseMs: 0 } })
    expect(await pipeline('test', [again, failing]).execute(({ attempt }) => attempt)).toBe(2)
    expect(attempts).toEqual([1, 2])
    const idle = altering(() => 'altered', false)
    expect(await pipeline('test', [retry(), idle]).execute(() => 'as it is')).toBe('as it is')
  })

  it('fails as the operation for the parts around a nested pipeline, and for each key', async () => {
    const failing = altering(() => Promise.reject(mistake))
    const breaker = circuitBreaker()
    const nested = pipeline('test', [breaker, pipeline('inner', [timeout({ durationMs: 1 }), failing])])
    expect(await nested.executeOutcome(() => 1)).toEqual({ error: mistake })
    expect(breaker.statistics().failures).toBe(1)
    const each = pipeline('test', [breaker, keyed(() => [failing])])
    expect(await each.executeOutcome(() => 1, { key: 'a' })).toEqual({ error: mistake })
    expect(breaker.statistics().failures).toBe(2)
  })

  it('must be the innermost part', () => {
    expect(() => pipeline('test', [altering(() => 1), retry()])).toThrow(
      'altering: must be the innermost part, as it alters the operation',
    )
  })

  it('is no work under an admission', async () => {
    const part = altering(() => 1)
    expect(() => pipeline('test', [part]).admit()).toThrow('needs a pipeline of guards alone')
    expect(await pipeline('test', [keyed(() => [part])]).admit({ key: 'a' })).toMatchObject({
      admitted: false,
      error: { message: "test: 'altering' alters operations; work under an admission is none" },
    })
  })
})
