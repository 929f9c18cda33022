import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pipeline, timeout } from '@holdfast/core'
import type { CircuitBreaker, Endpoint } from '@holdfast/core'
import { resilientFetch } from '@holdfast/fetch'
import type { ResilientFetch, ResilientFetchOptions } from '@holdfast/fetch'
import { inScope, servedBy, withScope } from '@holdfast/http'
import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

/** A service on loopback that notes every request, and how many connections it has. */
interface Service {
  readonly url: string
  readonly requests: readonly {
    readonly line: string
    readonly headers: IncomingMessage['headers']
    readonly body: string
  }[]
  readonly connections: number
  stop(): Promise<void>
}

type Turn = (response: ServerResponse, request: IncomingMessage) => void

/** Treats requests turn by turn; the last one goes for all that follow. */
async function serve(...turns: readonly Turn[]): Promise<Service> {
  const requests: Service['requests'][number][] = []
  let connections = 0
  const listener: RequestListener = async (request, response) => {
    const turn = turns[Math.min(requests.length, turns.length - 1)] ?? answer(200)
    const { method, url, headers } = request
    const noted = { line: `${method} ${url}`, headers, body: '' }
    requests.push(noted)
    request.on('error', () => {})
    noted.body = await text(request).catch(() => 'broken off')
    turn(response, request)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  server.on('connection', (socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(stop)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections
    },
    stop,
  }
}

function answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = `status ${status}`,
): Turn {
  return (response) => void response.writeHead(status, headers).end(body)
}

const hang: Turn = () => {}
const hangAfterHeaders: Turn = (response) => void response.writeHead(200).write('begun ')
const reset: Turn = (_, request) => request.socket.resetAndDestroy()

/** Waits shortly between attempts. */
function make(options: ResilientFetchOptions = {}): ResilientFetch {
  return resilientFetch({ retry: { backoff: { baseMs: 1 } }, ...options })
}

/** For what crosses a socket. */
const eventually = (holds: () => boolean): Promise<void> =>
  vi.waitUntil(holds, { interval: 2, timeout: 15_000 }).then(() => {})

const lines = ({ requests }: Service): readonly string[] => requests.map(({ line }) => line)

describe('1. replayability', () => {
  it('text is sent again as it was, a stream once', async () => {
    const service = await serve(answer(503), answer(200))
    await make()(service.url, { method: 'PUT', body: 'text' })
    expect(service.requests.map(({ body }) => body)).toEqual(['text', 'text'])
    const failing = await serve(reset)
    const body = ReadableStream.from([Buffer.from('once')])
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
    await expect(make()(failing.url, init)).rejects.toThrow('fetch failed')
    expect(failing.requests.map((request) => request.body)).toEqual(['once'])
  })

  it('a stream that can be made anew is sent again whole', async () => {
    const service = await serve(reset, answer(503), answer(200))
    const body = (): ReadableStream => ReadableStream.from([Buffer.from('a'), Buffer.from('b')])
    const init = { method: 'PUT', holdfast: { body }, duplex: 'half' } as RequestInit
    expect((await make()(service.url, init)).status).toBe(200)
    expect(service.requests.map((request) => request.body)).toEqual(['ab', 'ab', 'ab'])
  })
})

describe('2. idempotency', () => {
  it('a POST is sent again only with a key, which is the same each time', async () => {
    const service = await serve(answer(503))
    expect((await make()(service.url, { method: 'POST' })).status).toBe(503)
    expect(service.requests).toHaveLength(1)
    await make({ idempotencyKeys: true })(service.url, { method: 'POST' })
    const keys = service.requests.slice(1).map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
  })

  it('whatever was refused a connection is sent again', async () => {
    const service = await serve()
    await service.stop()
    const client = make()
    const scheduled: unknown[] = []
    client.outbound.on((event) => event.type === 'retry.scheduled' && scheduled.push(event))
    await expect(client(service.url, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    })
    expect(scheduled).toHaveLength(2)
  })
})

