import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moments, ticksBetween, ticksTo } from './ticks.ts'

/** Powers of ten and what is just beside them, as well as anything else. */
const amount = fc.oneof(
  fc
    .tuple(fc.constantFrom(0.999, 1, 1.001, 2, 5, 9.99), fc.integer({ min: -6, max: 9 }))
    .map(([factor, power]) => factor * 10 ** power),
  fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
)
const wanted = fc.integer({ min: 2, max: 12 })

/** The digits that it is written with. */
const digitsOf = (value: number): string => value.toExponential().replace(/e.*/, '')

describe('the marks of an axis', () => {
  it('go from 0 to no less than the most, evenly, and are not many more than wanted', () => {
    fc.assert(
      fc.property(amount, wanted, (most, count) => {
        const ticks = ticksTo(most, count)
        const step = ticks[1] ?? 0
        expect(ticks[0]).toBe(0)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-8))
        expect(ticks.at(-2)).toBeLessThan(most)
        expect(ticks.length).toBeLessThanOrEqual(count + 1)
        expect(['1', '2', '5']).toContain(digitsOf(step))
        for (const [index, tick] of ticks.entries()) expect(tick).toBeCloseTo(index * step, 6)
      }),
    )
  })

  it('where each step multiplies, hold all that is between, and are round', () => {
    fc.assert(
      fc.property(amount, amount, (one, other) => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)]
        const ticks = ticksBetween(least, most)
        expect(ticks[0]).toBeLessThanOrEqual(least * (1 + 1e-8))
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-8))
        for (const tick of ticks) expect(['1', '2', '5']).toContain(digitsOf(tick))
        expect(ticks).toEqual(ticks.toSorted((a, b) => a - b))
      }),
    )
  })

  it('of time begin at 0, end within the span, and are neither few nor many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), wanted, (durationMs, count) => {
        const marks = moments(durationMs, count)
        const step = (marks[1] ?? durationMs) - (marks[0] ?? 0)
        expect(marks[0]).toBe(0)
        expect(marks.at(-1)).toBeLessThanOrEqual(durationMs)
        expect(durationMs - (marks.at(-1) ?? 0)).toBeLessThan(step + 1)
        expect(marks.length).toBeLessThanOrEqual(count + 1)
        expect(marks.length).toBeGreaterThan(count / 3)
      }),
    )
  })
})
