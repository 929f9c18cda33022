import { describe, expect, test } from 'vitest'
import { byDurations } from './duration-machine.ts'
import type { DurationState } from './duration-machine.ts'
import type { LimitBounds, LimitWindow } from './limit-machine.ts'

const { first, limitOf, longestMsOf, step } = byDurations

const bounds: LimitBounds = { initial: 20, minimum: 1, maximum: 1_000 }
const none = { calls: 0, totalMs: 0 }

/** One that has learned that a call takes 10 ms. */
const learned: DurationState = { ...first(bounds), baselineMs: 10 }

/** A hundred calls of so many milliseconds beside as many as may run, none of them light. */
const busy = (meanMs: number, changes: Partial<LimitWindow> = {}): LimitWindow => ({
  served: { calls: 100, totalMs: 100 * meanMs },
  light: none,
  dropped: none,
  peak: 20,
  ...changes,
})

const light = { calls: 10, totalMs: 100 }

test('a call counts as eight light ones at most, once it is known how long those take', () => {
  expect(longestMsOf(first(bounds))).toBe(Infinity)
  expect(longestMsOf(learned)).toBe(80)
  expect(longestMsOf({ ...learned, baselineMs: 0.1 })).toBe(8)
})

test('a limit moves from where half of it is used', () => {
  expect(step(learned, busy(10, { peak: 9 }), bounds).size).toBe(20)
  expect(step(learned, busy(10, { peak: 10 }), bounds).size).toBeGreaterThan(20)
})

test('a limit that grows though calls are dropped grows no faster for it', () => {
  const lost = { calls: 30, totalMs: 0 }
  const dropped = step(learned, busy(10, { served: { calls: 70, totalMs: 700 }, dropped: lost }), bounds)
  const wanted = (20 * 1.5 + Math.sqrt(20)) * 0.7
  expect(dropped.size).toBeCloseTo(20 + (wanted - 20) * 0.2)
})

describe('the largest limit', () => {
  test('is kept until light calls have been seen', () => {
    const larger = step(learned, busy(10), bounds)
    expect(larger.reference).toBe(larger.size)
    expect(step({ ...learned, reference: 30 }, busy(10), bounds).reference).toBe(30)
  })

  test('is then forgotten, unless the limit has shrunk to half of it, where all calls look light', () => {
    const referenceOf = (size: number): number => {
      const idle = { served: light, light, dropped: none, peak: 1 }
      return step({ ...learned, size, reference: 40 }, idle, bounds).reference
    }
    expect(referenceOf(21)).toBe(21)
    expect(referenceOf(20)).toBe(40)
  })
})

describe('after twenty windows without light calls', () => {
  const waiting: DurationState = { ...learned, age: 19 }

  test('the limit is halved to get some, and not sooner', () => {
    const lowered = step(waiting, busy(15), bounds)
    expect(lowered).toMatchObject({ probing: true, age: 0, reference: lowered.size })
    expect(limitOf(lowered, bounds)).toBe(Math.floor(lowered.size / 2))
    expect(step({ ...waiting, age: 18 }, busy(15), bounds).probing).toBe(false)
  })

  test('it is not where fewer than the limit run, nor where it is too small to be halved', () => {
    expect(step(waiting, busy(15, { peak: 20 }), bounds).probing).toBe(true)
    expect(step(waiting, busy(15, { peak: 19 }), bounds).probing).toBe(false)
    // Bounded, so that it is of that size after the window too.
    const probesAt = (maximum: number): boolean =>
      step({ ...waiting, size: maximum }, busy(15), { ...bounds, maximum }).probing
    expect([probesAt(1), probesAt(2)]).toEqual([false, true])
  })

  test('it is until there were some, or for five windows', () => {
    const lowered: DurationState = { ...waiting, probing: true, age: 0 }
    expect(step(lowered, busy(10, { light }), bounds)).toMatchObject({ probing: false, size: 20 })
    let state = lowered
    const probing = [1, 2, 3, 4, 5].map(() => {
      state = step(state, busy(15), bounds)
      return state.probing
    })
    expect(probing).toEqual([true, true, true, true, false])
  })
})