describe('3. classification', () => {
  const breakerOf = (client: ResilientFetch, url: string): CircuitBreaker =>
    client.outbound.parts(url)?.find(({ kind }) => kind === 'circuit-breaker') as CircuitBreaker

  it('finds what all addresses of a name say together', async () => {
    const service = await serve()
    await service.stop()
    const url = service.url.replace('127.0.0.1', 'localhost')
    const client = make()
    const error = await client(url, { method: 'POST' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'fetch failed' })
    expect(breakerOf(client, url).statistics()).toMatchObject({ calls: 3, failures: 3 })
  })

  it('does not blame the service for what cannot be sent', async () => {
    const service = await serve()
    const client = make()
    await expect(client(service.url, { body: 'x' })).rejects.toThrow(TypeError)
    await expect(
      client(`${service.url}/`, { headers: { 'content-length': '7' }, method: 'PUT', body: 'x' }),
    ).rejects.toThrow('fetch failed')
    expect(service.requests).toHaveLength(0)
    expect(breakerOf(client, service.url).statistics()).toMatchObject({ calls: 0, failures: 0 })
  })

  it('does not try again what fetch itself refuses', async () => {
    const service = await serve(answer(302, { location: '/' }))
    await expect(make()(service.url)).rejects.toMatchObject({ cause: { message: 'redirect count exceeded' } })
    expect(service.requests).toHaveLength(21)
    await expect(make()(service.url, { redirect: 'error' })).rejects.toThrow('fetch failed')
    expect(service.requests).toHaveLength(22)
    await expect(make()('http://127.0.0.1:6667')).rejects.toMatchObject({ cause: { message: 'bad port' } })
  })

  it('blames nobody for a caller who leaves', async () => {
    const service = await serve(hang)
    const client = make()
    const caller = new AbortController()
    const result = client(service.url, { signal: caller.signal }).catch((error: unknown) => error)
    await eventually(() => service.requests.length === 1)
    caller.abort(new DOMException('took too long', 'TimeoutError'))
    expect(await result).toMatchObject({ name: 'TimeoutError', code: 23 })
    expect(breakerOf(client, service.url).statistics()).toMatchObject({ calls: 0, failures: 0 })
    expect(service.requests).toHaveLength(1)
  })
})

describe('4. status', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('%i is tried again', async (status) => {
    const service = await serve(answer(status, { 'retry-after': '0' }), answer(200))
    expect((await make()(service.url)).status).toBe(200)
    expect(service.requests).toHaveLength(2)
  })

  it.each([400, 404, 501, 505])('%i is not', async (status) => {
    const service = await serve(answer(status), answer(200))
    expect((await make()(service.url)).status).toBe(status)
    expect(service.requests).toHaveLength(1)
  })

  it('no 4xx, not even 429, opens a circuit', async () => {
    const service = await serve(answer(429))
    const client = make({ retry: false })
    for (let request = 0; request < 30; request++) expect((await client(service.url)).status).toBe(429)
    expect(service.requests).toHaveLength(30)
  })
})

describe('5. Retry-After', () => {
  it('is waited for', async () => {
    const service = await serve(answer(503, { 'retry-after': '1' }), answer(200))
    const clock = new VirtualClock()
    const client = make({ clock })
    const waits = new Promise((resolve) => client.outbound.on(resolve))
    const response = client(service.url)
    expect(await waits).toMatchObject({ type: 'retry.scheduled', delayMs: 1_000 })
    await clock.advance(1_000)
    expect((await response).status).toBe(200)
  })

  it('is not waited for beyond what is left of the time', async () => {
    const service = await serve(answer(503, { 'retry-after': '60' }))
    const response = await make({ clock: new VirtualClock() })(service.url)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
  })
})

describe('6. drain or cancel', () => {
  it('an answer that is given up frees its connection, which is used again', async () => {
    const service = await serve(answer(503, {}, 'x'.repeat(10_000)), answer(503), answer(200))
    const response = await make({ retry: { backoff: { baseMs: 20 } } })(service.url)
    await response.text()
    expect(service.connections).toBe(1)
  })

  it('one without end is cut off', async () => {
    let cut = false
    const endless: Turn = (response) => {
      response.writeHead(503).once('close', () => {
        cut = true
      })
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      }
      response.on('drain', write)
      write()
    }
    const service = await serve(endless, answer(200))
    const response = await make()(service.url)
    expect(await response.text()).toBe('status 200')
    await eventually(() => cut)
  })
})

