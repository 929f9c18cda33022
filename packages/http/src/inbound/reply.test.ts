import {
  BulkheadFullError,
  CircuitOpenError,
  HoldfastError,
  HotKeyLimitedError,
  RateLimitedError,
  Rejection,
  TimeoutError,
} from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { DrainingError } from '../lifecycle/draining-error.ts'
import { replyTo } from './reply.ts'

const reduced = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity'
const quota = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

class ClosedForLunchError extends Rejection {
  readonly code = 'ERR_LUNCH'
}

class OddError extends HoldfastError {
  readonly code = 'toString'
}

const open = (retryAfterMs?: number): CircuitOpenError =>
  new CircuitOpenError('c', { policy: 'c', retryAfterMs })

describe('the reply to a refusal', () => {
  it.each([
    [open(), 503, reduced],
    [new BulkheadFullError('b', { policy: 'b' }), 503, reduced],
    [new RateLimitedError('r', { policy: 'r' }), 429, quota],
    [new HotKeyLimitedError('h', { policy: 'h' }), 429, quota],
    [new TimeoutError('t', { policy: 't' }), 504, 'about:blank'],
    [new DrainingError(), 503, reduced],
    [new ClosedForLunchError('l', { policy: 'l' }), 503, reduced],
  ] as const)('%s is answered with %d', (error, status, type) => {
    const reply = replyTo(error)
    expect(reply?.status).toBe(status)
    expect(reply?.headers).toEqual({ 'content-type': 'application/problem+json' })
    const problem: unknown = JSON.parse(reply?.body ?? '')
    expect(problem).toEqual({ type, status, title: expect.stringMatching(/^[A-Z]/), code: error.code })
  })

  it.each([
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [90_000, '90'],
    [undefined, undefined],
    [Infinity, undefined],
    [Number.NaN, undefined],
  ])('Retry-After of %d ms is %s', (ms, seconds) => {
    expect(replyTo(open(ms))?.headers['retry-after']).toBe(seconds)
  })

  it.each([
    [1_000, '1', '2'],
    [8_000, '8', '10'],
    [120_000, '120', '150'],
    [3_600_000, '3600', '3630'],
  ])('Retry-After of %d ms is spread by chance from %s to %s', (ms, earliest, latest) => {
    const at = (chance: number) => replyTo(open(ms), () => chance)?.headers['retry-after']
    expect([at(0), at(1 - Number.EPSILON / 2)]).toEqual([earliest, latest])
  })

  it('gives no time to retry with a 504', () => {
    const late = new TimeoutError('t', { policy: 't', retryAfterMs: 5_000 })
    expect(replyTo(late)?.headers['retry-after']).toBeUndefined()
  })

  it('repeats nothing that an error says, nor who it was about', () => {
    const cause = new Error('secret')
    const error = new CircuitOpenError('secret', { policy: 'secret', key: 'secret', cause })
    expect(JSON.stringify(replyTo(error))).not.toContain('secret')
  })

  it.each([
    new Error('secret'),
    Object.assign(new Error('secret'), { code: 'ERR_TIMEOUT' }),
    new OddError('o', { policy: 'o' }),
    { code: 'ERR_RATE_LIMITED' },
    'ERR_RATE_LIMITED',
    null,
    undefined,
  ])('there is none to %s', (error) => expect(replyTo(error)).toBeUndefined())
})
