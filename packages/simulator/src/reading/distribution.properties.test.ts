import { drawFrom } from '@holdfast/faults'
import type { Distribution } from '@holdfast/faults'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { distribution } from './distribution-shape.ts'

const number = fc.constantFrom<unknown>(
  -1,
  0,
  0.0001,
  0.001,
  0.5,
  1,
  50,
  50.1,
  1e6,
  1e6 + 1,
  2 ** 53,
  '1',
  Infinity,
)
/** Mostly what a kind is made of. */
const members = fc.constantFrom(
  ['exponential', 'meanMs'],
  ['uniform', 'leastMs', 'mostMs'],
  ['normal', 'meanMs', 'deviationMs'],
  ['lognormal', 'medianMs', 'sigma'],
  ['gamma', 'meanMs', 'shape'],
  ['pareto', 'leastMs', 'shape'],
  ['pareto', 'shape'],
  ['exponential', 'meanMs', 'shape'],
  ['odd', 'meanMs'],
)

const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.constantFrom<unknown>(null, 'odd', [], {}),
    fc.tuple(members, fc.array(number, { minLength: 2, maxLength: 2 })).map(([[kind, ...names], values]) => ({
      kind,
      ...Object.fromEntries(names.map((name, place) => [name, values[place]])),
    })),
    fc
      .array(fc.record({ ratio: fc.constantFrom<unknown>(0, 0.5, 1, 'half'), ms: tie('any') }), {
        maxLength: 3,
      })
      .map((of) => ({ kind: 'mixture', of })),
  ),
}))

function canBeDrawnFrom(given: unknown): boolean {
  try {
    drawFrom(given as Distribution, () => 0.5)
    return true
  } catch {
    return false
  }
}

it('a duration is read exactly where one can be drawn from it', () => {
  let good = 0
  fc.assert(
    fc.property(any, (given) => {
      const { success } = distribution.safeParse(given)
      expect(success).toBe(canBeDrawnFrom(given))
      if (success) good++
    }),
    { numRuns: 5_000 },
  )
  expect(good).toBeGreaterThan(100)
})
