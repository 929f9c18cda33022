import { once } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import { service, statuses } from '@holdfast/test-servers/http'
import axios, { AxiosHeaders } from 'axios'
import type { AxiosError, AxiosInstance, CancelToken, CreateAxiosDefaults } from 'axios'
import { describe, expect, it } from 'vitest'
import { holdfast } from './adapter.ts'
import type { HoldfastAdapterOptions } from './adapter.ts'

const quick: readonly PartConfig[] = standard.map((part) =>
  part.kind === 'retry' ? { ...part, backoff: { baseMs: 0, maximumMs: 1 }, budget: false } : part,
)

function client(options: HoldfastAdapterOptions = {}, defaults: CreateAxiosDefaults = {}): AxiosInstance {
  return axios.create({ adapter: holdfast({ parts: quick, ...options }), proxy: false, ...defaults })
}

/** The error of a request that must fail. */
async function failure(request: Promise<unknown>): Promise<AxiosError> {
  const error: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Error)
  return error as AxiosError
}

describe.each(['http', 'fetch'] as const)('a request by the adapter %s', (adapter) => {
  it('is sent again where it may be, with its address, parameters and headers', async () => {
    const { origin, requests } = await service(statuses(503, 503, 200))
    const instance = client({ adapter }, { baseURL: `${origin}/v1`, headers: { 'X-Own': 'a' } })
    const { data, status } = await instance.get('/items', { params: { id: 1 } })
    expect([status, data]).toEqual([200, 'answer 3'])
    expect(requests.map(({ url }) => url)).toEqual(Array(3).fill('/v1/items?id=1'))
    expect(requests.map(({ headers }) => headers['x-own'])).toEqual(['a', 'a', 'a'])
    expect(requests.map(({ headers }) => headers['holdfast-attempt'])).toEqual([undefined, '2', '3'])
  })

  it('rejects with the last status as validateStatus says', async () => {
    const { origin, requests } = await service(statuses(503))
    const error = await failure(client({ adapter }).get(origin))
    expect(axios.isAxiosError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'ERR_BAD_RESPONSE', message: 'Request failed with status code 503' })
    expect(error.response).toMatchObject({ status: 503, data: 'answer 3' })
    const accepting = await client({ adapter }).get(origin, { validateStatus: () => true })
    expect(accepting.status).toBe(503)
    expect(requests).toHaveLength(6)
    const missing = await service(statuses(404))
    expect(await failure(client({ adapter }).get(missing.origin))).toMatchObject({ code: 'ERR_BAD_REQUEST' })
    expect(missing.requests).toHaveLength(1)
    const unsupported = await service(statuses(501))
    expect((await failure(client({ adapter }).get(unsupported.origin))).status).toBe(501)
    expect(unsupported.requests).toHaveLength(1)
  })

  it('has its data transformed once, there and back', async () => {
    const { origin, requests } = await service((response, request, number) => {
      response.statusCode = number < 3 ? 503 : 200
      response.setHeader('content-type', 'application/json')
      request.pipe(response)
    })
    const { data } = await client({ adapter }).put(origin, { a: 1 })
    expect(data).toEqual({ a: 1 })
    expect(requests).toHaveLength(3)
  })

  it('with a stream is sent once', async () => {
    const { origin, requests } = await service(statuses(503))
    const body = adapter === 'http' ? Readable.from(['text']) : ReadableStream.from([Buffer.from('text')])
    await failure(client({ adapter }).put(origin, body))
    expect(requests).toHaveLength(1)
  })

  it('that a stream answers is handed over at its head, and what is given up is drained', async () => {
    const { origin } = await service(statuses(503, 200))
    const { data } = await client({ adapter }).get(origin, { responseType: 'stream' })
    expect(await text(data)).toBe('answer 2')
  })

  it('whose caller leaves is cancelled as ever', async () => {
    const { origin, requests, server } = await service(() => {})
    const caller = new AbortController()
    const answer = failure(client({ adapter }).get(origin, { signal: caller.signal }))
    await once(server, 'request')
    caller.abort()
    expect(await answer).toMatchObject({ code: 'ERR_CANCELED' })
    expect(requests).toHaveLength(1)
  })

  it('has the timeout of its config for each attempt', async () => {
    const { origin, requests } = await service((response, _request, number) => {
      if (number === 3) response.end('answer 3')
    })
    const { data } = await client({ adapter }).get(origin, { timeout: 100 })
    expect(data).toBe('answer 3')
    expect(requests).toHaveLength(3)
  })

  it('that is sent round in circles is given up at once', async () => {
    const { origin, requests } = await service(
      (response) => void response.writeHead(302, { location: '/' }).end(),
    )
    await failure(client({ adapter }).get(origin))
    expect(requests.length).toBeLessThanOrEqual(22)
  })

  it('to nobody is tried again, and fails as ever', async () => {
    const instance = client({ adapter, parts: [{ kind: 'retry', attempts: 2, backoff: { baseMs: 0 } }] })
    const error = await failure(instance.post('http://127.0.0.1:1/', 'text'))
    expect(axios.isAxiosError(error)).toBe(true)
    expect(error.config).toMatchObject({ url: 'http://127.0.0.1:1/', data: 'text' })
  })
})

