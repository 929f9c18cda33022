import { isReplayable } from '@holdfast/http'
import { VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { resilientFetch } from './resilient-fetch.ts'
import type { ResilientFetchOptions } from './resilient-fetch.ts'

let clock: VirtualClock
/** What the underlying fetch was given, attempt by attempt. */
let sent: Request[]

beforeEach(() => {
  clock = new VirtualClock()
  sent = []
})

/** A fetch around one that answers with these statuses, the last of them for ever. */
function make(statuses: readonly number[] = [200], options: ResilientFetchOptions = {}) {
  const underlying: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init))
    return new Response('answer', { status: statuses[Math.min(sent.length, statuses.length) - 1] ?? 200 })
  }
  return resilientFetch({ clock, random: () => 0.5, fetch: underlying, ...options })
}

async function answered(response: Promise<Response>, afterMs = 60_000): Promise<Response> {
  response.catch(() => {})
  await clock.advance(afterMs)
  return response
}

const url = 'https://stock.example/items?id=1'

describe('resilientFetch', () => {
  it('takes the place of fetch', async () => {
    const inPlace: typeof fetch = make()
    const response = await inPlace(url)
    expect(response).toBeInstanceOf(Response)
    expect(await response.text()).toBe('answer')
  })

  it('takes what fetch takes', async () => {
    const client = make()
    for (const input of [url, new URL(url), new Request(url)]) await client(input, { method: 'PUT' })
    expect(sent.map((request) => `${request.method} ${request.url}`)).toEqual(Array(3).fill(`PUT ${url}`))
  })

  it('sends what is in a Request, as far as init does not replace it', async () => {
    const request = new Request(url, {
      method: 'PUT',
      headers: { 'x-from': 'request', accept: 'text/plain' },
      body: 'from the request',
      redirect: 'manual',
    })
    await make()(request, { headers: { 'x-from': 'init' } })
    expect(sent[0]).toMatchObject({ method: 'PUT', redirect: 'manual' })
    expect(sent[0]?.headers.get('x-from')).toBe('init')
    expect(sent[0]?.headers.get('accept')).toBeNull()
    expect(await sent[0]?.text()).toBe('from the request')
  })

  it('changes nothing of what it is given', async () => {
    const headers = new Headers({ 'x-own': '1' })
    const init = Object.freeze({ method: 'PUT', headers, body: 'text' })
    await answered(make([503, 200])(url, init))
    expect([...headers.keys()]).toEqual(['x-own'])
    expect(sent).toHaveLength(2)
  })

  it.each([
    ['text', 'text'],
    ['bytes', new Uint8Array([1, 2])],
    ['a buffer', new ArrayBuffer(2)],
    ['parameters', new URLSearchParams({ a: 'b' })],
    ['a blob', new Blob(['text'])],
  ])('sends %s again as it was', async (_, body) => {
    await answered(make([503, 503, 200])(url, { method: 'PUT', body }))
    const [first, ...others] = await Promise.all(sent.map((request) => request.text()))
    expect(others).toEqual([first, first])
    expect(first).not.toBe('')
  })

  it('sends a form again as it was', async () => {
    const form = new FormData()
    form.set('file', new Blob(['content']), 'name.txt')
    await answered(make([503, 200])(url, { method: 'PUT', body: form }))
    const contents = sent.map(async (request) => (await request.formData()).get('file') as File)
    for (const file of await Promise.all(contents)) expect(await file.text()).toBe('content')
    expect(sent).toHaveLength(2)
  })

  it('sends a stream once, and that of a Request', async () => {
    const body = (): ReadableStream => ReadableStream.from([new Uint8Array([1])])
    const init = { method: 'PUT', body: body(), duplex: 'half' } as RequestInit
    expect((await answered(make([503])(url, init))).status).toBe(503)
    expect(sent).toHaveLength(1)
    expect((await answered(make([503])(new Request(url, { method: 'PUT', body: 'text' })))).status).toBe(503)
    expect(sent).toHaveLength(2)
  })

  it('sends a stream again where it can have it made anew', async () => {
    let made = 0
    const response = make([503, 200])(url, {
      method: 'PUT',
      holdfast: { body: () => ReadableStream.from([Buffer.from(`body ${++made}`)]) },
      duplex: 'half',
    } as RequestInit)
    expect((await answered(response)).status).toBe(200)
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual(['body 1', 'body 2'])
  })

  it('takes per request what fetch does not know', async () => {
    const client = make([503, 200])
    const holdfast = { idempotent: true, operation: 'order', deadline: clock.now() + 900 }
    await answered(client(url, { method: 'POST', holdfast }))
    expect(sent).toHaveLength(2)
    expect(sent[0]?.headers.get('holdfast-timeout-ms')).toBe('895')
    expect(client.outbound.parts(url, 'order')).toBeDefined()
    expect(client.outbound.parts(url)).toBeUndefined()
  })

  it('hears the caller’s signal, that of a Request, and none where init has null', async () => {
    const caller = new AbortController()
    caller.abort('gone')
    const request = new Request(url, { signal: caller.signal })
    for (const left of [make()(url, { signal: caller.signal }), make()(request)]) {
      await expect(left).rejects.toBe('gone')
    }
    expect((await make()(request, { signal: null })).status).toBe(200)
  })

  it('has a base, or none', async () => {
    await make([200], { baseUrl: 'https://stock.example/v1' })('/items')
    expect(sent[0]?.url).toBe('https://stock.example/v1/items')
    await expect(make()('/items')).rejects.toThrow(TypeError)
  })

  it('sends a Request to the endpoint that is chosen, with all that is in it', async () => {
    const endpoints = [
      { id: 'a', url: 'https://stock.example' },
      { id: 'b', url: 'https://b.example/v1' },
    ]
    const client = make([503, 200], { parts: [{ kind: 'fallback', endpoints }] })
    const response = await client(new Request(url, { headers: { 'x-own': '1' }, redirect: 'manual' }))
    expect(response.status).toBe(200)
    expect(sent.map((request) => request.url)).toEqual([url, 'https://b.example/v1/items?id=1'])
    expect(sent[1]).toMatchObject({ redirect: 'manual' })
    expect(sent[1]?.headers.get('x-own')).toBe('1')
  })
})

