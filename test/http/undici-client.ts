import { Readable } from 'node:stream'
import { fetchThrough, holdfast } from '@holdfast/undici'
import { Agent } from 'undici'
import type { ClientKind } from './client-under-test.ts'
import { loopClock } from './loop-time.ts'
import { init } from './plain-fetch.ts'
import { isTimeout, partsWithin } from './resilient-fetch-client.ts'

/** By the API of its own. */
export const undiciClient: ClientKind = {
  name: 'undici',
  readsBody: false,
  followsRedirects: false,
  make(limits) {
    const agent = new Agent()
    const dispatcher = agent.compose(holdfast({ parts: partsWithin(limits), clock: loopClock }))
    return {
      async ask(url, { method, headers = {}, body, signal }) {
        const sent = body === undefined || typeof body === 'string' ? body : Readable.from(body)
        const { statusCode, body: received } = await dispatcher.request({
          origin: url,
          path: '/',
          method,
          headers: { ...headers },
          signal,
          ...(sent !== undefined && { body: sent }),
        })
        return { status: statusCode, text: () => received.text() }
      },
      isTimeout,
      close: () => agent.close(),
    }
  },
}

/** By its `fetch`. */
export const undiciFetchClient: ClientKind = {
  name: 'the fetch of undici',
  readsBody: false,
  followsRedirects: true,
  make(limits) {
    const agent = new Agent()
    const fetch = fetchThrough(agent.compose(holdfast({ parts: partsWithin(limits), clock: loopClock })))
    return {
      // The same type, but of its own.
      ask: (url, asked) => fetch(url, init(asked) as unknown as Parameters<typeof fetch>[1]),
      isTimeout: (error) => isTimeout(error instanceof TypeError ? error.cause : error),
      close: () => agent.close(),
    }
  },
}
