import { EventEmitter } from 'node:events'
import { bulkhead, circuitBreaker, pipeline, timeout, TimeoutError } from '@holdfast/core'
import type { Admission, Admitted, Bulkhead, CircuitBreaker, Guard, Pipeline } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { admitRequest, ClientGoneError, StatusError } from './admit-request.ts'
import type { ResponseLike } from './response-end.ts'
import { withScope } from '../scope.ts'

class FakeResponse extends EventEmitter implements ResponseLike {
  statusCode = 200
  writableEnded = false
  writableFinished = false
  closed = false

  answer(status: number): void {
    this.statusCode = status
    this.writableEnded = true
    this.writableFinished = true
    this.close()
  }

  close(): void {
    this.closed = true
    this.emit('close')
  }
}

interface Service {
  readonly clock: VirtualClock
  readonly permits: Bulkhead
  readonly breaker: CircuitBreaker
  readonly door: Pipeline
}

function service(...outside: readonly Guard[]): Service {
  const clock = new VirtualClock()
  const permits = bulkhead({ limit: 1, queue: { size: 5, maximumWaitMs: 20 } })
  const breaker = circuitBreaker()
  return { clock, permits, breaker, door: pipeline('door', [...outside, breaker, permits], { clock }) }
}

async function admitted(door: Pipeline, response: ResponseLike): Promise<Admitted> {
  return asAdmitted(await admitRequest(door, response))
}

function asAdmitted(admission: Admission): Admitted {
  if (!admission.admitted) throw new Error('refused', { cause: admission.error })
  return admission
}

describe('a request that is admitted', () => {
  it('holds its permit until the response has closed, and counts as a success below 500', async () => {
    const { door, permits, breaker } = service()
    const response = new FakeResponse()
    const { call } = await admitted(door, response)
    const { signal } = call
    expect(permits.statistics().running).toBe(1)
    response.answer(499)
    expect(permits.statistics().running).toBe(0)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    expect(signal.aborted).toBe(false)
  })

  it('counts as a failure from 500 on', async () => {
    const { door, permits, breaker } = service()
    const response = new FakeResponse()
    await admitted(door, response)
    response.answer(500)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
    expect(permits.statistics().running).toBe(0)
  })

  it('shows the guards the status of a failure', async () => {
    const seen: unknown[] = []
    const breaker = circuitBreaker({
      isFailure: (outcome) => {
        seen.push(outcome)
        return false
      },
    })
    const response = new FakeResponse()
    await admitted(pipeline('door', [breaker], { clock: new VirtualClock() }), response)
    response.answer(503)
    expect(seen).toEqual([{ error: new StatusError(503) }])
    expect(new StatusError(503)).toMatchObject({ code: 'ERR_STATUS', status: 503, name: 'StatusError' })
  })

  it('is cut short when the client goes, and blames nobody', async () => {
    const { door, permits, breaker } = service()
    const response = new FakeResponse()
    const { signal } = (await admitted(door, response)).call
    response.close()
    expect(signal.reason).toBeInstanceOf(ClientGoneError)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics().calls).toBe(0)
  })

  it('is cut short when the client goes before all has been written', async () => {
    const { door, permits } = service()
    const response = new FakeResponse()
    const { signal } = (await admitted(door, response)).call
    response.writableEnded = true
    response.close()
    expect(signal.aborted).toBe(true)
    expect(permits.statistics().running).toBe(0)
  })

  it('gives its permit back once, however often it closes and whoever settles after', async () => {
    const { door, permits, breaker } = service()
    const first = new FakeResponse()
    const admission = await admitted(door, first)
    first.answer(200)
    const second = new FakeResponse()
    await admitted(door, second)
    first.close()
    admission.settle({ error: new Error('late') })
    admission.settle('cancelled')
    expect(permits.statistics().running).toBe(1)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    second.answer(200)
    expect(permits.statistics().running).toBe(0)
  })

  it('is aborted by its deadline, and its permit stays until the response has closed', async () => {
    const { clock, door, permits, breaker } = service(timeout({ durationMs: 50 }))
    const response = new FakeResponse()
    const { signal, deadline } = (await admitted(door, response)).call
    expect(deadline).toBe(50)
    await clock.advance(50)
    expect(signal.reason).toBeInstanceOf(TimeoutError)
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    response.answer(504)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const { clock, door } = service(timeout({ durationMs: 50 }))
    const response = new FakeResponse()
    await admitted(door, response)
    response.answer(200)
    await clock.advance(50)
    expect(clock.pending).toBe(0)
  })
})

