import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import type { OutboundOptions } from '@holdfast/http'
import { service, statuses } from '@holdfast/test-servers/http'
import { Agent, Client, FormData, interceptors, MockAgent, request as undiciRequest } from 'undici'
import type { Dispatcher } from 'undici'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { holdfast } from './interceptor.ts'

const quick: readonly PartConfig[] = standard.map((part) =>
  part.kind === 'retry' ? { ...part, backoff: { baseMs: 0, maximumMs: 1 }, budget: false } : part,
)

let agent: Agent

beforeEach(() => {
  agent = new Agent()
})

afterEach(() => agent.destroy())

function client(options: OutboundOptions = {}): Dispatcher {
  return agent.compose(holdfast({ parts: quick, ...options }))
}

type Options = Partial<Dispatcher.RequestOptions>

/** Status and text of an answer. */
async function ask(dispatcher: Dispatcher, origin: string, options: Options = {}): Promise<[number, string]> {
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: '/items?id=1',
    method: 'GET',
    ...options,
  })
  return [statusCode, await body.text()]
}

describe('a request', () => {
  it('is sent again where it may be, and its caller sees one answer', async () => {
    const { origin, requests } = await service(statuses(503, 503, 200))
    expect(await ask(client(), origin)).toEqual([200, 'answer 3'])
    expect(requests.map(({ url }) => url)).toEqual(Array(3).fill('/items?id=1'))
    expect(requests.map(({ headers }) => headers['holdfast-attempt'])).toEqual([undefined, '2', '3'])
  })

  it('that fails to the end is answered with the last status, as without', async () => {
    const { origin } = await service(statuses(503))
    expect(await ask(client(), origin)).toEqual([503, 'answer 3'])
  })

  it('goes to its origin, whatever its path looks like', async () => {
    const { origin, requests } = await service(statuses(503, 200))
    const interceptor = holdfast({ parts: quick, baseUrl: origin })
    const path = '//other.example/items'
    expect(await ask(agent.compose(interceptor), origin, { path })).toEqual([200, 'answer 2'])
    expect(requests.map(({ url }) => url)).toEqual([path, path])
  })

  it('uses the connection of an answer again that nobody wanted', async () => {
    const made = await service(statuses(503, 503, 200))
    const single = new Agent({ connections: 1 })
    onTestFinished(() => single.destroy())
    await ask(single.compose(holdfast({ parts: quick })), made.origin)
    expect(made.connections).toBe(1)
  })

  it('that may not be repeated is sent once, unless its options say that it may', async () => {
    const once = await service(statuses(503, 200))
    expect(await ask(client(), once.origin, { method: 'POST', body: 'text' })).toEqual([503, 'answer 1'])
    const twice = await service(statuses(503, 200))
    const options: Options = { method: 'POST', body: 'text', idempotent: true }
    expect(await ask(client(), twice.origin, options)).toEqual([200, 'answer 2'])
  })

  it('with a form is sent again as it was, with a stream it is not', async () => {
    const form = new FormData()
    form.set('name', 'value')
    const twice = await service(statuses(503, 200))
    expect(await ask(client(), twice.origin, { method: 'PUT', body: form })).toEqual([200, 'answer 2'])
    const once = await service(statuses(503, 200))
    const stream = Readable.from([Buffer.from('text')])
    expect(await ask(client(), once.origin, { method: 'PUT', body: stream })).toEqual([503, 'answer 1'])
  })

  it.each<readonly [string, NonNullable<Dispatcher.DispatchOptions['headers']>]>([
    ['an object', { 'X-Own': 'a', 'X-List': ['b', 'c'], host: 'own.example' }],
    ['a list', ['X-Own', 'a', 'X-List', 'b', 'X-List', 'c', 'host', 'own.example']],
    [
      'pairs',
      new Map<string, string | string[]>(
        Object.entries({ 'X-Own': 'a', 'X-List': ['b', 'c'], host: 'own.example' }),
      ),
    ],
  ])('keeps its headers where they are %s', async (_form, headers) => {
    const { origin, requests } = await service(statuses(503, 200))
    await ask(client(), origin, { headers })
    for (const { headers: received } of requests) {
      expect(received).toMatchObject({ 'x-own': 'a', 'x-list': 'b, c', host: 'own.example' })
    }
  })

  it('goes to the standby with its path, as a request to that host and without the credentials', async () => {
    const [primary, standby] = [await service(statuses(503)), await service(statuses(200))]
    const endpoints = [
      { id: 'primary', url: primary.origin },
      { id: 'standby', url: `${standby.origin}/v2`, trust: 'partner' },
    ]
    const dispatcher = client({ parts: [{ kind: 'fallback', endpoints }] })
    const headers = { authorization: 'Bearer secret', host: 'primary.example', 'x-own': 'a' }
    expect(await ask(dispatcher, primary.origin, { headers })).toEqual([200, 'answer 1'])
    const [received] = standby.requests
    expect(received?.url).toBe('/v2/items?id=1')
    expect(received?.headers).toMatchObject({ 'x-own': 'a', host: new URL(standby.origin).host })
    expect(received?.headers.authorization).toBeUndefined()
  })

  it('of a client for one origin need not name it', async () => {
    const { origin } = await service(statuses(503, 200))
    const one = new Client(origin)
    onTestFinished(() => one.destroy())
    const { statusCode } = await one.compose(holdfast({ parts: quick })).request({ path: '/', method: 'GET' })
    expect(statusCode).toBe(200)
  })

  it('that undici finds fault with is refused by it once', async () => {
    const dispatcher = client()
    await expect(
      ask(dispatcher, 'http://127.0.0.1:1', { headers: { 'not a name': '1' } }),
    ).rejects.toMatchObject({
      code: 'UND_ERR_INVALID_ARG',
    })
    await expect(dispatcher.request({ path: '/', method: 'GET' })).rejects.toMatchObject({
      code: 'UND_ERR_INVALID_ARG',
    })
  })

  it('that HEAD asks for ends without a body', async () => {
    const { origin } = await service(statuses(503, 200))
    expect(await ask(client(), origin, { method: 'HEAD' })).toEqual([200, ''])
  })
})

