import type { Keyed, Mode, Part, RateLimit, RateLimitedError } from '@holdfast/core'
import type { Reply } from './reply.ts'
import type { ResponseLike } from './response-end.ts'

/**
 * Tells callers what rate they may ask at, and what is left of it, by the fields `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers-10: one item for each rate limit that is enforced. A rate limit that refills all the time has no
 * window that ends: `t`, the seconds until more is to be had, is said where nothing is left.
 */
export class RateLimitFields {
  readonly #own: readonly RateLimit[]
  readonly #keyed: readonly Keyed[]

  constructor(parts: readonly Part[]) {
    const all = parts.flatMap(flatten)
    this.#own = all.filter(isRateLimit)
    this.#keyed = all.filter(isKeyed)
  }

  /** Puts them into the answer that somebody else will give. */
  announce(response: ResponseLike, key: string | undefined): void {
    const limits = this.#limitsOf(key)
    if (limits.length === 0 || response.setHeader === undefined || response.headersSent === true) return
    response.setHeader('ratelimit-policy', limits.map(policyItem).join(', '))
    response.setHeader('ratelimit', limits.map(stateItem).join(', '))
  }

  /** The answer to a refusal with those of the limit that refused, so that they say the same as `Retry-After`. */
  within(reply: Reply, { key, policy, retryAfterMs }: RateLimitedError): Reply {
    const limits = this.#limitsOf(key)
    const refused = limits.find(({ name }) => name === policy)
    if (refused === undefined) return reply
    const headers = {
      ...reply.headers,
      'ratelimit-policy': limits.map(policyItem).join(', '),
      ratelimit: retryAfterMs === undefined ? stateItem(refused) : emptyItem(refused, retryAfterMs),
    }
    const violated = JSON.stringify([printable(refused.name)])
    return { ...reply, headers, body: `${reply.body.slice(0, -1)},"violated-policies":${violated}}` }
  }

  #limitsOf(key: string | undefined): readonly RateLimit[] {
    if (key === undefined || this.#keyed.length === 0) return this.#own.filter(binds)
    const parts = this.#keyed.flatMap((keyed) => keyed.of(key) ?? []).flatMap(flatten)
    return [...this.#own, ...parts.filter(isRateLimit)].filter(binds)
  }
}

/** Pipelines have parts themselves. */
function flatten(part: Part): readonly Part[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(flatten)
}

function isRateLimit(part: Part): part is RateLimit {
  return part.kind === 'rate-limit'
}

function isKeyed(part: Part): part is Keyed {
  return part.kind === 'keyed'
}

/** What an integer of RFC 9651 may be at most. */
const largest = 999_999_999_999_999

interface Rate {
  readonly limit: number
  readonly intervalMs: number
  readonly mode: Mode
}

/** A rate limit describes itself by the names of its options. */
function rateOf(limit: RateLimit): Rate {
  return limit.describe?.() as unknown as Rate
}

/** What is only watched keeps nobody from anything. */
function binds(limit: RateLimit): boolean {
  return rateOf(limit).mode === 'enforce'
}

/** Windows are in whole seconds, quotas in whole calls: where they are not, a longer window of the same rate is told. */
function policyItem(part: RateLimit): string {
  const { limit, intervalMs } = rateOf(part)
  const seconds = Math.ceil(Math.max(intervalMs, intervalMs / limit) / 1_000)
  const quota = Math.floor((limit * seconds * 1_000) / intervalMs)
  return `${quoted(part.name)};q=${Math.min(largest, quota)};w=${seconds}`
}

function stateItem(part: RateLimit): string {
  const { available } = part.statistics()
  if (available > 0) return `${quoted(part.name)};r=${Math.min(largest, available)}`
  const { limit, intervalMs } = rateOf(part)
  return emptyItem(part, intervalMs / limit)
}

function emptyItem({ name }: RateLimit, waitMs: number): string {
  return `${quoted(name)};r=0;t=${Math.min(largest, Math.ceil(waitMs / 1_000))}`
}

/** A string of RFC 9651. */
function quoted(name: string): string {
  return `"${printable(name).replaceAll(/["\\]/g, '\\$&')}"`
}

/** In ASCII. */
function printable(name: string): string {
  return name.replaceAll(/[^ -~]/g, '_')
}