describe('7. abort reasons', () => {
  it('the caller hears their own', async () => {
    const service = await serve(hang)
    const caller = new AbortController()
    const result = make()(service.url, { signal: caller.signal })
    const heard = result.catch((error: unknown) => error)
    await eventually(() => service.requests.length === 1)
    caller.abort('enough')
    expect(await heard).toBe('enough')
    await eventually(() => service.connections === 0)
  })

  it('a timeout is the policy’s own error, never a bare AbortError', async () => {
    const service = await serve(hang)
    const parts = [{ kind: 'timeout', durationMs: 30 }] as const
    const clock = new VirtualClock()
    const result = make({ parts, clock })(service.url).catch((error: unknown) => error)
    await eventually(() => service.requests.length === 1)
    await clock.advance(30)
    expect(await result).toMatchObject({ code: 'ERR_TIMEOUT', policy: 'timeout' })
    await eventually(() => service.connections === 0)
  })

  it('a signal that lives long is left without listeners', async () => {
    const service = await serve(answer(503), answer(200))
    const { signal } = new AbortController()
    const client = make()
    for (let request = 0; request < 20; request++) await (await client(service.url, { signal })).text()
    await eventually(() => getEventListeners(signal, 'abort').length === 0)
    expect(service.requests).toHaveLength(21)
  })

  it('one that times out ends nobody else’s', async () => {
    const late = Promise.withResolvers<void>()
    const service = await serve(hang, (response) => void late.promise.then(() => response.end('mine')))
    const clock = new VirtualClock()
    const client = make({ parts: [{ kind: 'timeout', durationMs: 100 }], clock })
    const first = client(service.url).catch((error: unknown) => error)
    await eventually(() => service.requests.length === 1)
    await clock.advance(60)
    const second = client(service.url)
    await eventually(() => service.requests.length === 2)
    await clock.advance(40)
    expect(await first).toMatchObject({ code: 'ERR_TIMEOUT' })
    late.resolve()
    expect(await (await second).text()).toBe('mine')
  })
})

describe('8. timeouts', () => {
  it('there is one for each attempt, and one for all', async () => {
    const parts = [
      { kind: 'timeout', name: 'total', durationMs: 350 },
      { kind: 'retry', attempts: 10 },
      { kind: 'timeout', durationMs: 100 },
    ] as const
    const clock = new VirtualClock()
    const backoff = { type: 'constant', baseMs: 0 } as const
    const client = make({ parts, clock, retry: { backoff } })
    const service = await serve(hang, answer(200))
    const answered = client(service.url)
    await eventually(() => service.requests.length === 1)
    await clock.advance(100)
    expect((await answered).status).toBe(200)
    const silent = await serve(hang)
    const given = client(silent.url).catch((error: unknown) => error)
    for (const attempt of [1, 2, 3, 4]) {
      await eventually(() => silent.requests.length === attempt)
      await clock.advance(attempt < 4 ? 100 : 50)
    }
    expect(await given).toMatchObject({ code: 'ERR_TIMEOUT', policy: 'total' })
    expect(silent.requests).toHaveLength(4)
  })

  it('neither cuts the body of an answer, which the caller’s signal still does', async () => {
    const late = Promise.withResolvers<void>()
    const slow: Turn = (response) => {
      response.writeHead(200).write('begun ')
      void late.promise.then(() => response.end('and ended'))
    }
    const service = await serve(slow, hangAfterHeaders)
    const clock = new VirtualClock()
    const client = make({ parts: [{ kind: 'timeout', durationMs: 100 }], clock })
    const whole = await client(service.url)
    await clock.advance(200)
    late.resolve()
    expect(await whole.text()).toBe('begun and ended')
    const caller = new AbortController()
    const response = await client(service.url, { signal: caller.signal })
    caller.abort(new Error('enough'))
    // Node 22's fetch does not say why.
    await expect(response.text()).rejects.toThrow(/enough|aborted/)
  })
})

it('9. there is a retry budget for each dependency', async () => {
  const service = await serve(answer(503))
  const client = make({
    retry: { backoff: { baseMs: 0 }, attempts: 100, budget: { reservePerSecond: 0.5 } },
    parts: [{ kind: 'retry' }],
  })
  await client(service.url)
  expect(service.requests).toHaveLength(6)
})

it('10. the circuit of one origin, or operation, is not that of another', async () => {
  const [down, up] = await Promise.all([serve(answer(500)), serve(answer(200))])
  const client = make({ retry: false })
  const open = async (url: string, operation?: string): Promise<boolean> => {
    const response = client(url, { holdfast: { operation } })
    return response.then(() => false).catch((error: { code?: unknown }) => error.code === 'ERR_CIRCUIT_OPEN')
  }
  for (let request = 0; request < 40; request++) await open(down.url)
  expect(await open(down.url)).toBe(true)
  expect(await open(up.url)).toBe(false)
  expect(await open(down.url, 'search')).toBe(false)
})