describe('an answer', () => {
  const large = Buffer.alloc(3 * 1024 * 1024, 'abcdefgh')

  it('comes whole, however slowly it is read', async () => {
    const { origin } = await service((response) => void response.end(large))
    const { body } = await client().request({ origin, path: '/', method: 'GET', highWaterMark: 1_024 })
    const pieces: Buffer[] = []
    for await (const piece of body) {
      pieces.push(piece as Buffer)
      await new Promise(setImmediate)
    }
    expect(Buffer.concat(pieces).equals(large)).toBe(true)
  })

  it('that breaks off after its first byte is not asked for again, in whole or in part', async () => {
    const { origin, requests } = await service((response) => {
      response.writeHead(200, { 'content-length': '100', etag: '"1"', 'accept-ranges': 'bytes' })
      response.write('half', () => response.destroy())
    })
    const { statusCode, body } = await client().request({ origin, path: '/', method: 'GET' })
    expect(statusCode).toBe(200)
    await expect(body.text()).rejects.toThrow('other side closed')
    expect(requests).toHaveLength(1)
  })

  it('brings hints before it, and trailers after it', async () => {
    const { origin } = await service((response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.writeHead(200, { trailer: 'x-last' })
      response.addTrailers({ 'x-last': 'word' })
      response.end('text')
    })
    const hints: number[] = []
    const { body, trailers } = await client().request({
      origin,
      path: '/',
      method: 'GET',
      onInfo: ({ statusCode }) => hints.push(statusCode),
    })
    expect(await body.text()).toBe('text')
    expect([hints, trailers]).toEqual([[103], { 'x-last': 'word' }])
  })

  it('that comes all at once, from a dispatcher that does not pause, is whole too', async () => {
    const mock = new MockAgent()
    mock.disableNetConnect()
    const pool = mock.get('http://service.example')
    pool.intercept({ path: '/items?id=1' }).reply(503, 'busy')
    pool.intercept({ path: '/items?id=1' }).reply(200, 'mocked')
    const dispatcher = mock.compose(holdfast({ parts: quick }))
    expect(await ask(dispatcher, 'http://service.example')).toEqual([200, 'mocked'])
    await mock.close()
  })

  it('is read through undici’s other ways too', async () => {
    const { origin } = await service(statuses(503, 200, 503, 200))
    const { body } = await undiciRequest(origin, { dispatcher: client() })
    expect(await body.text()).toBe('answer 2')
    const sink = new PassThrough()
    await client().stream({ origin, path: '/', method: 'GET' }, () => sink)
    expect(await text(sink)).toBe('answer 4')
  })
})

