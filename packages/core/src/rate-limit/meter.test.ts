import { describe, expect, test } from 'vitest'
import { Meter } from './meter.ts'

/** Ten a second, two at once. */
const cells = { intervalMs: 100, toleranceMs: 200 }

describe('what a meter is given back', () => {
  test('counts once, though a call before it was given back too', () => {
    const meter = new Meter(cells)
    const first = meter.take(0, 1)
    const second = meter.take(0, 1)
    meter.giveBack(first, 0)
    meter.take(99, 1)
    meter.giveBack(second, 99)
    expect(Math.floor(meter.available(99))).toBe(1)
    meter.take(99, 1)
    expect(meter.waitMs(100, 1)).toBeGreaterThan(0)
  })

  test('is nothing where it was taken under other limits', () => {
    const meter = new Meter(cells)
    const taken = meter.take(0, 1)
    meter.rescale({ intervalMs: 50, toleranceMs: 100 }, 0)
    meter.giveBack(taken, 0)
    expect(Math.floor(meter.available(0))).toBe(1)
  })

  test('is nothing where it had all refilled before other limits came', () => {
    const meter = new Meter(cells)
    const taken = meter.take(0, 1)
    meter.take(1_000, 1)
    meter.rescale(cells, 1_000)
    meter.giveBack(taken, 1_000)
    expect(Math.floor(meter.available(1_000))).toBe(1)
  })
})

test('a meter is idle again when all that was used has refilled, at any time of the clock', () => {
  const meter = new Meter(cells)
  meter.take(1_000, 1)
  expect([1_000, 1_099, 1_100].map((now) => meter.idle(now))).toEqual([false, false, true])
})
