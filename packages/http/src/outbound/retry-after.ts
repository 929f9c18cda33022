import type { HeaderReader } from '../deadline.ts'
import { readHttpDate } from './http-date.ts'
import { readResetMs } from './rate-limit-field.ts'

const longestMs = Number.MAX_SAFE_INTEGER

/**
 * Milliseconds after which the answer asks to be tried again: by `Retry-After`, a date being measured from the answer's
 * own `Date`, or from `wallTime` (milliseconds since the Unix epoch) where that is not there; else by `RateLimit`.
 * Undefined where neither says so, or not to the letter.
 */
export function readRetryAfterMs(header: HeaderReader, wallTime: number): number | undefined {
  const text = header('retry-after')
  const asked = typeof text === 'string' ? retryAfterMs(text, header('date'), wallTime) : undefined
  if (asked !== undefined) return asked
  const rateLimit = header('ratelimit')
  return typeof rateLimit === 'string' ? readResetMs(rateLimit) : undefined
}

function retryAfterMs(text: string, sentAt: string | null | undefined, wallTime: number): number | undefined {
  if (/^\d+$/.test(text)) return Math.min(longestMs, Number(text) * 1_000)
  const date = readHttpDate(text, wallTime)
  if (date === undefined) return undefined
  const from = typeof sentAt === 'string' ? readHttpDate(sentAt, wallTime) : undefined
  return Math.max(0, date - (from ?? wallTime))
}
