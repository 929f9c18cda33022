import { bulkhead, circuitBreaker, CircuitOpenError, rateLimit, timeout } from '@holdfast/core'
import type { Guard } from '@holdfast/core'
import { ClientGoneError, currentScope } from '@holdfast/http'
import { eventually, send, serve } from '@holdfast/test-servers/loopback'
import { VirtualClock } from '@holdfast/testing'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { beforeEach, describe, expect, it } from 'vitest'
import { protect } from './protect.ts'
import { refusals } from './refusals.ts'

let clock: VirtualClock
let behind: unknown[]

beforeEach(() => {
  clock = new VirtualClock()
  behind = []
})

/** An app whose own error handling stands behind `refusals`. */
function app(guard: Guard, handler: RequestHandler): Express {
  const own: ErrorRequestHandler = (error, _request, _response, next) => {
    behind.push(error)
    next(error)
  }
  return express()
    .set('env', 'test')
    .disable('x-powered-by')
    .use(protect('door', [guard], { clock, random: () => 0 }))
    .use(handler)
    .use(refusals())
    .use(own)
}

const ok: RequestHandler = (_request, response) => void response.send('ok')

/** Rejects as `fetch` does when the request's time is up or its client has gone. */
const waiting: RequestHandler = () =>
  new Promise((_resolve, reject) => {
    const signal = currentScope()?.signal
    signal?.addEventListener('abort', () => reject(signal.reason))
  })

describe('refusals', () => {
  it('answers with problem details, and no other error handling hears of it', async () => {
    const url = await serve(app(rateLimit({ limit: 1, intervalMs: 2_000 }), ok))
    await fetch(url)
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(refused.headers.get('retry-after')).toBe('2')
    expect(await refused.json()).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Too many requests',
      status: 429,
      code: 'ERR_RATE_LIMITED',
      'violated-policies': ['rate-limit'],
    })
    expect(behind).toEqual([])
  })

  it('ends what a handler hears of a deadline that has been answered', async () => {
    const permits = bulkhead()
    const deadline = timeout({ durationMs: 30 })
    const url = await serve(
      express()
        .use(protect('outer', [permits]))
        .use(app(deadline, waiting)),
    )
    const answer = fetch(url)
    await eventually(() => clock.pending === 1 && permits.statistics().running === 1)
    await clock.advance(30)
    expect((await answer).status).toBe(504)
    expect(await (await answer).json()).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(behind).toEqual([])
  })

  it('ends what a handler hears of a client that has gone', async () => {
    const permits = bulkhead()
    let ended = false
    const watched: RequestHandler = (request, response, next) => {
      const handled = Promise.resolve(waiting(request, response, next)) as Promise<void>
      return handled.finally(() => (ended = true))
    }
    const client = send(await serve(app(permits, watched)))
    await eventually(() => permits.statistics().running === 1)
    client.destroy()
    await eventually(() => ended)
    await new Promise((resolve) => setImmediate(resolve))
    expect(behind).toEqual([])
  })

  it('passes on every other error, what an outgoing pipeline refuses included', async () => {
    const errors = [
      new Error('boom'),
      new CircuitOpenError('c', { policy: 'c' }),
      new ClientGoneError('door'),
    ]
    const left = [...errors]
    const fail: RequestHandler = () => Promise.reject(left.shift())
    const url = await serve(app(bulkhead(), fail))
    for (const error of errors) {
      expect((await fetch(url)).status).toBe(500)
      expect(behind.at(-1)).toBe(error)
    }
  })

  it('passes on what an outgoing pipeline refuses after the answer, too', async () => {
    const error = new CircuitOpenError('c', { policy: 'c' })
    const answered: RequestHandler = async (_request, response) => {
      response.send('ok')
      throw error
    }
    const answer = await fetch(await serve(app(bulkhead(), answered)))
    expect(answer.status).toBe(200)
    await eventually(() => behind.length === 1)
    expect(behind).toEqual([error])
  })

  it('lets no answer hang that had begun before it was refused', async () => {
    const begin: RequestHandler = (_request, response, next) => {
      response.write('first')
      next()
    }
    const closed = circuitBreaker()
    closed.override('open', { reason: 'maintenance' })
    const url = await serve(express().use(begin).use(app(closed, ok)))
    const answer = await fetch(url)
    await expect(answer.text()).rejects.toThrow('terminated')
    expect(behind).toMatchObject([{ code: 'ERR_CIRCUIT_OPEN' }])
  })

  it('lets no answer hang that breaks off in its middle', async () => {
    const broken: RequestHandler = async (_request, response) => {
      response.write('first')
      throw new CircuitOpenError('c', { policy: 'c' })
    }
    const answer = await fetch(await serve(app(bulkhead(), broken)))
    await expect(answer.text()).rejects.toThrow('terminated')
    expect(behind).toHaveLength(1)
  })
})
