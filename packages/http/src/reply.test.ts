import { BulkheadFullError, CircuitOpenError, RateLimitedError, TimeoutError } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { replyTo } from './reply.ts'

describe('the reply to a refusal', () => {
  it.each([
    [new CircuitOpenError('c', { policy: 'c', retryAfterMs: 1_001 }), 503, '2'],
    [new BulkheadFullError('b', { policy: 'b' }), 503, undefined],
    [new RateLimitedError('r', { policy: 'r', retryAfterMs: 0 }), 429, '1'],
    [new TimeoutError('t', { policy: 't' }), 504, undefined],
  ] as const)('%s is answered with %d', (error, status, retryAfter) => {
    const reply = replyTo(error)
    expect(reply?.status).toBe(status)
    expect(reply?.headers['retry-after']).toBe(retryAfter)
    expect(reply?.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(reply?.body ?? '')).toMatchObject({ status, code: error.code })
  })

  it('says nothing about errors that are not Holdfast’s, nor repeats what they say', () => {
    expect(replyTo(new Error('secret'))).toBeUndefined()
    const cause = new Error('secret')
    expect(replyTo(new CircuitOpenError('secret', { policy: 'secret', cause }))?.body).not.toContain('secret')
  })
})
