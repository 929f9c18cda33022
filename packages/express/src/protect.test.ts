import { once } from 'node:events'
import { bulkhead, circuitBreaker, pipeline, rateLimit, Rejection, timeout } from '@holdfast/core'
import type { Bulkhead, CircuitBreaker, Guard } from '@holdfast/core'
import { currentScope, inScope } from '@holdfast/http'
import { VirtualClock } from '@holdfast/testing'
import express, { Router } from 'express'
import type { ErrorRequestHandler, Express, RequestHandler, Response } from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { protect } from './protect.ts'
import { RefusedError } from '@holdfast/http'
import { eventually, RawClient, send, serve } from '@holdfast/test-servers/loopback'

let clock: VirtualClock
let permits: Bulkhead
let breaker: CircuitBreaker

beforeEach(() => {
  clock = new VirtualClock()
  permits = bulkhead({ limit: 1 })
  breaker = circuitBreaker()
})

afterEach(async () => {
  await eventually(() => permits.statistics().running === 0)
  expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0, waiting: 0 })
  expect(clock.pending, 'alarms left').toBe(0)
})

function quietApp(...handlers: readonly RequestHandler[]): Express {
  const app = express().set('env', 'test')
  for (const handler of handlers) app.use(handler)
  return app
}

const guard = (...guards: readonly Guard[]): RequestHandler =>
  protect('door', guards, { clock, random: () => 0 })
const ok: RequestHandler = (_request, response) => void response.send('ok')
const queueOfOne = (): Bulkhead => bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } })

/** A handler that answers when the test says so. */
function heldHandler(): { readonly handler: RequestHandler; readonly responses: Response[] } {
  const responses: Response[] = []
  return { handler: (_request, response) => void responses.push(response), responses }
}

describe('a request that is admitted', () => {
  it.each(['GET', 'POST', 'OPTIONS'])('has a scope, and gives its permit back: %s', async (method) => {
    const app = quietApp(guard(permits), express.json(), (request, response) => {
      const scope = currentScope()
      response.json({ got: request.body ?? null, name: scope?.name, aborted: scope?.signal.aborted })
    })
    const body = method === 'POST' ? { body: '{"a":1}', headers: { 'content-type': 'application/json' } } : {}
    const answer = await fetch(await serve(app), { method, ...body })
    expect(await answer.json()).toEqual({
      got: method === 'POST' ? { a: 1 } : null,
      name: 'door',
      aborted: false,
    })
  })

  it('is admitted with HEAD as with GET', async () => {
    const url = await serve(quietApp(guard(rateLimit({ limit: 1, intervalMs: 1_000 }), permits), ok))
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(429)
  })

  it('counts as a failure when its handler hands an error on', async () => {
    const app = quietApp(guard(breaker, permits), (_request, _response, next) => next(new Error('secret')))
    expect((await fetch(await serve(app))).status).toBe(500)
    await eventually(() => permits.statistics().running === 0)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
  })

  it('counts as a success when nobody handles it, for 404 is the client’s', async () => {
    const url = await serve(quietApp(guard(breaker, permits)))
    expect((await fetch(url)).status).toBe(404)
    await eventually(() => permits.statistics().running === 0)
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
  })
})

describe('a refusal', () => {
  it('is answered by Express itself with status and headers', async () => {
    const url = await serve(quietApp(guard(rateLimit({ limit: 1, intervalMs: 90_000 })), ok))
    await fetch(url)
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('90')
  })

  it('comes to the app’s own error handling with all that it needs', async () => {
    const seen: unknown[] = []
    const own: ErrorRequestHandler = (error: RefusedError, _request, response, _next) => {
      seen.push(error)
      response.status(error.status).set(error.headers).send(error.body)
    }
    const url = await serve(quietApp(guard(rateLimit({ limit: 1, intervalMs: 1_000 })), ok).use(own))
    await fetch(url)
    const answer = await fetch(url)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({ status: 429, code: 'ERR_RATE_LIMITED' })
    expect(seen).toEqual([expect.any(RefusedError)])
    expect(seen[0]).toMatchObject({
      name: 'RefusedError',
      code: 'ERR_RATE_LIMITED',
      policy: 'rate-limit',
      retryAfterMs: 1_000,
      cause: { name: 'RateLimitedError' },
    })
  })

  it('by a guard of one’s own is 503', async () => {
    class LunchError extends Rejection {
      readonly code = 'ERR_LUNCH'
    }
    const lunch: Guard = {
      kind: 'lunch',
      name: 'lunch',
      admit: () => new LunchError('closed', { policy: 'lunch' }),
    }
    expect((await fetch(await serve(quietApp(guard(permits, lunch), ok)))).status).toBe(503)
  })

  it('takes nothing from the guards before it', async () => {
    const outer = bulkhead({ name: 'outer', limit: 1 })
    const url = await serve(quietApp(guard(outer, rateLimit({ limit: 1, intervalMs: 1_000 })), ok))
    await fetch(url)
    expect((await fetch(url)).status).toBe(429)
    expect(outer.statistics().running).toBe(0)
  })
})

