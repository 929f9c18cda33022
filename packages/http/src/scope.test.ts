import { pipeline, timeout } from '@holdfast/core'
import type { Admitted, Call, ExecuteOptions } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { currentScope, inScope, withScope } from './scope.ts'

/** A call of work that is under way, with a deadline where one is given. */
function callUnderWay(deadline?: number, signal?: AbortSignal): Call {
  const clock = new VirtualClock()
  const guarded = pipeline('p', [timeout({ durationMs: () => Infinity })], { clock })
  return (guarded.admit({ deadline, signal }) as Admitted).call
}

describe('the scope of a request', () => {
  it('is not there outside of one, and options stay as they are', () => {
    const options: ExecuteOptions = { key: 'k' }
    expect(currentScope()).toBeUndefined()
    expect(inScope(options)).toBe(options)
    expect(inScope()).toEqual({})
  })

  it('follows the work through promises, timers and events, and ends with it', async () => {
    const names: unknown[] = []
    const note = (): void => void names.push(currentScope()?.name)
    const returned = await withScope('checkout', callUnderWay(), async () => {
      note()
      await null
      note()
      await new Promise<void>((resolve) => setImmediate(resolve))
      note()
      return 'done'
    })
    note()
    expect(names).toEqual(['checkout', 'checkout', 'checkout', undefined])
    expect(returned).toBe('done')
  })

  it('keeps requests beside each other apart', async () => {
    const name = async (): Promise<string | undefined> => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      return currentScope()?.name
    }
    const both = [withScope('a', callUnderWay(), name), withScope('b', callUnderWay(), name)]
    expect(await Promise.all(both)).toEqual(['a', 'b'])
  })

  it('is that of the innermost, and the outer one again after it', () => {
    withScope('outer', callUnderWay(), () => {
      withScope('inner', callUnderWay(), () => expect(currentScope()?.name).toBe('inner'))
      expect(currentScope()?.name).toBe('outer')
    })
  })

  it('has the deadline and the signal of its call', () => {
    const client = new AbortController()
    withScope('p', callUnderWay(70, client.signal), () => {
      const scope = currentScope()
      expect(scope?.deadline).toBe(70)
      expect(scope?.signal.aborted).toBe(false)
      client.abort('gone')
      expect(scope?.signal.reason).toBe('gone')
    })
  })
})

describe('inScope', () => {
  it('adds what the request has', () => {
    const call = callUnderWay(70)
    withScope('p', call, () => {
      expect(inScope({ key: 'k' })).toEqual({ key: 'k', deadline: 70, signal: call.signal })
    })
  })

  it('leaves what is given, and takes undefined for not given', () => {
    const call = callUnderWay(70)
    const { signal } = new AbortController()
    withScope('p', call, () => {
      expect(inScope({ deadline: 5, signal })).toEqual({ deadline: 5, signal })
      expect(inScope({ deadline: undefined, signal: undefined })).toEqual({
        deadline: 70,
        signal: call.signal,
      })
    })
  })

  it('bounds an outgoing call by the request’s deadline, also where there is none', async () => {
    const outgoing = pipeline('outgoing', [timeout({ durationMs: 1_000 })], { clock: new VirtualClock() })
    const deadlineOf = (call: Call): Promise<number> =>
      withScope('p', call, () => outgoing.execute(({ deadline }) => deadline, inScope()))
    expect(await deadlineOf(callUnderWay(70))).toBe(70)
    expect(await deadlineOf(callUnderWay())).toBe(1_000)
  })

  it('ends an outgoing call with the reason of the client’s end', async () => {
    const client = new AbortController()
    const outgoing = pipeline('outgoing', [timeout({ durationMs: 1_000 })], { clock: new VirtualClock() })
    const outcome = withScope('p', callUnderWay(undefined, client.signal), () =>
      outgoing.executeOutcome(() => new Promise(() => {}), inScope()),
    )
    client.abort('gone')
    expect(await outcome).toEqual({ error: 'gone' })
  })
})