describe('a request that waits to be admitted', () => {
  it('is admitted when another ends', async () => {
    const { door, permits } = service()
    const first = new FakeResponse()
    const second = new FakeResponse()
    await admitted(door, first)
    const waiting = admitted(door, second)
    first.answer(200)
    expect((await waiting).call.cancelled).toBe(false)
    expect(permits.statistics().running).toBe(1)
    second.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('leaves the queue when its client goes', async () => {
    const { door, permits } = service()
    const first = new FakeResponse()
    const second = new FakeResponse()
    await admitted(door, first)
    const waiting = admitRequest(door, second)
    expect(permits.statistics().waiting).toBe(1)
    second.close()
    expect(permits.statistics().waiting).toBe(0)
    expect(await waiting).toMatchObject({ admitted: false, error: { code: 'ERR_CLIENT_GONE' } })
    first.answer(200)
    expect(permits.statistics().running).toBe(0)
  })

  it('leaves the queue when somebody else has answered it', async () => {
    const { door, permits } = service()
    const first = new FakeResponse()
    const second = new FakeResponse()
    await admitted(door, first)
    const waiting = admitRequest(door, second)
    second.answer(503)
    expect(await waiting).toMatchObject({ admitted: false })
    first.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('is not let in when its client goes in the very moment of its turn', async () => {
    const { door, permits, breaker } = service()
    const first = new FakeResponse()
    const second = new FakeResponse()
    await admitted(door, first)
    const waiting = admitRequest(door, second)
    first.answer(200)
    second.close()
    expect(await waiting).toMatchObject({ admitted: false, error: { code: 'ERR_CLIENT_GONE' } })
    expect(permits.statistics().running).toBe(0)
    expect(breaker.statistics().calls).toBe(1)
  })

  it('is refused when it has waited too long', async () => {
    const { clock, door, permits } = service()
    const first = new FakeResponse()
    await admitted(door, first)
    const waiting = admitRequest(door, new FakeResponse())
    await clock.advance(21)
    expect(await waiting).toMatchObject({ admitted: false, error: { code: 'ERR_BULKHEAD_FULL' } })
    first.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
    expect(clock.pending).toBe(0)
  })
})

it('a request whose client has gone before it was asked for takes nothing', async () => {
  const { door, permits, breaker } = service()
  const response = new FakeResponse()
  response.close()
  expect(await admitRequest(door, response)).toMatchObject({
    admitted: false,
    error: { code: 'ERR_CLIENT_GONE' },
  })
  expect(permits.statistics().running).toBe(0)
  expect(breaker.statistics().calls).toBe(0)
})

it('hands key and metadata on', async () => {
  const { door } = service()
  const admission = await admitRequest(door, new FakeResponse(), { key: 'k', metadata: { a: 1 } })
  expect(asAdmitted(admission).call).toMatchObject({ key: 'k', metadata: { a: 1 } })
})

it('a refused request closes without a trace', async () => {
  const { door, permits } = service()
  permits.configure?.({ queue: false })
  const first = new FakeResponse()
  const second = new FakeResponse()
  await admitted(door, first)
  expect(await admitRequest(door, second)).toMatchObject({ admitted: false })
  second.answer(503)
  expect(permits.statistics().running).toBe(1)
  first.answer(200)
  expect(permits.statistics().running).toBe(0)
})

describe('within a scope', () => {
  it('the outer deadline holds for the inner too', async () => {
    const { clock, door, permits } = service(timeout({ durationMs: 100 }))
    const outer = pipeline('outer', [timeout({ durationMs: 30 })], { clock })
    const response = new FakeResponse()
    const { call } = await admitted(outer, response)
    const inner = await withScope('outer', call, () => admitted(door, response))
    expect(inner.call.deadline).toBe(30)
    const { signal } = inner.call
    await clock.advance(30)
    expect(signal.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    response.answer(504)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(clock.pending).toBe(0)
  })

  it('nothing is admitted once the outer has been cut short', async () => {
    const { clock, door, permits } = service()
    const outer = pipeline('outer', [timeout({ durationMs: 30 })], { clock })
    const { call } = await admitted(outer, new FakeResponse())
    await clock.advance(30)
    const inner = await withScope('outer', call, () => admitRequest(door, new FakeResponse()))
    expect(inner).toMatchObject({ admitted: false, error: { code: 'ERR_TIMEOUT' } })
    expect(permits.statistics().running).toBe(0)
  })
})
