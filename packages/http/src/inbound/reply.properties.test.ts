import { RateLimitedError } from '@holdfast/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replyTo } from './reply.ts'

const waits = fc.oneof(fc.constantFrom(0, 1, 999, 1_000, 1_001, 4_000, 120_000, 121_000), fc.nat(1e9))
const chance = fc.oneof(
  fc.constantFrom(0, 1 - Number.EPSILON / 2),
  fc.double({ min: 0, max: 0.999, noNaN: true }),
)

test('nobody is asked to come back too early, nor much later than needed', () => {
  fc.assert(
    fc.property(waits, chance, (retryAfterMs, random) => {
      const error = new RateLimitedError('r', { policy: 'r', retryAfterMs })
      const said = replyTo(error, () => random)?.headers['retry-after'] ?? ''
      expect(said).toMatch(/^[1-9]\d*$/)
      const seconds = Number(said)
      const soonest = Math.max(1, Math.ceil(retryAfterMs / 1_000))
      expect(seconds).toBeGreaterThanOrEqual(soonest)
      expect(seconds).toBeLessThanOrEqual(soonest + Math.min(30, Math.max(1, Math.ceil(soonest / 4))))
    }),
  )
})
