import type { Asked, ClientKind } from './client-under-test.ts'

/** For `fetch`, and for what has its type. */
export function init({ method, headers = {}, body, signal }: Asked): RequestInit {
  if (body === undefined || typeof body === 'string')
    return { method, headers, signal, ...(body && { body }) }
  // `duplex` is in no type of Node's yet.
  return { method, headers, signal, body: ReadableStream.from(body), duplex: 'half' } as RequestInit
}

/** Node's own, which knows of no attempts and no timeouts. */
export const plainFetch: ClientKind = {
  name: 'fetch alone',
  readsBody: false,
  followsRedirects: true,
  make: () => ({
    ask: (url, asked) => fetch(url, init(asked)),
    isTimeout: () => false,
    close: async () => {},
  }),
}
