import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byDrops } from './drop-machine.ts'
import type { DropState } from './drop-machine.ts'
import type { LimitBounds, LimitWindow } from './limit-machine.ts'

const bounds: LimitBounds = { initial: 100, minimum: 1, maximum: 100 }
const sizes = fc.constantFrom(1, 1.9, 2, 20, 99, 100)
const peaks = fc.constantFrom(1, 2, 10, 50, 100)
const droppedMs = fc.constantFrom(0, 1, 100, 500, 2_500)

const states: fc.Arbitrary<DropState> = fc.record({
  size: sizes,
  probing: fc.constant(false),
  servedMs: fc.constantFrom(undefined, 0, 1, 20, 125, 2_500),
  droppedMs: fc.option(droppedMs, { nil: undefined }),
})

function windowOf(
  served: number,
  servedMs: number,
  dropped: number,
  lostMs: number,
  peak = 100,
): LimitWindow {
  return {
    served: { calls: served, totalMs: served * servedMs },
    light: { calls: 0, totalMs: 0 },
    dropped: { calls: dropped, totalMs: dropped * lostMs },
    peak,
  }
}

test('as long as nothing is dropped a limit never shrinks, however slow calls are', () => {
  const durations = fc.constantFrom(0, 1, 20, 1e5)
  fc.assert(
    fc.property(states, durations, fc.constantFrom(1, 5, 100), peaks, (state, servedMs, calls, peak) => {
      const { size } = byDrops.step(state, windowOf(calls, servedMs, 0, 0, peak), bounds)
      expect(size).toBeGreaterThanOrEqual(state.size)
    }),
  )
})

test('what is dropped beside quick calls never shrinks it: fewer calls would not mend that', () => {
  fc.assert(
    fc.property(states, droppedMs, fc.constantFrom(1, 4, 99), (state, lostMs, dropped) => {
      const quickMs = lostMs / 4 - 0.01
      fc.pre(quickMs >= 0)
      const { size } = byDrops.step(state, windowOf(1, quickMs, dropped, lostMs), bounds)
      expect(size).toBeGreaterThanOrEqual(state.size)
      const silent = byDrops.step({ ...state, servedMs: quickMs }, windowOf(0, 0, dropped, lostMs), bounds)
      expect(silent.size).toBeGreaterThanOrEqual(state.size)
    }),
  )
})

test('where calls were slow, a window in which all are dropped leaves half of those that ran', () => {
  fc.assert(
    fc.property(states, droppedMs, peaks, (state, lostMs, peak) => {
      const slow = { ...state, servedMs: lostMs / 4 }
      const { size } = byDrops.step(slow, windowOf(0, 0, 5, lostMs, peak), bounds)
      expect(size).toBe(Math.max(1, Math.min(state.size, peak) / 2))
    }),
  )
})

test('where calls are slow, the more of a window is dropped, the smaller is the limit after it', () => {
  const shares = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 100 }))
  fc.assert(
    fc.property(states, shares, peaks, (state, [one, other], peak) => {
      const slow: DropState = { ...state, servedMs: 300, droppedMs: 500 }
      const after = (dropped: number): number =>
        byDrops.step(slow, windowOf(100 - dropped, 300, dropped, 500, peak), bounds).size
      expect(after(Math.max(one, other))).toBeLessThanOrEqual(after(Math.min(one, other)) + 1e-9)
    }),
  )
})

test('where calls are slow, it grows more slowly than where they are quick', () => {
  fc.assert(
    fc.property(states, peaks, (state, peak) => {
      const known = { ...state, droppedMs: 500 }
      const grown = (servedMs: number): number =>
        byDrops.step(known, windowOf(10, servedMs, 0, 0, peak), bounds).size
      expect(grown(125)).toBeLessThanOrEqual(grown(124))
      if (peak >= state.size / 2 && state.size < 99) expect(grown(125)).toBeLessThan(grown(124))
      else expect(grown(124)).toBeGreaterThanOrEqual(state.size)
    }),
  )
})
