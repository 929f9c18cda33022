import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { bulkhead, pipeline, retry, timeout, Wait, wheelOf } from '../index.ts'
import type { Guard, HoldfastEvent, Outcome, Part } from '../index.ts'

const mistake = new Error('mistake')

function never(): Promise<unknown> {
  return new Promise(() => {})
}

/** A pipeline around a bulkhead, on a clock of its own. */
function place(...parts: Part[]) {
  const clock = new VirtualClock()
  const limited = bulkhead({ limit: 1 })
  const guarded = pipeline('test', [...parts, limited], { clock })
  const log = new EventLog<HoldfastEvent>(guarded)
  return { clock, guarded, log, permits: () => limited.statistics() }
}

describe('a part that makes a mistake', () => {
  it('in expire has it heard by the caller, and the permit comes back when the operation ends', async () => {
    const hasty: Guard = {
      kind: 'hasty',
      name: 'hasty',
      admit: (_call, now) => now + 10,
      expire: () => {
        throw mistake
      },
    }
    const { clock, guarded, permits } = place(hasty)
    let end = (): void => {}
    const outcome = guarded.executeOutcome(() => new Promise<void>((resolve) => (end = resolve)))
    await clock.advance(10)
    expect(await outcome).toEqual({ error: mistake })
    expect(permits()).toMatchObject({ running: 1, abandoned: 1 })
    end()
    await clock.settle()
    expect(permits()).toMatchObject({ running: 0, abandoned: 0 })
  })

  it('in leaving a queue is reported, and the cancellation goes on', async () => {
    class Stubborn extends Wait {
      override fire(): void {}

      protected override left(): void {
        throw mistake
      }
    }
    const { guarded, log, permits } = place({
      kind: 'door',
      name: 'door',
      admit: () => new Stubborn(),
    } as Guard)
    const caller = new AbortController()
    const outcome = guarded.executeOutcome(() => 1, { signal: caller.signal })
    caller.abort(mistake)
    expect(await outcome).toEqual({ error: mistake })
    expect(log.of('hook.failed')).toMatchObject([{ policy: 'door', hook: 'left', error: mistake }])
    expect(permits().running).toBe(0)
  })
})

describe('an operation', () => {
  it('behind a policy is aborted at a deadline further out with the error that the caller hears', async () => {
    const clock = new VirtualClock()
    const inner = pipeline('inner', [retry()], { clock })
    const guarded = pipeline('test', [timeout({ durationMs: 50 }), inner], { clock })
    const operation = controlledOperation()
    const outcome = guarded.executeOutcome((call) => (void call.signal, operation.run(call)))
    expect(operation.last.call.deadline).toBe(50)
    expect(wheelOf(clock).size).toBe(1)
    await clock.advance(50)
    expect(await outcome).toEqual({ error: operation.last.call.signal.reason })
  })

  it('is waited for though what it returns is a function with a then', async () => {
    const { guarded } = place()
    const odd = Object.assign(() => {}, { then: (resolve: (value: number) => void) => resolve(7) })
    expect(await guarded.executeOutcome(() => odd)).toEqual({ value: 7 })
  })

  it('that failed is the cause of the refusal that its retry met', async () => {
    const { clock, guarded, permits } = place(
      retry({ attempts: 2, backoff: { type: 'constant', baseMs: 10, jitter: 'none' } }),
    )
    const outcome = guarded.executeOutcome(() => Promise.reject(mistake))
    await clock.settle()
    const other = new AbortController()
    void guarded.executeOutcome(never, { signal: other.signal })
    expect(permits().running).toBe(1)
    await clock.advance(10)
    expect(await outcome).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL', cause: mistake } })
    other.abort()
  })

  it('that returns something whose then cannot be read has failed', async () => {
    const { guarded, permits } = place()
    const odd = Object.defineProperty({}, 'then', {
      get: () => {
        throw mistake
      },
    })
    expect(await guarded.executeOutcome(() => odd)).toEqual({ error: mistake })
    expect(permits().running).toBe(0)
  })

  it('that cuts its own call short is not waited for, and keeps its permit until it ends', async () => {
    const { clock, guarded, permits } = place()
    const caller = new AbortController()
    let end = (): void => {}
    const outcome: Promise<Outcome> = guarded.executeOutcome(
      () => {
        caller.abort(mistake)
        return new Promise<void>((resolve) => (end = resolve))
      },
      { signal: caller.signal },
    )
    expect(await outcome).toEqual({ error: mistake })
    expect(permits().running).toBe(1)
    end()
    await clock.settle()
    expect(permits().running).toBe(0)
  })
})

describe('timers', () => {
  it('of an attempt that is over are gone while the next one is waited for', async () => {
    const backoff = { type: 'constant', baseMs: 50, jitter: 'none' } as const
    const { clock, guarded } = place(retry({ attempts: 2, backoff }), timeout({ durationMs: 1_000 }))
    const outcome = guarded.executeOutcome(() => Promise.reject(mistake))
    await clock.settle()
    expect(wheelOf(clock).size).toBe(1)
    await clock.advance(50)
    expect(await outcome).toEqual({ error: mistake })
    expect(wheelOf(clock).size).toBe(0)
  })

  it('are none while a timeout that only reports has let its call go on', async () => {
    const { clock, guarded, log } = place(timeout({ durationMs: 0, mode: 'shadow' }))
    expect(await guarded.executeOutcome(() => 'ran')).toEqual({ value: 'ran' })
    void guarded.executeOutcome(never)
    await clock.settle()
    expect(log.types).toEqual(['timeout.elapsed', 'timeout.elapsed'])
    expect(wheelOf(clock).size).toBe(0)
  })
})
