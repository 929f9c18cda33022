import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyPermits, permit } from './permit.ts'

const leaseMs = 1_000

const story = fc.record({
  limit: fc.constantFrom(1, 2, 3),
  steps: fc.array(
    fc.record({
      action: fc.constantFrom('acquire', 'acquire', 'renew', 'release'),
      token: fc.constantFrom('a', 'b', 'c', 'd'),
      afterMs: fc.constantFrom(0, 0, 1, leaseMs - 1, leaseMs, leaseMs + 1, 2 * leaseMs, -1, -1e8),
    }),
    { maxLength: 40 },
  ),
})

test('permits are held as a plain list of who took one and when would have it', () => {
  fc.assert(
    fc.property(story, ({ limit, steps }) => {
      let [record, now] = [emptyPermits, 1_700_000_000_000]
      /** How much of its lease each holder has left. */
      let held = new Map<string, number>()
      for (const { action, token, afterMs } of steps) {
        now += afterMs
        const left = [...held].map(([name, leftMs]) => [name, Math.min(leaseMs, leftMs - afterMs)] as const)
        held = new Map(left.filter(([, leftMs]) => leftMs > 0))
        const isHeld = held.has(token)
        const granted = action !== 'release' && (isHeld || (action === 'acquire' && held.size < limit))
        const waitMs = action === 'acquire' && !granted ? Math.min(...held.values()) : 0
        if (granted) held.set(token, leaseMs)
        if (action === 'release') held.delete(token)
        const step = permit(record, { type: 'permit', id: 'stock', action, token, limit, leaseMs }, now)
        record = step.record
        expect(step.reply).toEqual({ type: 'permit', granted, waitMs })
        expect(held.size).toBeLessThanOrEqual(limit)
        expect(Object.values(record.permits).every((end) => end <= record.expiresAt)).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})
