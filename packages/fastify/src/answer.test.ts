import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { bulkhead, rateLimit, timeout } from '@holdfast/core'
import type { Bulkhead } from '@holdfast/core'
import { currentScope, RefusedError } from '@holdfast/http'
import { VirtualClock } from '@holdfast/testing'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { protect } from './protect.ts'

let clock: VirtualClock
let app: FastifyInstance
let errors: unknown[]

beforeEach(() => {
  clock = new VirtualClock()
  app = fastify()
  errors = []
  app.addHook('onError', async (_request, _reply, error) => void errors.push(error))
})

afterEach(async () => {
  await app.close()
  expect(clock.pending, 'alarms left').toBe(0)
})

const problem = {
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  title: 'Too many requests',
  status: 429,
  code: 'ERR_RATE_LIMITED',
  'violated-policies': ['rate-limit'],
}

describe('a refusal', () => {
  /** Refuses every request but the first, which it has had. */
  async function refusing(): Promise<void> {
    app.register(protect('door', [rateLimit({ limit: 1, intervalMs: 2_000 })], { clock }))
    app.get('/', (_request, reply) => reply.send('ok'))
    await app.inject('/')
  }

  it('is answered with problem details, after the hooks for errors', async () => {
    await refusing()
    const answer = await app.inject('/')
    expect(answer.statusCode).toBe(429)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(2)
    expect(answer.json()).toEqual(problem)
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.body))
    expect(errors).toMatchObject([{ name: 'RefusedError', statusCode: 429, code: 'ERR_RATE_LIMITED' }])
  })

  it('of HEAD says how long it would be', async () => {
    await refusing()
    const { body } = await app.inject('/')
    const { headers } = await app.inject({ method: 'HEAD', url: '/' })
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
  })

  it('keeps the headers that hooks have set', async () => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*')
    })
    await refusing()
    expect((await app.inject('/')).headers['access-control-allow-origin']).toBe('*')
  })

  it('is answered by the app’s own error handler, where that answers', async () => {
    app.setErrorHandler((error, _request, reply) => {
      reply.send({ own: error instanceof RefusedError })
    })
    await refusing()
    const answer = await app.inject('/')
    expect(answer.statusCode).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(2)
    expect(answer.headers['content-type']).toContain('application/json')
    expect(answer.json()).toEqual({ own: true })
  })

  it('comes to an error handler with all that it needs to answer as we do', async () => {
    app.setErrorHandler<RefusedError>((error, _request, reply) => {
      reply.code(error.statusCode).headers(error.headers).send(error.body)
    })
    await refusing()
    const answer = await app.inject('/')
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toEqual(problem)
  })

  it('is answered with problem details, where an error handler passes it on', async () => {
    app.setErrorHandler((error, _request, reply) => {
      errors.push('handled')
      reply.send(error)
    })
    await refusing()
    expect((await app.inject('/')).json()).toEqual(problem)
    expect(errors).toHaveLength(2)
  })

  it('is put as the route’s schema says, where it says it of that status', async () => {
    const response = { 429: { type: 'object', properties: { code: { type: 'string' } } } }
    app.register(protect('door', [rateLimit({ limit: 1, intervalMs: 2_000 })], { clock }))
    app.get('/', { schema: { response } }, (_request, reply) => reply.send('ok'))
    await app.inject('/')
    expect((await app.inject('/')).json()).toEqual({ code: 'ERR_RATE_LIMITED' })
  })

  it('says nothing of what is inside', async () => {
    await refusing()
    expect((await app.inject('/')).body).not.toContain('rate-limit:')
  })
})

