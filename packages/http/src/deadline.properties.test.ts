import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRemainingMs, timeoutHeader, writeRemainingMs } from './deadline.ts'

const remaining = fc.oneof(
  around(5),
  around(Number.MAX_SAFE_INTEGER),
  fc.double({ min: 0, max: 100, noNaN: true }),
)

test('the time only shrinks from one service to the next, whatever each of them takes', () => {
  const hops = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 50, noNaN: true })), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(remaining, hops, (first, taken) => {
      let left = first
      for (const tookMs of taken) {
        const text = writeRemainingMs(left - tookMs) ?? ''
        const read = readRemainingMs((name) => (name === timeoutHeader ? text : undefined))
        expect(read).toBeDefined()
        expect(read).toBeLessThanOrEqual(Math.max(0, left - tookMs))
        left = read as number
      }
    }),
  )
})

test('what is read is what the grammar allows, from any text', () => {
  const texts = fc.oneof(
    around(15).map((length) => '7'.repeat(length)),
    fc.stringMatching(/^\d{0,9}[HMSmunx]?$/),
    fc.string(),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const [ours, grpc] = [timeoutHeader, 'grpc-timeout'].map((header) =>
        readRemainingMs((name) => (name === header ? text : undefined)),
      )
      expect(ours !== undefined).toBe(/^[0-9]{1,15}$/.test(text))
      expect(grpc !== undefined).toBe(/^[0-9]{1,8}[HMSmun]$/.test(text))
      for (const read of [ours, grpc]) expect(read ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})
