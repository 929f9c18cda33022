import { expect, it } from 'vitest'
import { figuresOf } from './figures.ts'

it('compares round by round, so that what slows a whole round down is in no difference', () => {
  const [bare, other] = figuresOf(
    new Map([
      ['bare', [10, 30, 10, 20, 10]],
      ['other', [12, 36, 12, 24, 12]],
    ]),
  )
  expect(bare).toEqual({ subject: 'bare', us: 10, ratio: 1, addedUs: 0, addedBetweenUs: [0, 0] })
  expect(other).toEqual({ subject: 'other', us: 12, ratio: 1.2, addedUs: 2, addedBetweenUs: [2, 4] })
})