describe('a deadline that passes while a handler has the request', () => {
  let permits: Bulkhead
  let reached: PromiseWithResolvers<void>

  beforeEach(() => {
    permits = bulkhead({ limit: 1 })
    reached = Promise.withResolvers()
  })

  afterEach(async () => {
    await turn()
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
  })

  /** Answered within 30 ms, whatever `handler` does. */
  function serving(handler?: (request: FastifyRequest, reply: FastifyReply) => unknown): void {
    app.register(protect('door', [timeout({ durationMs: 30 }), permits], { clock }))
    app.get('/', (request, reply) => {
      reached.resolve()
      const handled = handler?.(request, reply)
      return handled instanceof Promise ? handled.then(() => reply) : undefined
    })
  }

  async function overrun(): Promise<Awaited<ReturnType<FastifyInstance['inject']>>> {
    const answer = app.inject('/')
    await reached.promise
    await clock.advance(30)
    return await answer
  }

  const failsOfIt = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      const signal = currentScope()?.signal
      signal?.addEventListener('abort', () => reject(signal.reason))
    })

  it('is answered with 504 and problem details, through the hooks for errors and answers', async () => {
    let answered = 0
    app.addHook('onResponse', async (_request, reply) => void (answered += reply.statusCode))
    serving()
    const answer = await overrun()
    expect(answer.statusCode).toBe(504)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'No answer in time',
      status: 504,
      code: 'ERR_TIMEOUT',
    })
    expect(errors).toMatchObject([{ name: 'RefusedError', code: 'ERR_TIMEOUT' }])
    expect(answered).toBe(504)
  })

  it('is answered by the app’s own error handler, which may take its time', async () => {
    app.setErrorHandler(async (_error, _request, reply) => {
      await turn()
      return reply.code(504).send({ own: true })
    })
    serving(failsOfIt)
    const answer = await overrun()
    expect([answer.statusCode, answer.json()]).toEqual([504, { own: true }])
    expect(errors).toHaveLength(1)
  })

  it('is answered once, though the handler fails of it while hooks still prepare the answer', async () => {
    let sent = 0
    app.addHook('onSend', async () => {
      sent++
      await turn()
    })
    serving(failsOfIt)
    expect((await overrun()).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(errors).toHaveLength(1)
    expect(sent).toBe(1)
  })

  it('is answered once, though the handler answers while hooks still prepare the answer', async () => {
    app.addHook('onSend', async () => turn())
    serving((_request, reply) => {
      currentScope()?.signal.addEventListener('abort', () => void reply.send('late'))
    })
    expect((await overrun()).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('passes hooks that keep something on the reply', async () => {
    app.decorateReply('cookies', null as unknown as Map<string, string>)
    app.addHook('onRequest', async (_request, reply) => {
      Object.assign(reply, { cookies: new Map([['session', '1']]) })
    })
    app.addHook('onSend', async (_request, reply) => {
      const { cookies } = reply as unknown as { readonly cookies: Map<string, string> }
      reply.header('set-cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join(';'))
    })
    serving()
    const answer = await overrun()
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([504, 'session=1'])
  })

  it('leaves out what the handler had said of its own answer, and keeps the rest', async () => {
    serving((_request, reply) => {
      reply.headers({ 'cache-control': 'max-age=60', etag: '"1"', 'x-kept': 'yes' }).type('text/csv')
    })
    const { headers } = await overrun()
    expect(headers).toMatchObject({ 'x-kept': 'yes', 'content-type': 'application/problem+json' })
    expect([headers['cache-control'], headers.etag]).toEqual([undefined, undefined])
  })

  it('takes nothing from an answer that is on its way out, whatever hooks still do to it', async () => {
    let goOn = (): void => {}
    app.register(async (inside) => {
      inside.register(protect('door', [timeout({ durationMs: 30 }), permits], { clock }))
      inside.addHook('onSend', (_request, _reply, payload, done) => {
        goOn = () => done(null, payload)
        reached.resolve()
      })
      inside.get('/', (_request, reply) => reply.send('whole'))
    })
    const answer = app.inject('/')
    await reached.promise
    await clock.advance(30)
    goOn()
    expect((await answer).body).toBe('whole')
  })

  it('drops an answer that is still being made', async () => {
    const passed = Promise.withResolvers<void>()
    app.addHook('preSerialization', async (_request, _reply, payload) => {
      reached.resolve()
      await passed.promise
      return payload
    })
    serving((_request, reply) => reply.send({ late: true }))
    expect((await overrun()).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
    passed.resolve()
    await turn()
    expect(errors).toHaveLength(1)
  })

  it('ends a stream that comes too late', async () => {
    const passed = Promise.withResolvers<void>()
    const stream = Readable.from(['late'])
    app.addHook('onSend', async (_request, _reply, payload) => {
      reached.resolve()
      if (payload === stream) await passed.promise
    })
    serving((_request, reply) => reply.send(stream))
    expect((await overrun()).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
    passed.resolve()
    await turn()
    expect(stream.destroyed).toBe(true)
  })

  it('leaves a response alone that the handler has taken', async () => {
    let taken: ServerResponse | undefined
    serving((_request, reply) => void (taken = reply.hijack().raw))
    const answer = app.inject('/')
    await reached.promise
    await clock.advance(30)
    taken?.end('taken')
    const { statusCode, body } = await answer
    expect([statusCode, body]).toEqual([200, 'taken'])
    expect(errors).toEqual([])
  })

  it('stops a request that has not come to its handler', async () => {
    let handled = 0
    const passed = Promise.withResolvers<void>()
    app.addHook('preHandler', async () => {
      reached.resolve()
      await passed.promise
    })
    serving(() => handled++)
    expect((await overrun()).statusCode).toBe(504)
    passed.resolve()
    await turn()
    expect(handled).toBe(0)
  })
})