describe('a deadline', () => {
  const inventory = pipeline('inventory', [timeout({ durationMs: 60_000 })])

  it('is answered with 504 and problem details, and the connection ends with it', async () => {
    const { handler, responses } = heldHandler()
    const url = await serve(quietApp(guard(timeout({ durationMs: 30 }), permits), handler))
    const answer = fetch(url)
    await eventually(() => responses.length === 1)
    await clock.advance(30)
    const { status, headers } = await answer
    expect(status).toBe(504)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('connection')).toBe('close')
    expect(() => responses[0]?.json('late')).toThrow('after they are sent')
  })

  it('is answered while the body still arrives, though the handler fails of it too', async () => {
    const app = quietApp(guard(timeout({ durationMs: 30 }), permits), () =>
      inventory.execute(() => new Promise(() => {}), { signal: inScope().signal }),
    )
    const client = new RawClient(await serve(app))
    client.write('POST / HTTP/1.1\nhost: a\ncontent-length: 10\n\n12345')
    await eventually(() => permits.statistics().running === 1)
    await clock.advance(30)
    await eventually(() => client.statuses.length > 0)
    client.write('67890')
    await once(client.socket, 'close')
    expect(client.statuses).toEqual([504])
  })

  it('leaves out what the handler had said of its own answer, and keeps the rest', async () => {
    const app = quietApp(guard(timeout({ durationMs: 30 }), permits), (_request, response) => {
      response.set({ 'content-length': '1000', 'cache-control': 'max-age=60', etag: '"1"' })
      response.set('access-control-allow-origin', '*')
    })
    const answer = fetch(await serve(app))
    await eventually(() => permits.statistics().running === 1)
    await clock.advance(30)
    const { headers } = await answer
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual([null, null])
    expect(await (await answer).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('that passes in the queue goes through the error handling', async () => {
    permits = queueOfOne()
    const { handler, responses } = heldHandler()
    const errors: unknown[] = []
    const own: ErrorRequestHandler = (error, _request, response, _next) => {
      errors.push(error)
      response.sendStatus(504)
    }
    const late: Guard = timeout({ durationMs: () => (responses.length === 0 ? Infinity : 5) })
    const url = await serve(quietApp(guard(late, permits), handler).use(own))
    const first = fetch(url)
    await eventually(() => responses.length === 1)
    const second = fetch(url)
    await eventually(() => permits.statistics().waiting === 1)
    await clock.advance(5)
    expect((await second).status).toBe(504)
    expect(errors).toMatchObject([{ name: 'RefusedError', code: 'ERR_TIMEOUT' }])
    responses[0]?.send('ok')
    await first
  })
})

it('a request whose time is up at the moment of its turn is answered, and no handler has it', async () => {
  permits = queueOfOne()
  const { handler, responses } = heldHandler()
  const late: Guard = timeout({ durationMs: () => (responses.length === 0 ? Infinity : 5) })
  const url = await serve(quietApp(guard(late, permits), handler))
  const first = fetch(url)
  await eventually(() => responses.length === 1)
  const second = fetch(url)
  await eventually(() => permits.statistics().waiting === 1)
  permits.configure?.({ limit: 2 })
  clock.tick(5)
  expect((await second).status).toBe(504)
  expect(responses).toHaveLength(1)
  responses[0]?.send('ok')
  await first
})

it('a client that leaves before the request was asked for takes nothing', async () => {
  let calls = 0
  let goOn = (): void => {}
  const slow: RequestHandler = (_request, _response, next) => void (goOn = next)
  const app = quietApp(slow, guard(breaker, permits), () => void calls++)
  const left = Promise.withResolvers<void>()
  const url = await serve((request, response) => {
    response.once('close', left.resolve)
    app(request, response)
  })
  const client = send(url)
  client.once('socket', (socket) => socket.once('connect', () => setImmediate(() => client.destroy())))
  await left.promise
  goOn()
  await new Promise((resolve) => setImmediate(resolve))
  expect(calls).toBe(0)
  expect(breaker.statistics().calls).toBe(0)
})

describe('where it is put', () => {
  it('on a router it guards that router alone', async () => {
    const router = Router()
    router.use(guard(rateLimit({ limit: 1, intervalMs: 1_000 })))
    router.get('/one', (_request, response) => void response.send(currentScope()?.name))
    const app = express().set('env', 'test').use('/guarded', router).get('/free', ok)
    const url = await serve(app)
    expect(await (await fetch(new URL('guarded/one', url))).text()).toBe('door')
    expect((await fetch(new URL('guarded/one', url))).status).toBe(429)
    expect((await fetch(new URL('free', url))).status).toBe(200)
  })

  it('one inside another, the innermost is the scope, and both get their permits back', async () => {
    const inner = bulkhead({ limit: 1 })
    const checkout = protect('checkout', [inner], { clock })
    const app = quietApp(guard(permits), checkout, (_request, response) => {
      const running = [permits.statistics().running, inner.statistics().running]
      response.json({ name: currentScope()?.name, running })
    })
    const answer = await fetch(await serve(app))
    expect(await answer.json()).toEqual({ name: 'checkout', running: [1, 1] })
    await eventually(() => inner.statistics().running === 0)
  })

  it('one inside another, the inner refuses and the outer deadline holds', async () => {
    const inner = bulkhead({ limit: 1 })
    const checkout = protect('checkout', [inner], { clock })
    permits = bulkhead({ limit: 2 })
    const errors: unknown[] = []
    const own: ErrorRequestHandler = (error, _request, _response, next) => {
      errors.push(error)
      next(error)
    }
    const { handler } = heldHandler()
    const url = await serve(quietApp(guard(timeout({ durationMs: 30 }), permits), checkout, handler).use(own))
    const first = fetch(url)
    await eventually(() => inner.statistics().running === 1)
    expect((await fetch(url)).status).toBe(503)
    await clock.advance(30)
    expect((await first).status).toBe(504)
    await eventually(() => inner.statistics().running === 0)
    expect(errors).toMatchObject([{ code: 'ERR_BULKHEAD_FULL' }])
  })
})

it('one that waits inside another’s deadline does not answer a second time', async () => {
  const inner = queueOfOne()
  permits = bulkhead({ limit: 2 })
  const errors: unknown[] = []
  const own: ErrorRequestHandler = (error, _request, _response, _next) => void errors.push(error)
  const { handler, responses } = heldHandler()
  const outer = guard(timeout({ durationMs: () => (responses.length === 0 ? Infinity : 5) }), permits)
  const url = await serve(quietApp(outer, protect('checkout', [inner], { clock }), handler).use(own))
  const first = fetch(url)
  await eventually(() => responses.length === 1)
  const second = fetch(url)
  await eventually(() => inner.statistics().waiting === 1)
  await clock.advance(5)
  expect((await second).status).toBe(504)
  await eventually(() => inner.statistics().waiting === 0)
  responses[0]?.send('ok')
  await first
  expect(errors).toEqual([])
})

describe('options', () => {
  it('key tells whom a request counts for', async () => {
    const seen: unknown[] = []
    const spy: Guard = {
      kind: 'spy',
      name: 'spy',
      admit: (call) => void seen.push(call.key) as unknown as number,
    }
    const key = (request: express.Request): string | undefined => request.get('account')
    const url = await serve(quietApp(protect('door', [spy], { key, clock }), ok))
    await fetch(url, { headers: { account: 'a' } })
    await fetch(url)
    expect(seen).toEqual(['a', undefined])
  })

  it('a key function that throws is an error like any other, and takes nothing', async () => {
    const key = (): string => {
      throw new Error('secret')
    }
    const url = await serve(quietApp(protect('door', [breaker, permits], { key, clock }), ok))
    expect((await fetch(url)).status).toBe(500)
    expect(breaker.statistics().calls).toBe(0)
  })

  it('a guard that throws is an error like any other', async () => {
    const broken: Guard = {
      kind: 'broken',
      name: 'broken',
      admit: () => {
        throw new Error('secret')
      },
    }
    expect((await fetch(await serve(quietApp(guard(permits, broken), ok)))).status).toBe(500)
  })

  it('its pipeline can be asked and updated', async () => {
    const door = protect('door', [permits], { clock })
    expect(door.pipeline.describe()).toMatchObject({ name: 'door', parts: [{ name: 'bulkhead', limit: 1 }] })
    door.pipeline.update('bulkhead', { limit: 7 })
    expect(permits.statistics().limit).toBe(7)
  })
})
