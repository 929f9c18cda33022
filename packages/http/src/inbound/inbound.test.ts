import { bulkhead, circuitBreaker, Rejection, timeout, TimeoutError } from '@holdfast/core'
import type { Bulkhead, CircuitBreaker, Guard } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { ClientGoneError } from './client-gone-error.ts'
import { FakeRequest, FakeResponse } from './fake-exchange.ts'
import { inbound } from './inbound.ts'
import type { Inbound } from './inbound.ts'
import { OpenScopes } from './open-scopes.ts'
import type { InboundOptions } from './options.ts'
import type { RefusedError } from './refused-error.ts'
import type { Entered, Entry } from './request-scope.ts'
import { currentScope, scopeOf } from '../scope.ts'
import { StatusError } from '../status-error.ts'

type Door = Inbound<FakeRequest, FakeResponse>

class Service {
  readonly clock: VirtualClock = new VirtualClock()
  readonly permits: Bulkhead = bulkhead({ limit: 1, queue: { size: 5, maximumWaitMs: 20 } })
  readonly breaker: CircuitBreaker = circuitBreaker()
  readonly scopes: OpenScopes = new OpenScopes()
  readonly answers: RefusedError[] = []
  readonly door: Door

  constructor(outside: readonly Guard[] = [], options: InboundOptions<FakeRequest> = {}) {
    this.door = this.makeDoor('door', [...outside, this.breaker, this.permits], options)
  }

  makeDoor(name: string, guards: readonly Guard[], options: InboundOptions<FakeRequest> = {}): Door {
    const { clock, scopes } = this
    return inbound(name, guards, (_to, refusal) => this.answers.push(refusal), { clock, scopes, ...options })
  }
}

function ask(
  door: Door,
  response: FakeResponse,
  request: FakeRequest = new FakeRequest(),
): Entry | Promise<Entry> {
  return door.admit(request, response, response)
}

function enter(door: Door, response: FakeResponse, request?: FakeRequest): Entered {
  return asEntered(ask(door, response, request))
}

function asEntered(entry: Entry | Promise<Entry>): Entered {
  if (entry instanceof Promise || entry.entry !== 'admitted') {
    throw new Error('not admitted at once', { cause: entry })
  }
  return entry
}

describe('a request that is admitted', () => {
  it('holds its permit until the response has closed, and counts as a success below 500', () => {
    const { door, permits, breaker } = new Service()
    const response = new FakeResponse()
    const { signal } = enter(door, response)
    expect(permits.statistics().running).toBe(1)
    response.answer(499)
    expect(permits.statistics().running).toBe(0)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    expect(signal.aborted).toBe(false)
  })

  it('counts as a failure from 500 on, whose status the guards see', () => {
    const seen: unknown[] = []
    const breaker = circuitBreaker({
      name: 'watching',
      isFailure: (outcome) => {
        seen.push(outcome)
        return true
      },
    })
    const { door, permits } = new Service([breaker])
    const response = new FakeResponse()
    enter(door, response)
    response.answer(503)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
    expect(seen).toEqual([{ error: new StatusError(503) }])
    expect(permits.statistics().running).toBe(0)
  })

  it('is cut short when the client goes, and blames nobody', () => {
    const { door, permits, breaker, answers } = new Service()
    const response = new FakeResponse()
    const { signal } = enter(door, response)
    response.close()
    expect(signal.reason).toBeInstanceOf(ClientGoneError)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics().calls).toBe(0)
    expect(answers).toEqual([])
  })

  it('is cut short when the client goes before all has been written', () => {
    const { door, permits } = new Service()
    const response = new FakeResponse()
    const { signal } = enter(door, response)
    response.writableEnded = true
    response.close()
    expect(signal.aborted).toBe(true)
    expect(permits.statistics().running).toBe(0)
  })

  it('gives its permit back once, however often it closes', () => {
    const { door, permits, breaker } = new Service()
    const first = new FakeResponse()
    enter(door, first)
    first.answer(200)
    const second = new FakeResponse()
    enter(door, second)
    first.close()
    expect(permits.statistics().running).toBe(1)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    second.answer(200)
    expect(permits.statistics().running).toBe(0)
  })

  it('is answered when its deadline has passed, and its permit stays until the response has closed', async () => {
    const { clock, door, permits, breaker, answers } = new Service([timeout({ durationMs: 50 })])
    const response = new FakeResponse()
    const { signal, deadline } = enter(door, response)
    expect(deadline).toBe(50)
    await clock.advance(50)
    expect(signal.reason).toBeInstanceOf(TimeoutError)
    expect(answers).toMatchObject([{ status: 504, code: 'ERR_TIMEOUT' }])
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    response.answer(504)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const { clock, door } = new Service([timeout({ durationMs: 50 })])
    const response = new FakeResponse()
    enter(door, response)
    response.answer(200)
    await clock.advance(50)
    expect(clock.pending).toBe(0)
  })
})

