import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spillOver } from './spill-over.ts'
import type { GroupHealth } from './spill-over.ts'

const group: fc.Arbitrary<GroupHealth> = fc
  .constantFrom(0, 1, 2, 3, 7, 100, 500)
  .chain((total) =>
    fc.record({
      total: fc.constant(total),
      healthy: fc.oneof(fc.constantFrom(0, Math.min(1, total), total), fc.integer({ min: 0, max: total })),
      ramp: fc.constantFrom(0.1, 0.5, 1),
    }),
  )
  .map(({ total, healthy, ramp }) => ({ total, healthy, ready: healthy * ramp }))

const groups = fc.array(group, { minLength: 1, maxLength: 4 })
const panicRatio = fc.constantFrom(0.5, 1, 0.01)

test('every call goes somewhere, where there is an endpoint at all', () => {
  fc.assert(
    fc.property(groups, panicRatio, (all, ratio) => {
      const shares = spillOver(all, ratio)
      const sum = shares.reduce((left, { percent }) => left + percent, 0)
      expect(sum).toBeCloseTo(all.some(({ total }) => total > 0) ? 100 : 0)
      for (const [index, { percent, panic }] of shares.entries()) {
        const { healthy, total } = all[index] as GroupHealth
        if (percent > 0) expect(healthy > 0 || panic).toBe(true)
        if (total === 0) expect({ percent, panic }).toEqual({ percent: 0, panic: false })
      }
    }),
  )
})

test('a group gets no more than 140 calls in a hundred for the share of it that is ready, unless all together are too few', () => {
  fc.assert(
    fc.property(groups, panicRatio, (all, ratio) => {
      const shares = spillOver(all, ratio)
      const bound = ({ total, ready }: GroupHealth): number =>
        total === 0 ? 0 : Math.max(1, Math.min(100, (140 * ready) / total))
      const capacity = all.reduce((sum, each) => sum + (each.healthy > 0 ? bound(each) : 0), 0)
      if (capacity < 100) return
      const isFull = shares.map(({ percent }, index) => percent > bound(all[index] as GroupHealth) - 1 - 1e-9)
      for (const [index, { percent }] of shares.entries()) {
        // What is lost by rounding goes to the first.
        expect(percent).toBeLessThanOrEqual(bound(all[index] as GroupHealth) + all.length)
        // Nothing goes to a later group unless those before it are full.
        if (percent > 0 && index > 0) expect(isFull.slice(0, index).every(Boolean)).toBe(true)
      }
    }),
  )
})

test('where all together are too few, each group gets calls in proportion to what it is ready for', () => {
  fc.assert(
    fc.property(groups, (all) => {
      const healths = all.map(({ total, healthy, ready }) =>
        healthy === 0 ? 0 : Math.max(1, Math.min(100, Math.floor((140 * ready) / total))),
      )
      const sum = healths.reduce((left, right) => left + right, 0)
      if (sum === 0 || sum >= 100) return
      for (const [index, { percent }] of spillOver(all, 0.5).entries()) {
        const exact = ((healths[index] as number) * 100) / sum
        // What is lost by rounding goes to the first.
        expect(percent).toBeGreaterThan(exact - 1)
        expect(percent).toBeLessThan(exact + all.length)
      }
    }),
  )
})

test('one more healthy endpoint never takes calls from its group', () => {
  fc.assert(
    fc.property(groups, fc.nat(3), (all, index) => {
      const before = all[index]
      if (before === undefined || before.healthy === 0 || before.healthy === before.total) return
      const more = { ...before, healthy: before.healthy + 1, ready: before.ready + 1 }
      const percentOf = (each: readonly GroupHealth[]): number => spillOver(each, 0.5)[index]?.percent ?? 0
      const after = percentOf(all.map((each) => (each === before ? more : each)))
      // By a percent, where rounding falls otherwise.
      expect(after).toBeGreaterThanOrEqual(percentOf(all) - all.length)
    }),
  )
})
