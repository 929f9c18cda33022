import fc from 'fast-check'
import { expect, test } from 'vitest'
import { calm, recoveryMs, shedRatio, step } from './shed-level.ts'

const ranks = [0, 1, 2, 3]

const readings = fc.array(
  fc.record({
    pressure: fc.constantFrom(0, 0.79, 0.8, 0.99, 1, 1.5, 2, 100, Infinity),
    afterMs: fc.constantFrom(0, 1, 500, 1_000, 60_000),
  }),
  { maxLength: 60 },
)

test('who is more critical is refused only when all of the less critical are, and critical-plus never', () => {
  fc.assert(
    fc.property(readings, (history) => {
      let state = calm
      let now = 0
      for (const { pressure, afterMs } of history) {
        now += afterMs
        const before = state.level
        state = step(state, pressure, now)
        const ratios = ranks.map((rank) => shedRatio(state, rank))
        for (const rank of ranks.slice(1)) {
          if ((ratios[rank] as number) > 0) expect(ratios[rank - 1]).toBe(1)
        }
        expect(ratios[3]).toBe(0)
        if (pressure >= 1) expect(state.level).toBeGreaterThanOrEqual(before)
        else expect(state.level).toBeLessThanOrEqual(before)
        expect(Math.abs(state.level - before) <= 1 + 1e-9 || pressure < 1).toBe(true)
        expect(state.since === undefined).toBe(state.level === 0)
      }
    }),
  )
})

test('who is told to come back comes when the level has fallen as far, if the pressure lasted as long again, and not later', () => {
  fc.assert(
    fc.property(readings, fc.constantFrom(...ranks), (history, rank) => {
      let state = calm
      let now = 0
      for (const { pressure, afterMs } of history) {
        now += afterMs
        state = step(state, pressure, now)
      }
      const after = recoveryMs(state, rank, now)
      const fallsMs = after - (now - (state.since ?? now))
      expect(shedRatio(step(state, 0, now + fallsMs + 1), rank)).toBe(0)
      if (fallsMs > 1) expect(shedRatio(step(state, 0, now + fallsMs - 1), rank)).toBeGreaterThan(0)
    }),
  )
})
