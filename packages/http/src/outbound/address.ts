import { HoldfastConfigError } from '@holdfast/core'
import type { Endpoint } from '@holdfast/core'

/** Where a request is for. An address is made only where it is needed: that costs more than all else here. */
export class Target {
  /** Path and query below the client's base; with it an endpoint's own address is completed. */
  readonly path: string
  readonly #base: URL
  #url: URL | undefined

  constructor(base: URL, path: string, url?: URL) {
    this.#base = base
    this.path = path
    this.#url = url
  }

  /** Of the base; the scheme where there is none. */
  get origin(): string {
    const { origin, protocol } = this.#base
    return origin === 'null' ? protocol : origin
  }

  /** Where it goes unless an endpoint is chosen. */
  get url(): URL {
    return (this.#url ??= below(this.#base, this.path))
  }
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
      return new Target(absolute, pathOf(absolute), absolute)
    }
    const { origin, pathname, search } = new URL(url, nowhere)
    const path = pathname + search
    if (origin === nowhere.origin) return new Target(this.#base, path)
    for (const base of this.#endpoints.values()) {
      if (base.origin !== origin || !isBelow(base, pathname)) continue
      return new Target(this.#base, path.slice(trimmed(base).length))
    }
    throw new TypeError(`${origin} is elsewhere: this client sends to ${this.#base.href} and its endpoints`)
  }

  /** The address at the endpoint. */
  at(target: Target, endpoint: Endpoint | undefined): URL {
    if (endpoint?.url === undefined) return target.url
    const base = this.#endpoints.get(endpoint.url) ?? this.#remember(endpoint.url)
    return below(base, target.path)
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
