import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { service } from '@holdfast/test-servers/http'
import { describe, expect, it } from 'vitest'
import { resilientFetch } from './resilient-fetch.ts'

const post: RequestInit = { method: 'POST', body: 'text', headers: { authorization: 'secret', 'x-own': '1' } }

/** A service that leads from `/` to `location` by `status`, and answers with what it was asked elsewhere. */
function leading(status: number, location: string) {
  return service((response, request) => {
    if (request.url === '/') return void response.writeHead(status, { location }).end('elsewhere')
    const { authorization, 'content-type': type = 'none', 'x-own': own } = request.headers
    response.write([request.method, request.url, type, authorization, own].join(' ') + ' ')
    request.pipe(response)
  })
}

async function told(response: Response) {
  const { redirected, status, url } = response
  return { redirected, status, url, text: await response.text() }
}

describe('a request that may not be repeated is led on by a redirect as by fetch', () => {
  it.each([301, 302, 303, 307, 308])('%d', async (status) => {
    const { origin } = await leading(status, '/end')
    const address = `${origin}/#part`
    expect(await told(await resilientFetch()(address, post))).toEqual(await told(await fetch(address, post)))
    const request = (): Request => new Request(address, { method: 'PATCH' })
    expect(await told(await resilientFetch()(request()))).toEqual(await told(await fetch(request())))
  })

  it.each([301, 302, 303, 307, 308])('%d to another origin, which is told no credentials', async (status) => {
    const other = await leading(404, '')
    const { origin } = await leading(status, `${other.origin}/end`)
    expect(await told(await resilientFetch()(origin, post))).toEqual(await told(await fetch(origin, post)))
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })

  it('to where nobody is: it is not sent again', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const { origin, requests } = await leading(303, `http://127.0.0.1:${port}/end`)
    const failure = { cause: { code: 'ECONNREFUSED' } }
    await expect(resilientFetch()(origin, post)).rejects.toMatchObject(failure)
    expect(requests).toHaveLength(1)
  })

  it('that leads nowhere: its answer is the last', async () => {
    const { origin } = await service((response) => response.writeHead(303).end('no location'))
    expect(await told(await resilientFetch()(origin, post))).toEqual(await told(await fetch(origin, post)))
  })

  it.each(['http://[', 'data:text/plain,text', 'file:///etc/passwd'])('not to %s', async (location) => {
    const { origin, requests } = await leading(303, location)
    await expect(resilientFetch()(origin, post)).rejects.toThrow(TypeError)
    expect(requests).toHaveLength(1)
  })

  it.each(['manual', 'error'] as const)('unless its caller says otherwise: %s', async (redirect) => {
    const { origin, requests } = await leading(303, '/end')
    const init = { ...post, redirect }
    const asked = resilientFetch()(origin, init).then(({ status }) => status)
    if (redirect === 'manual') expect(await asked).toBe(303)
    else await expect(asked).rejects.toThrow('fetch failed')
    expect(requests).toHaveLength(1)
  })
})