describe('11. standby endpoints', () => {
  /** The first is the primary; of the others each is a group of its own. */
  const standbys = (services: readonly Service[], trusts: readonly string[] = []): ResilientFetchOptions => {
    const groups = services.map(({ url }, index): readonly Endpoint[] => {
      const trust = trusts[index]
      return [{ id: `e${index}`, url: `${url}/base`, ...(trust !== undefined && { trust }) }]
    })
    return { endpoints: { primary: groups[0] ?? [], standby: groups.slice(1) } }
  }

  it('the standby has the path, the query and its own host, and the response says that it served', async () => {
    const [primary, standby] = await Promise.all([serve(answer(503)), serve(answer(200))])
    const response = await make(standbys([primary, standby]))('/items?id=1')
    expect(response.status).toBe(200)
    expect(servedBy(response)?.id).toBe('e1')
    expect(lines(standby)).toEqual(['GET /base/items?id=1'])
    expect(standby.requests[0]?.headers.host).toBe(standby.url.replace('http://', ''))
  })

  it('the primary is left alone while it is ejected', async () => {
    const [primary, standby] = await Promise.all([serve(reset), serve(answer(200))])
    const { endpoints = { primary: [] } } = standbys([primary, standby])
    const client = make({ endpoints: { ...endpoints, ejection: { consecutiveFailures: 2 } } })
    for (let request = 0; request < 10; request++) expect((await client('/items')).status).toBe(200)
    expect(primary.requests).toHaveLength(2)
    expect(standby.requests).toHaveLength(10)
  })

  it('one of another trust gets no credentials', async () => {
    const secrets = { authorization: 'Bearer secret', cookie: 'session=secret', 'x-api-key': 'secret' }
    const services = await Promise.all([serve(answer(503)), serve(answer(503)), serve(answer(200))])
    const options = { ...standbys(services, ['ours', 'ours', 'theirs']), credentialHeaders: ['x-api-key'] }
    await make(options)('/items', { headers: { ...secrets, 'x-other': 'kept' } })
    const [primary, same, other] = services.map(({ requests }) => requests[0]?.headers)
    expect(primary).toMatchObject(secrets)
    expect(same).toMatchObject(secrets)
    expect(Object.keys(other ?? {}).filter((name) => name in secrets)).toEqual([])
    expect(other).toMatchObject({ 'x-other': 'kept' })
  })

  it('a redirect to another origin gets none either', async () => {
    const other = await serve(answer(200))
    const service = await serve(answer(302, { location: `${other.url}/elsewhere` }))
    const headers = { authorization: 'Bearer secret', cookie: 'session=secret' }
    expect((await make()(service.url, { headers })).status).toBe(200)
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie')
  })
})

describe('13. one owner of retries', () => {
  it('what another client retries is not retried here', async () => {
    const service = await serve(answer(503))
    await make()(service.url, { headers: { 'holdfast-attempt': '2' } })
    await make()(service.url, { headers: { 'amz-sdk-request': 'attempt=1; max=3' } })
    expect(service.requests).toHaveLength(2)
  })

  it('a retry says which attempt it is', async () => {
    const service = await serve(answer(503))
    await make()(service.url)
    expect(service.requests.map(({ headers }) => headers['holdfast-attempt'])).toEqual([undefined, '2', '3'])
  })
})

it('the time that is left only shrinks along a chain of three services', async () => {
  const clock = new VirtualClock()
  const client = make({ clock })
  const last = await serve(answer(200))
  const forwards =
    (next: string): Turn =>
    async (response, { headers }) => {
      await client(next, { headers: { 'holdfast-timeout-ms': String(headers['holdfast-timeout-ms']) } })
      response.end()
    }
  const middle = await serve(forwards(last.url))
  const first = await serve(forwards(middle.url))
  const serving = pipeline('serving', [timeout({ durationMs: 900 })], { clock })
  await serving.execute((call) => withScope('serving', call, () => client(first.url)), inScope())
  const told = [first, middle, last].map(({ requests }) => requests[0]?.headers['holdfast-timeout-ms'])
  expect(told).toEqual(['895', '890', '885'])
})