describe('a request that waits to be admitted', () => {
  it('is admitted when another ends', async () => {
    const { door, permits } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const waiting = ask(door, second)
    first.answer(200)
    expect(asEntered(await waiting).signal.aborted).toBe(false)
    expect(permits.statistics().running).toBe(1)
    second.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('leaves the queue when its client goes', async () => {
    const { door, permits } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const waiting = ask(door, second)
    expect(permits.statistics().waiting).toBe(1)
    second.close()
    expect(permits.statistics().waiting).toBe(0)
    expect(await waiting).toEqual({ entry: 'over' })
    first.answer(200)
    expect(permits.statistics().running).toBe(0)
  })

  it('leaves the queue when somebody else has answered it', async () => {
    const { door, permits } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const waiting = ask(door, second)
    second.answer(503)
    expect(await waiting).toEqual({ entry: 'over' })
    first.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('is not let in when its client goes in the very moment of its turn', async () => {
    const { door, permits, breaker } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const waiting = ask(door, second)
    first.answer(200)
    second.close()
    expect(await waiting).toEqual({ entry: 'over' })
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics().calls).toBe(1)
  })

  it('is refused when it has waited too long', async () => {
    const { clock, door, permits } = new Service()
    const first = new FakeResponse()
    enter(door, first)
    const waiting = ask(door, new FakeResponse())
    await clock.advance(21)
    expect(await waiting).toMatchObject({
      entry: 'refused',
      error: { code: 'ERR_BULKHEAD_FULL', status: 503 },
    })
    first.answer(200)
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
    expect(clock.pending).toBe(0)
  })
})

describe('a request that is refused', () => {
  it('closes without a trace', () => {
    const { door, permits, scopes } = new Service()
    permits.configure?.({ queue: false })
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const request = new FakeRequest()
    expect(ask(door, second, request)).toMatchObject({ entry: 'refused' })
    expect(scopeOf(request)).toBeUndefined()
    expect(scopes.open).toBe(1)
    second.answer(503)
    expect(permits.statistics().running).toBe(1)
    first.answer(200)
    expect(permits.statistics().running).toBe(0)
  })

  it('by a guard that throws, or an option that does, fails of that', () => {
    const boom = new Error('boom')
    const fail = (): never => {
      throw boom
    }
    const { door, makeDoor, scopes } = new Service([{ kind: 'odd', name: 'odd', admit: fail }])
    expect(ask(door, new FakeResponse())).toEqual({ entry: 'refused', error: boom })
    for (const option of ['key', 'exempt', 'trust']) {
      const other = makeDoor.call(new Service(), 'other', [bulkhead()], { [option]: fail })
      expect(ask(other, new FakeResponse())).toEqual({ entry: 'refused', error: boom })
    }
    expect(scopes.open).toBe(0)
  })

  it('has an error with all that a framework needs', () => {
    class LunchError extends Rejection {
      readonly code = 'ERR_LUNCH'
    }
    const lunch = new LunchError('closed', { policy: 'lunch', retryAfterMs: 900, key: 'k' })
    const { door } = new Service([{ kind: 'lunch', name: 'lunch', admit: () => lunch }])
    const entry = ask(door, new FakeResponse())
    expect(entry).toMatchObject({
      error: { status: 503, statusCode: 503, code: 'ERR_LUNCH', policy: 'lunch', key: 'k', cause: lunch },
    })
  })
})

it('a request whose client has gone before it was asked for takes nothing', () => {
  const { door, permits, breaker, scopes } = new Service()
  const response = new FakeResponse()
  response.close()
  expect(ask(door, response)).toEqual({ entry: 'over' })
  expect(permits.statistics().running).toBe(0)
  expect(breaker.statistics().calls).toBe(0)
  expect(scopes.open).toBe(0)
})

it('hands on whom a request counts for', () => {
  const keys: unknown[] = []
  const watch: Guard = { kind: 'watch', name: 'watch', admit: ({ key }) => (keys.push(key), 0) }
  const { door } = new Service([watch], { key: ({ url }) => url })
  enter(door, new FakeResponse(), new FakeRequest({}, '/who'))
  expect(keys).toEqual(['/who'])
})

describe('the scope', () => {
  it('is found by what runs in it, and on the request', () => {
    const { door } = new Service([], { criticality: 'sheddable' })
    const request = new FakeRequest()
    const response = new FakeResponse()
    const entered = enter(door, response, request)
    expect(scopeOf(request)).toBe(entered)
    expect(Object.keys(request)).toEqual(['headers', 'socket', 'url'])
    entered.run(() => {
      expect(currentScope()).toBe(entered)
      expect(currentScope()).toMatchObject({ name: 'door', deadline: Infinity, criticality: 'sheddable' })
    })
    expect(currentScope()).toBeUndefined()
    response.answer(200)
  })

  it('makes no signal that is not read', () => {
    const { door } = new Service()
    const made = AbortController
    let count = 0
    globalThis.AbortController = class extends made {
      constructor() {
        super()
        count++
      }
    }
    try {
      const response = new FakeResponse()
      enter(door, response).run(() => {})
      response.close()
    } finally {
      globalThis.AbortController = made
    }
    expect(count).toBe(0)
  })
})

describe('within another', () => {
  it('the outer deadline holds for the inner too', async () => {
    const service = new Service([timeout({ durationMs: 100 })])
    const { clock, door, permits } = service
    const outer = service.makeDoor('outer', [timeout({ durationMs: 30 })])
    const response = new FakeResponse()
    const inner = enter(outer, response).run(() => enter(door, response))
    expect(inner.deadline).toBe(30)
    const { signal } = inner
    await clock.advance(30)
    expect(signal.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    response.answer(504)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(clock.pending).toBe(0)
  })

  it('what the outer was told of how much a request matters, and of its attempt, holds where the inner is told nothing', () => {
    const service = new Service()
    const outer = service.makeDoor('outer', [bulkhead()], { trust: true })
    const told = new FakeRequest({ 'holdfast-criticality': 'sheddable', 'holdfast-attempt': '2' })
    const response = new FakeResponse()
    enter(outer, response, told).run(() => {
      expect(enter(service.makeDoor('silent', [bulkhead()]), response)).toMatchObject({
        criticality: 'sheddable',
        givenCriticality: 'sheddable',
        attempt: 2,
      })
      const payments = service.makeDoor('payments', [bulkhead()], { criticality: 'critical-plus' })
      expect(enter(payments, response).criticality).toBe('critical-plus')
    })
    response.answer(200)
  })

  it('nothing is admitted once the outer has been cut short', async () => {
    const service = new Service()
    const { clock, door, permits } = service
    const entered = enter(service.makeDoor('outer', [timeout({ durationMs: 30 })]), new FakeResponse())
    await clock.advance(30)
    const inner = entered.run(() => ask(door, new FakeResponse()))
    expect(inner).toMatchObject({ entry: 'refused', error: { code: 'ERR_TIMEOUT' } })
    expect(permits.statistics().running).toBe(0)
  })

  it('nothing is answered that has been answered', async () => {
    const service = new Service()
    const { door } = service
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    const waiting = ask(door, second)
    second.writableEnded = true
    service.scopes.abort(new TimeoutError('over', { policy: 'outer' }))
    expect(await waiting).toEqual({ entry: 'over' })
    expect(service.answers).toHaveLength(1)
  })
})

describe('all open scopes', () => {
  class StopError extends Rejection {
    readonly code = 'ERR_STOP'
  }
  const stop = new StopError('stop', { policy: 'life' })

  it('are known, those that wait included, until their responses are over', () => {
    const { door, scopes } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    enter(door, first)
    void ask(door, second)
    expect(scopes.open).toBe(2)
    second.close()
    first.answer(200)
    expect(scopes.open).toBe(0)
  })

  it('are not those that were refused at once, of whose responses nothing is asked', () => {
    const service = new Service()
    const door = service.makeDoor('full', [bulkhead({ limit: 0 })])
    const response = new FakeResponse()
    expect(ask(door, response)).toMatchObject({ entry: 'refused' })
    expect([service.scopes.open, response.listenerCount('close')]).toEqual([0, 0])
  })

  it('are cut short together: answered where they are served, refused where they wait', async () => {
    const { door, scopes, answers, permits, breaker } = new Service()
    const [first, second] = [new FakeResponse(), new FakeResponse()]
    const { signal } = enter(door, first)
    const waiting = ask(door, second)
    scopes.abort(stop)
    expect(signal.reason).toBe(stop)
    expect(answers).toMatchObject([{ status: 503, code: 'ERR_STOP' }])
    expect(await waiting).toMatchObject({ entry: 'refused', error: { status: 503, cause: stop } })
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1, waiting: 0 })
    first.answer(503)
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics().calls).toBe(0)
    expect(scopes.open).toBe(0)
    const third = new FakeResponse()
    expect(enter(door, third).signal.aborted).toBe(false)
    third.answer(200)
  })

  it('are not answered when the reason is nothing that is answered', () => {
    const { door, scopes, answers } = new Service()
    const response = new FakeResponse()
    const { signal } = enter(door, response)
    scopes.abort('whatever')
    expect(signal.reason).toBe('whatever')
    expect(answers).toEqual([])
    response.answer(200)
  })
})

describe('an exempt request', () => {
  it.each(['/livez', '/readyz', '/healthz', '/livez?verbose=1'])('is %s', (url) => {
    const { door, permits, scopes } = new Service()
    expect(ask(door, new FakeResponse(), new FakeRequest({}, url))).toEqual({ entry: 'exempt' })
    expect([permits.statistics().running, scopes.open]).toEqual([0, 0])
  })

  it.each(['/livez/', '/livezz', '/', '/api/livez', '', '/LIVEZ'])('is not %s', (url) => {
    const { door } = new Service()
    const response = new FakeResponse()
    expect(ask(door, response, new FakeRequest({}, url))).toMatchObject({ entry: 'admitted' })
    response.answer(200)
  })

  it('is known by what the client asked for, whatever a router has made of it', () => {
    const { door } = new Service([], { exempt: ['/admin/stop'] })
    const request = Object.assign(new FakeRequest({}, '/stop'), { originalUrl: '/admin/stop' })
    expect(ask(door, new FakeResponse(), request)).toEqual({ entry: 'exempt' })
    expect(ask(door, new FakeResponse(), new FakeRequest({}, '/livez'))).toMatchObject({ entry: 'admitted' })
  })

  it('is what a function says', () => {
    const { door } = new Service([], { exempt: ({ headers }) => headers['x-admin'] === 'yes' })
    expect(ask(door, new FakeResponse(), new FakeRequest({ 'x-admin': 'yes' }))).toEqual({ entry: 'exempt' })
  })
})

describe('what the caller says', () => {
  const headers = {
    'holdfast-timeout-ms': '40',
    'holdfast-criticality': 'critical-plus',
    'holdfast-attempt': '2',
  }

  it('is not believed, unless its word is to be taken', () => {
    const { door } = new Service([], { criticality: 'sheddable' })
    const response = new FakeResponse()
    expect(enter(door, response, new FakeRequest(headers))).toMatchObject({
      deadline: Infinity,
      criticality: 'sheddable',
      attempt: 1,
    })
    response.answer(200)
  })

  it('is nothing where nobody says how much a request matters, which then is critical', () => {
    for (const trust of [false, true]) {
      const response = new FakeResponse()
      const scope = enter(new Service([], { trust }).door, response)
      expect(scope).toMatchObject({ criticality: 'critical', givenCriticality: undefined })
      response.answer(200)
    }
  })

  it('is believed of everybody, or of those that are named', () => {
    for (const trust of [true, ({ socket }: FakeRequest) => socket.remoteAddress === '10.0.0.1']) {
      const { clock, door } = new Service([], { trust })
      clock.tick(7)
      const response = new FakeResponse()
      expect(enter(door, response, new FakeRequest(headers, '/', '10.0.0.1'))).toMatchObject({
        deadline: 47,
        criticality: 'critical-plus',
        attempt: 2,
      })
      response.answer(200)
    }
  })

  it('only ever makes the time shorter', async () => {
    const { clock, door } = new Service([timeout({ durationMs: 30 })], { trust: true, maximumMs: 35 })
    const response = new FakeResponse()
    const entered = enter(door, response, new FakeRequest(headers))
    expect(entered.deadline).toBe(30)
    await clock.advance(30)
    expect(entered.signal.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    response.answer(504)
  })

  it('does not make longer what the scope around it leaves', () => {
    const service = new Service([], { trust: true })
    const outer = service.makeDoor('outer', [timeout({ durationMs: 15 })])
    const response = new FakeResponse()
    const inner = enter(outer, response).run(() => enter(service.door, response, new FakeRequest(headers)))
    expect(inner.deadline).toBe(15)
    response.answer(200)
  })

  it('is that it will be gone before anything comes of it: refused at once, and nothing is taken', () => {
    const { door, permits } = new Service([], { trust: true, minimumMs: 50 })
    expect(ask(door, new FakeResponse(), new FakeRequest(headers))).toMatchObject({
      entry: 'refused',
      error: { status: 504, code: 'ERR_TOO_LITTLE_TIME' },
    })
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
    const response = new FakeResponse()
    enter(door, response)
    response.answer(200)
  })

  it('is held against what a wait has left of it', async () => {
    const { clock, door, permits } = new Service([], { trust: true, minimumMs: 30 })
    const first = new FakeResponse()
    enter(door, first)
    const events: unknown[] = []
    door.pipeline.on(({ type }) => events.push(type))
    const waiting = ask(door, new FakeResponse(), new FakeRequest(headers))
    await clock.advance(11)
    first.answer(200)
    expect(await waiting).toMatchObject({ entry: 'refused', error: { code: 'ERR_TOO_LITTLE_TIME' } })
    expect(permits.statistics()).toMatchObject({ running: 0, waiting: 0 })
    expect(events).toEqual(['bulkhead.queued', 'minimum-time.rejected'])
  })
})
