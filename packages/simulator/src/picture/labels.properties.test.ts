import fc from 'fast-check'
import { expect, it } from 'vitest'
import { apart } from './labels.ts'

it('names keep their order, their distance and to the plot, and stand where they are wanted when they can', () => {
  const wanted = fc.array(
    fc.oneof(fc.constantFrom(-5, 0, 50, 99, 100, 120), fc.double({ min: 0, max: 100, noNaN: true })),
    {
      maxLength: 11,
    },
  )
  fc.assert(
    fc.property(wanted, (drawn) => {
      const places = apart(drawn, 0, 100, 10)
      const inOrder = drawn.map((want, index) => ({ want, place: places[index] ?? NaN }))
      inOrder.sort((one, other) => one.place - other.place)
      for (const [index, { want, place }] of inOrder.entries()) {
        const before = inOrder[index - 1]
        expect(place).toBeGreaterThan(-1e-9)
        expect(place).toBeLessThan(100 + 1e-9)
        if (before === undefined) continue
        expect(want).toBeGreaterThanOrEqual(before.want)
        expect(place - before.place).toBeGreaterThan(10 - 1e-9)
      }
      const isFree = drawn.every((want) => want >= 0 && want <= 100) && !drawn.some(isNearTo(drawn))
      if (isFree) expect(places).toEqual(drawn)
    }),
  )
})

function isNearTo(all: readonly number[]): (want: number, index: number) => boolean {
  return (want, index) => all.some((other, place) => place !== index && Math.abs(other - want) < 10)
}