describe('an adapter', () => {
  it('stands inside of the interceptors, which run once', async () => {
    const { origin } = await service(statuses(503, 503, 200))
    const instance = client()
    let [sent, received] = [0, 0]
    instance.interceptors.request.use((config) => {
      sent++
      return config
    })
    instance.interceptors.response.use((response) => {
      received++
      return response
    })
    await instance.get(origin)
    expect([sent, received]).toEqual([1, 1])
  })

  it('takes the cancel token of old', async () => {
    const { origin, requests, server } = await service(() => {})
    const { token, cancel } = axios.CancelToken.source()
    const answer = failure(client().get(origin, { cancelToken: token }))
    await once(server, 'request')
    cancel('left')
    expect(await answer).toMatchObject({ code: 'ERR_CANCELED', message: 'left' })
    // The listeners of a token have no public name.
    const lasting = axios.CancelToken.source().token as CancelToken & { readonly _listeners?: unknown[] }
    const made = await service(statuses(200, 404))
    const streamed = await client().get(made.origin, { cancelToken: lasting, responseType: 'stream' })
    expect(lasting._listeners).toHaveLength(1)
    await text(streamed.data)
    await failure(client().get(made.origin, { cancelToken: lasting }))
    expect(lasting._listeners).toEqual([])
    expect(requests).toHaveLength(1)
  })

  it('takes per request what axios does not know', async () => {
    const { origin, requests } = await service(statuses(503, 200))
    const adapter = holdfast({ parts: quick })
    const instance = axios.create({ adapter, proxy: false })
    const { status } = await instance.post(origin, 'text', {
      holdfast: { idempotent: true, operation: 'order' },
    })
    expect(status).toBe(200)
    expect(requests).toHaveLength(2)
    expect(adapter.outbound.parts(origin, 'order')).toBeDefined()
    expect(adapter.outbound.parts(origin)).toBeUndefined()
  })

  it.each(['', '/v1'])('takes an address that is relative to its base, %j', async (path) => {
    const { origin, requests } = await service(statuses(200))
    await client({ baseUrl: origin + path }).get('/items', {
      params: { id: 1 },
      headers: { host: 'own.example' },
    })
    expect(requests[0]).toMatchObject({ url: `${path}/items?id=1`, headers: { host: 'own.example' } })
  })

  it('shows the caller the config that they gave, in the answer and in errors', async () => {
    const { origin } = await service(statuses(200, 503))
    const headers = new AxiosHeaders({ 'x-own': 'a' })
    const { config } = await client().get(origin, { headers })
    expect(config.validateStatus).toBeTypeOf('function')
    expect(config.headers.has('holdfast-timeout-ms')).toBe(false)
    expect((await failure(client().get(origin))).config?.url).toBe(origin)
  })

  it('goes to the standby without the credentials, those that axios would make included', async () => {
    const [primary, standby] = [await service(statuses(503)), await service(statuses(200))]
    const endpoints = [
      { id: 'primary', url: primary.origin },
      { id: 'standby', url: `${standby.origin}/v2`, trust: 'partner' },
    ]
    const instance = client({ parts: [{ kind: 'fallback', endpoints }] })
    const auth = { username: 'u', password: 'secret' }
    const headers = { cookie: 'secret', host: 'primary.example', 'x-own': 'a' }
    await instance.get('/items', { baseURL: primary.origin, params: { id: 1 }, auth, headers })
    expect(primary.requests[0]?.headers.authorization).toBe(`Basic ${btoa('u:secret')}`)
    const [received] = standby.requests
    expect(received?.url).toBe('/v2/items?id=1')
    expect(received?.headers).toMatchObject({ 'x-own': 'a', host: new URL(standby.origin).host })
    expect(received?.headers).not.toHaveProperty('authorization')
    expect(received?.headers).not.toHaveProperty('cookie')
  })

  it('does not repeat a request that axios finds fault with', async () => {
    const seen: string[] = []
    const adapter = holdfast({ parts: quick })
    adapter.outbound.on(({ type }) => seen.push(type))
    const instance = axios.create({ adapter, proxy: false, maxBodyLength: 2 })
    await failure(instance.put('http://127.0.0.1:1/', 'much too long'))
    expect(seen).toEqual([])
  })

  it('has axios’ own choice of adapters for its attempts, and refuses options that make no sense', async () => {
    const { origin, requests } = await service(statuses(200))
    await client().get(origin)
    expect(requests[0]?.headers['user-agent']).toContain('axios')
    expect(() => holdfast({ unheardOf: 1 } as never)).toThrow("unknown option 'unheardOf'")
  })
})
