import { expect, it } from 'vitest'
import { Tally } from './tally.ts'

it('a level stays what it was through steps in which nothing happens, while counts begin anew', () => {
  const tally = new Tally(['came', 'present'], 1_000, ['present'])
  tally.count('came', 500)
  tally.step(500).present = 3
  tally.count('came', 3_500)
  expect(tally.steps).toEqual([
    { came: 1, present: 3 },
    { came: 0, present: 3 },
    { came: 0, present: 3 },
    { came: 1, present: 3 },
  ])
  expect(tally.total['came']).toBe(2)
})
