import { once } from 'node:events'
import { get, request as send } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bulkhead, circuitBreaker, rateLimit, timeout } from '@holdfast/core'
import type { Bulkhead, CircuitBreaker, Guard } from '@holdfast/core'
import { currentScope, inScope } from '@holdfast/http'
import express from 'express'
import type { RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { protect } from './protect.ts'

let server: Server
let url: string
let permits: Bulkhead

beforeEach(() => {
  permits = bulkhead({ limit: 1 })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function serve(handler: RequestHandler, guards: readonly Guard[] = [permits]): Promise<void> {
  const app = express()
  app.set('env', 'test')
  app.use(protect('test', guards))
  app.use(express.json())
  app.use('/', handler)
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function permitsBack(): Promise<void> {
  for (let turn = 0; turn < 1_000 && permits.statistics().running > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0, waiting: 0 })
}

describe('protect', () => {
  it('lets requests through and gives the permit back, on GET and on POST with a body', async () => {
    await serve((request, response) => {
      response.json({
        got: request.body ?? null,
        name: currentScope()?.name,
        aborted: currentScope()?.signal.aborted,
      })
    })
    expect(await (await fetch(url)).json()).toEqual({ got: null, name: 'test', aborted: false })
    const headers = { 'content-type': 'application/json' }
    const posted = await fetch(url, { method: 'POST', body: '{"a":1}', headers })
    expect(await posted.json()).toEqual({ got: { a: 1 }, name: 'test', aborted: false })
    await permitsBack()
  })

  it('answers a full bulkhead with 503, and the next request is served again', async () => {
    let release = (): void => {}
    await serve((_request, response) => {
      release = () => response.end('done')
    })
    const first = fetch(url)
    while (permits.statistics().running === 0) await new Promise((resolve) => setImmediate(resolve))
    const second = await fetch(url)
    expect(second.status).toBe(503)
    while (permits.statistics().running === 0) await new Promise((resolve) => setImmediate(resolve))
    release()
    expect(await (await first).text()).toBe('done')
    await permitsBack()
  })

  it('answers a rate limit with 429 and Retry-After in whole seconds', async () => {
    await serve(
      (_request, response) => void response.end('ok'),
      [rateLimit({ limit: 1, intervalMs: 90_000 })],
    )
    expect((await fetch(url)).status).toBe(200)
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(89)
  })

  it('answers 504 when the deadline passes, aborts the scope, and holds the permit until the handler has answered', async () => {
    let signal: AbortSignal | undefined
    await serve(
      (_request, response) => {
        signal = currentScope()?.signal
        expect(inScope().deadline).toBeTypeOf('number')
        signal?.addEventListener('abort', () => response.locals['told'] === undefined)
      },
      [timeout({ durationMs: 30 }), permits],
    )
    const answer = await fetch(url)
    expect(answer.status).toBe(504)
    expect(signal?.aborted).toBe(true)
    await permitsBack()
  })

  it('goes through the error handling when a handler throws, and a 500 counts as a failure', async () => {
    const breaker: CircuitBreaker = circuitBreaker()
    await serve(() => {
      throw new Error('secret')
    }, [breaker, permits])
    expect((await fetch(url)).status).toBe(500)
    await permitsBack()
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
  })

  it.each(['GET', 'POST'])(
    'aborts the scope when the client leaves a %s, and blames nobody',
    async (method) => {
      const breaker = circuitBreaker()
      let gone: Promise<unknown> | undefined
      await serve(() => {
        const signal = currentScope()?.signal as AbortSignal
        gone = once(signal, 'abort').then(() => signal.reason)
      }, [breaker, permits])
      const client = send(url, { method, headers: { 'content-type': 'application/json' } })
      client.on('error', () => {})
      client.end(method === 'POST' ? '{"a":1}' : undefined)
      while (gone === undefined) await new Promise((resolve) => setImmediate(resolve))
      client.destroy()
      expect(await gone).toMatchObject({ code: 'ERR_CLIENT_GONE' })
      await permitsBack()
      expect(breaker.statistics().calls).toBe(0)
    },
  )

  it('holds the permit of a streamed answer until its end', async () => {
    let end = (): void => {}
    await serve((_request, response) => {
      response.write('first ')
      end = () => response.end('last')
    })
    const response = await new Promise<IncomingMessage>((resolve) => get(url, resolve))
    expect(permits.statistics().running).toBe(1)
    end()
    const text = await response.setEncoding('utf8').reduce((all: string, part: string) => all + part, '')
    expect(text).toBe('first last')
    await permitsBack()
  })
})
