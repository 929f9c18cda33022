import { HoldfastConfigError } from '@holdfast/core'
import type { Endpoint } from '@holdfast/core'

/** Where a request is for. */
export interface Target {
  /** Where it goes unless an endpoint is chosen. */
  readonly url: URL
  /** Path and query below the client's base; with it an endpoint's own address is completed. */
  readonly path: string
}

/** What a client's requests are relative to: nothing, so that they must be absolute, or a base that they never leave. */
export class Address {
  readonly #base: URL | undefined
  readonly #endpoints = new Map<string, URL>()

  constructor(client: string, base: string | undefined, endpoints: readonly Endpoint[]) {
    const known = [base, ...endpoints.map(({ url }) => url)].filter((url) => url !== undefined)
    for (const url of known) this.#endpoints.set(url, checkedBase(client, url))
    this.#base = this.#endpoints.get(known[0] ?? '')
  }

  /**
   * Throws `TypeError` for what is no address, and where there is a base for one that lies neither below it nor below
   * one of the endpoints: what is for one service is sent to no other.
   */
  target(url: string | URL): Target {
    if (this.#base === undefined) {
      const absolute = new URL(url)
      return { url: absolute, path: pathOf(absolute) }
    }
    const { origin, pathname, search } = new URL(url, nowhere)
    const path = pathname + search
    if (origin === nowhere.origin) return { url: below(this.#base, path), path }
    for (const base of this.#endpoints.values()) {
      if (base.origin !== origin || !isBelow(base, pathname)) continue
      const rest = path.slice(trimmed(base).length)
      return { url: below(this.#base, rest), path: rest }
    }
    throw new TypeError(`${origin} is elsewhere: this client sends to ${this.#base.href} and its endpoints`)
  }

  /** The address at the endpoint. */
  at({ url, path }: Target, endpoint: Endpoint | undefined): URL {
    if (endpoint?.url === undefined) return url
    const base = this.#endpoints.get(endpoint.url) ?? this.#remember(endpoint.url)
    return below(base, path)
  }

  /** An endpoint that came later. So many are known at most that endless new ones cost no memory. */
  #remember(url: string): URL {
    const base = checkedBase('endpoint', url)
    if (this.#endpoints.size < maximumKnown) this.#endpoints.set(url, base)
    return base
  }
}

const maximumKnown = 1_000

/** The name is reserved, so nobody means it. */
const nowhere = new URL('http://relative.invalid/')

function checkedBase(client: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === ''
  if (plain && url.search === '' && url.hash === '') return url
  // It may hold a password.
  throw new HoldfastConfigError(
    `${client}: the url of a base or an endpoint must be http or https, without user, query and fragment`,
  )
}

function pathOf({ pathname, search }: URL): string {
  return pathname + search
}

function trimmed({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
}

function isBelow(base: URL, pathname: string): boolean {
  return pathname === trimmed(base) || pathname.startsWith(`${trimmed(base)}/`)
}

function below(base: URL, path: string): URL {
  return new URL(base.origin + trimmed(base) + path)
}