describe('an attempt that is over', () => {
  it('before it had a connection is not sent when there is one', async () => {
    const held: ServerResponse[] = []
    const { origin, requests } = await service((response) => void held.push(response))
    const single = new Agent({ connections: 1 })
    onTestFinished(() => single.destroy())
    const first = ask(single, origin, { path: '/first' })
    await vi.waitUntil(() => held.length === 1)
    const bounded = single.compose(holdfast({ parts: [{ kind: 'timeout', durationMs: 20 }] }))
    await expect(ask(bounded, origin, { path: '/second' })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    const third = ask(single, origin, { path: '/third' })
    held[0]?.end()
    await vi.waitUntil(() => held.length === 2)
    held[1]?.end()
    await Promise.all([first, third])
    expect(requests.map(({ url }) => url)).toEqual(['/first', '/third'])
  })
})

describe('a caller who leaves', () => {
  it.each([
    ['before the answer', 0],
    ['while its connection is waited for', 1],
  ])('hears their own reason %s, and nothing is sent again', async (_when, before) => {
    const { origin, requests, server } = await service(() => {})
    const single = new Agent({ connections: 1, pipelining: 1 })
    onTestFinished(() => single.destroy())
    const dispatcher = single.compose(holdfast({ parts: quick }))
    const reason = new Error('left')
    for (let each = 0; each < before; each++) ask(dispatcher, origin).catch(() => {})
    const caller = new AbortController()
    const answer = ask(dispatcher, origin, { signal: caller.signal })
    answer.catch(() => {})
    if (requests.length === 0) await once(server, 'request')
    caller.abort(reason)
    await expect(answer).rejects.toBe(reason)
    expect(requests).toHaveLength(1)
  })

  it('ends the body, and the connection with it', async () => {
    const { origin, requests } = await service((response) => void response.write('half'))
    const caller = new AbortController()
    const { body } = await client().request({ origin, path: '/', method: 'GET', signal: caller.signal })
    caller.abort(new Error('left'))
    await expect(body.text()).rejects.toThrow('left')
    const socket = requests[0]?.socket
    if (socket?.destroyed === false) await once(socket, 'close')
    expect(socket?.destroyed).toBe(true)
  })
})

describe('what has no answer to decide about', () => {
  it('passes untouched: an upgrade', async () => {
    const { origin, server } = await service(() => {})
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\nhello')
    })
    const { socket } = await client().upgrade({
      origin,
      path: '/',
      protocol: 'chat',
    } as Dispatcher.UpgradeOptions)
    expect(String(await once(socket, 'data'))).toBe('hello')
    socket.destroy()
  })

  it('passes untouched: CONNECT', async () => {
    const { origin, server } = await service(() => {})
    server.on('connect', (_request, socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nhello'))
    const { socket, statusCode } = await client().connect({ origin, path: 'far.example:80' })
    expect([statusCode, String(await once(socket, 'data'))]).toEqual([200, 'hello'])
    socket.destroy()
  })
})

describe('other interceptors', () => {
  /** Counts what passes. */
  function counter(): Dispatcher.DispatcherComposeInterceptor & { count: number } {
    const made = Object.assign(
      (dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch =>
        (options, handler) => {
          made.count++
          return dispatch(options, handler)
        },
      { count: 0 },
    )
    return made
  }

  it('see each attempt inside, and one request outside', async () => {
    const { origin } = await service(statuses(503, 503, 200))
    const [inner, outer] = [counter(), counter()]
    await ask(agent.compose(inner, holdfast({ parts: quick }), outer), origin)
    expect([inner.count, outer.count]).toEqual([3, 1])
  })

  it('of undici stand inside: redirects are followed by each attempt, with their history', async () => {
    const { origin } = await service((response, { url }, number) => {
      if (url !== '/end') response.writeHead(302, { location: '/end' })
      else response.statusCode = number < 3 ? 503 : 200
      response.end('text')
    })
    const dispatcher = agent.compose(
      interceptors.redirect({ maxRedirections: 2 }),
      holdfast({ parts: quick }),
    )
    const { statusCode, context, body } = await dispatcher.request({ origin, path: '/', method: 'GET' })
    await body.dump()
    expect(statusCode).toBe(200)
    expect(context).toMatchObject({ history: [expect.anything(), expect.anything()] })
  })

  it('of undici stand inside: what was sent is not sent again when a redirect leads to nobody', async () => {
    const gone = 'http://127.0.0.1:1/'
    const { origin, requests } = await service((response) =>
      response.writeHead(303, { location: gone }).end(),
    )
    const dispatcher = agent.compose(
      interceptors.redirect({ maxRedirections: 2 }),
      holdfast({ parts: quick }),
    )
    const sent = ask(dispatcher, origin, { method: 'POST', body: 'text' })
    await expect(sent).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(requests).toHaveLength(1)
  })

  it('of undici stand outside: errors are made of the last status', async () => {
    const { origin, requests } = await service(statuses(503))
    const dispatcher = agent.compose(holdfast({ parts: quick }), interceptors.responseError())
    await expect(ask(dispatcher, origin)).rejects.toMatchObject({ statusCode: 503 })
    expect(requests).toHaveLength(3)
  })
})

describe('a hedge', () => {
  it('wins, and the slow attempt is given up', async () => {
    const { origin, requests } = await service((response, _request, number) => {
      if (number === 2) response.end('quick')
    })
    const dispatcher = client({ parts: [], hedge: { delayMs: 10, budget: false } })
    expect(await ask(dispatcher, origin)).toEqual([200, 'quick'])
    const socket = requests[0]?.socket
    if (socket?.destroyed === false) await once(socket, 'close')
    expect(socket?.destroyed).toBe(true)
  })
})

it('is refused with options that make no sense, and shows what is inside', async () => {
  expect(() => holdfast({ unheardOf: 1 } as never)).toThrow("unknown option 'unheardOf'")
  const interceptor = holdfast({ name: 'stock', parts: quick })
  const { origin } = await service(statuses(503, 200))
  const seen: string[] = []
  interceptor.outbound.on(({ type, pipeline }) => seen.push(`${pipeline} ${type}`))
  await ask(agent.compose(interceptor), origin)
  expect(seen).toEqual(['stock retry.scheduled'])
  expect(interceptor.outbound.parts(origin)?.map(({ kind }) => kind)).toEqual(
    standard.map(({ kind }) => kind),
  )
})
