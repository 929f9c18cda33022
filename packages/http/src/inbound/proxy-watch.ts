import { clientAddress } from './client-address.ts'
import type { RequestLike } from './request.ts'

const enough = 100
const addressOf = clientAddress()

/**
 * Looks at the first requests of a door: do they all count for the one address of a proxy, although that says that they
 * come from several clients? Then all clients have one limit together, which is seldom meant.
 */
export class ProxyWatch {
  readonly #name: string
  #seen = 0
  #key: string | undefined
  #forwarded: string | undefined
  #differs = false

  constructor(name: string) {
    this.#name = name
  }

  /** Whether it has seen enough. Warns once. */
  sees(key: string | undefined, request: RequestLike): boolean {
    const forwarded = String(request.headers['x-forwarded-for'])
    this.#key ??= key
    this.#forwarded ??= forwarded
    if (key === undefined || key !== this.#key || key !== addressOf(request)) return true
    this.#differs ||= forwarded !== this.#forwarded
    if (++this.#seen < enough) return false
    if (this.#differs) this.#warn()
    return true
  }

  #warn(): void {
    process.emitWarning(
      `${this.#name}: all requests count for one address, which is that of a proxy: its clients have one limit together. Tell the key which proxies to believe, such as clientAddress({ proxies: 1 })`,
      { code: 'HOLDFAST_PROXY_AS_CLIENT' },
    )
  }
}
