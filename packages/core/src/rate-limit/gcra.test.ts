import { describe, expect, test } from 'vitest'
import { available, rescaled, taken, waitMs } from './gcra.ts'

/** Ten a second, five at once. */
const cells = { intervalMs: 100, toleranceMs: 500 }

describe('the cell rate algorithm', () => {
  test('nothing waits while the burst lasts', () => {
    expect(waitMs(0, 0, 5, cells)).toBe(0)
    expect(waitMs(400, 0, 1, cells)).toBe(0)
  })

  test('beyond the burst a cell waits until it conforms', () => {
    expect(waitMs(500, 0, 1, cells)).toBe(100)
    expect(waitMs(500, 30, 1, cells)).toBe(70)
    expect(waitMs(500, 0, 3, cells)).toBe(300)
  })

  test('what rounding leaves over is no wait', () => {
    const third = { intervalMs: 1_000 / 3, toleranceMs: 1_000 }
    let arrival = 0
    for (let each = 0; each < 3; each++) arrival = taken(arrival, 0, 1, third)
    expect(waitMs(arrival, 1_000 / 3, 1, third)).toBe(0)
  })

  test('taking moves the theoretical arrival on, from now at the earliest', () => {
    expect(taken(0, 0, 1, cells)).toBe(100)
    expect(taken(100, 50, 2, cells)).toBe(300)
    expect(taken(100, 1e6, 1, cells)).toBe(1e6 + 100)
  })

  test('what is available is what could be taken now', () => {
    expect(available(0, 0, cells)).toBeCloseTo(5)
    expect(available(250, 0, cells)).toBeCloseTo(2.5)
    expect(available(900, 0, cells)).toBe(0)
  })

  test('under other limits as many cells stay taken, at most the new burst', () => {
    expect(rescaled(200, 0, cells, { intervalMs: 10, toleranceMs: 500 })).toBe(20)
    expect(rescaled(200, 0, cells, { intervalMs: 1_000, toleranceMs: 1_500 })).toBe(1_500)
    expect(rescaled(0, 700, cells, { intervalMs: 10, toleranceMs: 10 })).toBe(700)
  })
})
