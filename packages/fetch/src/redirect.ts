import { asSent, drain } from '@holdfast/http'
import type { Clock } from '@holdfast/core'

/** What is sent, its headers complete. */
export interface Sendable extends RequestInit {
  readonly headers: Headers
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Say something of a body (Fetch standard, request-body-header names), or of its length. */
const bodyHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]
/** Meant for one origin, as `fetch` has it. */
const originHeaders = ['authorization', 'cookie', 'host', 'proxy-authorization']

/**
 * As `fetch` does with a request that it follows, but that it is known when something was sent: where a redirect leads to
 * a service that cannot be reached, `fetch` itself says no more than that there was no connection.
 */
export async function followed(
  fetch: typeof globalThis.fetch,
  input: string | Request,
  init: Sendable,
  clock: Clock,
): Promise<Response> {
  const first = await fetch(input, { ...init, redirect: 'manual' })
  const location = redirects.has(first.status) ? first.headers.get('location') : null
  if (location === null) return first
  drain(first.body, clock).catch(() => {})
  try {
    return asRedirected(await fetch(...next(input, init, first.status, location)))
  } catch (error) {
    throw asSent(error)
  }
}

/** The request that a redirect asks for (Fetch standard, HTTP-redirect fetch). */
function next(
  input: string | Request,
  init: Sendable,
  status: number,
  location: string,
): [string | Request, RequestInit] {
  const from = new URL(typeof input === 'string' ? input : input.url)
  const to = new URL(location, from)
  if (!/^https?:$/.test(to.protocol)) {
    throw new TypeError('fetch failed', { cause: new Error('URL scheme must be a HTTP(S) scheme') })
  }
  if (to.hash === '') to.hash = from.hash
  const headers = new Headers(init.headers)
  if (to.origin !== from.origin) for (const name of originHeaders) headers.delete(name)
  const at = typeof input === 'string' ? to.href : new Request(to.href, input)
  const method = init.method ?? (typeof input === 'string' ? 'GET' : input.method)
  const asksAnew = status === 303 || (status < 303 && method.toUpperCase() === 'POST')
  if (!asksAnew) return [at, { ...init, headers, redirect: 'follow' }]
  for (const name of bodyHeaders) headers.delete(name)
  return [at, { ...init, method: 'GET', body: null, headers, redirect: 'follow' }]
}

/** A caller may ask whether it was. */
function asRedirected(response: Response): Response {
  return response.redirected ? response : Object.defineProperty(response, 'redirected', { value: true })
}
