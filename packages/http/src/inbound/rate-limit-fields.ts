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
  /** What was written last at each place: the limits of two keys are seldom different. */
  readonly #texts: Text[] = []

  constructor(parts: readonly Part[]) {
    const all = parts.flatMap(flatten)
    this.#own = all.filter(isRateLimit)
    this.#keyed = all.filter(isKeyed)
  }

  /** Puts them into the answer that somebody else will give. */
  announce(response: ResponseLike, key: string | undefined): void {
    if (response.setHeader === undefined || response.headersSent === true) return
    const items = this.#itemsOf(key)
    if (items.length === 0) return
    response.setHeader('ratelimit-policy', items.map(policyOf).join(', '))
    response.setHeader('ratelimit', items.map(stateOf).join(', '))
  }

  /** The answer to a refusal with those of the limit that refused, so that they say the same as `Retry-After`. */
  within(reply: Reply, { key, policy, retryAfterMs }: RateLimitedError): Reply {
    const items = this.#itemsOf(key)
    const refused = items.find(({ part }) => part.name === policy)
    if (refused === undefined) return reply
    const headers = {
      ...reply.headers,
      'ratelimit-policy': items.map(policyOf).join(', '),
      ratelimit: retryAfterMs === undefined ? stateOf(refused) : emptyState(refused.text, retryAfterMs),
    }
    const violated = JSON.stringify([printable(policy)])
    return { ...reply, headers, body: `${reply.body.slice(0, -1)},"violated-policies":${violated}}` }
  }

  /** What is only watched keeps nobody from anything. */
  #itemsOf(key: string | undefined): readonly Item[] {
    const items: Item[] = []
    for (const part of this.#limitsOf(key)) {
      const rate = rateOf(part)
      if (rate.mode === 'enforce') items.push({ part, text: this.#textOf(part.name, rate, items.length) })
    }
    return items
  }

  #limitsOf(key: string | undefined): readonly RateLimit[] {
    if (key === undefined || this.#keyed.length === 0) return this.#own
    const parts = this.#keyed.flatMap((keyed) => keyed.of(key) ?? []).flatMap(flatten)
    return [...this.#own, ...parts.filter(isRateLimit)]
  }

  #textOf(name: string, rate: Rate, place: number): Text {
    const last = this.#texts[place]
    if (last?.name === name && last.limit === rate.limit && last.intervalMs === rate.intervalMs) return last
    const text = textOf(name, rate)
    this.#texts[place] = text
    return text
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

interface Item {
  readonly part: RateLimit
  readonly text: Text
}

/** What is said of a limit whatever is left of it. */
interface Text {
  readonly name: string
  readonly limit: number
  readonly intervalMs: number
  readonly quotedName: string
  readonly policy: string
}

/** Windows are in whole seconds, quotas in whole calls: where they are not, a longer window of the same rate is told. */
function textOf(name: string, { limit, intervalMs }: Rate): Text {
  const seconds = Math.ceil(Math.max(intervalMs, intervalMs / limit) / 1_000)
  const quota = Math.floor((limit * seconds * 1_000) / intervalMs)
  const quotedName = quoted(name)
  const policy = `${quotedName};q=${Math.min(largest, quota)};w=${seconds}`
  return { name, limit, intervalMs, quotedName, policy }
}

function policyOf({ text }: Item): string {
  return text.policy
}

function stateOf({ part, text }: Item): string {
  const { available } = part.statistics()
  if (available > 0) return `${text.quotedName};r=${Math.min(largest, available)}`
  return emptyState(text, text.intervalMs / text.limit)
}

function emptyState({ quotedName }: Text, waitMs: number): string {
  return `${quotedName};r=0;t=${Math.min(largest, Math.ceil(waitMs / 1_000))}`
}

/** A string of RFC 9651. */
function quoted(name: string): string {
  return `"${printable(name).replaceAll(/["\\]/g, '\\$&')}"`
}

/** In ASCII. */
function printable(name: string): string {
  return name.replaceAll(/[^ -~]/g, '_')
}
