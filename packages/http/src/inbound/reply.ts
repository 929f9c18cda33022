import { HoldfastError, Rejection } from '@holdfast/core'

/** A refusal as HTTP says it. */
export interface Reply {
  readonly status: 429 | 503 | 504
  readonly headers: Readonly<Record<string, string>>
  /** RFC 9457 problem details, as JSON text. */
  readonly body: string
}

interface Meaning {
  readonly status: Reply['status']
  readonly title: string
  readonly type: string
}

const reduced: Pick<Meaning, 'status' | 'type'> = {
  status: 503,
  type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
}

const exceeded: Pick<Meaning, 'status' | 'type'> = {
  status: 429,
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
}

/** 503: this service cannot; 429: this caller has had its share; 504: no answer in time. */
const meanings: Readonly<Record<string, Meaning>> = {
  ERR_BULKHEAD_FULL: { ...reduced, title: 'Too many requests are being served' },
  ERR_CIRCUIT_OPEN: { ...reduced, title: 'A service that is needed does not answer' },
  ERR_DRAINING: { ...reduced, title: 'The service is about to stop' },
  ERR_HOT_KEY: { ...exceeded, title: 'Too much is asked of one thing at a time' },
  ERR_OVERLOADED: { ...reduced, title: 'The service is too busy' },
  ERR_RATE_LIMITED: { ...exceeded, title: 'Too many requests' },
  ERR_SHARE_EXCEEDED: { ...exceeded, title: 'Too many requests at a time' },
  ERR_TIMEOUT: { status: 504, type: 'about:blank', title: 'No answer in time' },
  ERR_TOO_LITTLE_TIME: { status: 504, type: 'about:blank', title: 'Too little time is left to answer' },
}

/** What a guard of the user's own refuses. */
const refusal: Meaning = { ...reduced, title: 'The request is refused for now' }

/** Written once a code, for who refuses much has no time for it. */
const bodies = new Map(Object.entries(meanings).map(([code, meaning]) => [code, bodyOf(meaning, code)]))

function bodyOf({ status, title, type }: Meaning, code: string): string {
  return JSON.stringify({ type, title, status, code })
}

/**
 * How a refusal is answered, or nothing where `error` is none. The body names the code alone: what errors say stays
 * inside. `Retry-After` is there where the time is known: in whole seconds, rounded up, at least 1. With `random`, which is
 * uniform in [0, 1), up to a quarter is added, at least a second and at most 30, so that not all come back together.
 */
export function replyTo(error: unknown, random?: () => number): Reply | undefined {
  if (!(error instanceof HoldfastError)) return undefined
  const meaning = meaningOf(error)
  if (meaning === undefined) return undefined
  const { status } = meaning
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  const { code, retryAfterMs } = error
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs) && status !== 504) {
    headers['retry-after'] = String(retryAfterSeconds(retryAfterMs, random))
  }
  return { status, headers, body: bodies.get(code) ?? bodyOf(meaning, code) }
}

function retryAfterSeconds(ms: number, random: (() => number) | undefined): number {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  if (random === undefined) return seconds
  const most = Math.min(30, Math.ceil(seconds / 4))
  return seconds + Math.floor(random() * (most + 1))
}

function meaningOf(error: HoldfastError): Meaning | undefined {
  if (Object.hasOwn(meanings, error.code)) return meanings[error.code]
  return error instanceof Rejection ? refusal : undefined
}