describe('a request that another endpoint gets', () => {
  it('is for the Host of that one', async () => {
    const endpoints = {
      primary: [{ id: 'a', url: 'https://stock.example' }],
      standby: [{ id: 'b', url: 'https://b.example' }],
    }
    await answered(make([503, 200], { endpoints })(url, { headers: { host: 'stock.example' } }))
    expect(sent.map(({ headers }) => headers.get('host'))).toEqual(['stock.example', null])
  })
})

describe('a request that is none', () => {
  const counted = (client: ReturnType<typeof make>): unknown => {
    const breaker = client.outbound.parts(url)?.find(({ kind }) => kind === 'circuit-breaker')
    return breaker !== undefined && 'statistics' in breaker
      ? (breaker.statistics as () => unknown)()
      : undefined
  }

  it.each([
    ['a GET with a body', { body: 'text' }],
    ['a method that may not be', { method: 'CONNECT' }],
    ['a stream without duplex', { method: 'PUT', body: ReadableStream.from([Buffer.from('x')]) }],
  ])('%s is refused once, and counts as nothing', async (_, init) => {
    const client = make()
    await expect(answered(client(url, init), 1_000)).rejects.toThrow(TypeError)
    expect(sent).toHaveLength(0)
    expect(counted(client)).toMatchObject({ calls: 0, failures: 0 })
  })

  it('whose body cannot be made is refused once, and counts as nothing', async () => {
    const client = make()
    const body = (): Promise<never> => Promise.reject(new Error('no such file'))
    await expect(answered(client(url, { method: 'PUT', holdfast: { body } }), 1_000)).rejects.toThrow(
      'no such',
    )
    expect(counted(client)).toMatchObject({ calls: 0, failures: 0 })
  })

  it('rejects, rather than throwing, for headers that are none', async () => {
    await expect(make()(url, { headers: { 'not a name': '1' } })).rejects.toThrow(TypeError)
  })

  it('is told from a network error of another fetch, which is tried again', async () => {
    const broken: typeof fetch = async () => {
      throw new TypeError('Failed to fetch')
    }
    const client = make([200], { fetch: broken, retry: { attempts: 2 } })
    await expect(answered(client(url), 1_000)).rejects.toThrow('Failed to fetch')
    expect(counted(client)).toMatchObject({ calls: 2, failures: 2 })
  })
})

describe('options that make no sense', () => {
  it('are refused when it is made', () => {
    expect(() => resilientFetch({ fetch: 'fetch' as never })).toThrow('fetch must be a function')
    expect(() => resilientFetch({ fetch: resilientFetch() })).toThrow('does not retry by itself')
    expect(() => resilientFetch({ unheardOf: 1 } as never)).toThrow("unknown option 'unheardOf'")
  })
})

it('what can be sent again is known by what it is', () => {
  expect([undefined, null, '', new DataView(new ArrayBuffer(1))].map(isReplayable)).toEqual(
    Array(4).fill(true),
  )
  expect([ReadableStream.from(['x']), ['x'], {}].map(isReplayable)).toEqual(Array(3).fill(false))
})
