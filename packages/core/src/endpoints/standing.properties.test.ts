import fc from 'fast-check'
import { expect, test } from 'vitest'
import { succeed } from './standing.ts'

const [groups, dwellMs] = [3, 100]
const step = fc.record({
  afterMs: fc.constantFrom(0, 1, 99, 100, 101),
  healthy: fc.array(fc.constantFrom(0, 1, 5), { minLength: groups, maxLength: groups }),
})

test('a group without a healthy endpoint is left at once for the first that has one; a later group is kept for the dwell, and no longer', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let standing = { active: 0, since: -Infinity }
      let now = 0
      for (const { afterMs, healthy } of steps) {
        now += afterMs
        const before = standing
        standing = succeed(before, healthy, dwellMs, now)
        const { active, since } = standing
        const first = healthy.findIndex((count) => count > 0)
        if (active !== before.active) expect(since).toBe(now)
        else expect(standing).toBe(before)
        if (first < 0) expect(active).toBe(before.active)
        else if (healthy[before.active] === 0) expect(active).toBe(first)
        else if (first < before.active) expect(active === first).toBe(now - before.since >= dwellMs)
        else expect(active).toBe(before.active)
      }
    }),
  )
})
