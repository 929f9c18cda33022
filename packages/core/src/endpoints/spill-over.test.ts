import { describe, expect, it } from 'vitest'
import { spillOver } from './spill-over.ts'
import type { GroupHealth } from './spill-over.ts'

/** A group of a hundred endpoints of which so many are healthy. */
const group = (healthy: number): GroupHealth => ({ total: 100, healthy, ready: healthy })
const spread = (...healthy: number[]) => {
  const shares = spillOver(healthy.map(group), 0.5)
  return [shares.map(({ percent }) => percent), shares.map(({ panic }) => panic)]
}

describe('calls spill over to the next group', () => {
  it.each([
    { healthy: [100, 100], percents: [100, 0], panics: [false, false] },
    { healthy: [72, 100], percents: [100, 0], panics: [false, false] },
    { healthy: [71, 100], percents: [99, 1], panics: [false, false] },
    { healthy: [50, 100], percents: [70, 30], panics: [false, false] },
    { healthy: [25, 100], percents: [35, 65], panics: [false, false] },
    { healthy: [25, 25], percents: [50, 50], panics: [true, true] },
    { healthy: [0, 100], percents: [0, 100], panics: [false, false] },
    { healthy: [0, 25], percents: [0, 100], panics: [true, true] },
    { healthy: [50, 0], percents: [100, 0], panics: [false, true] },
    { healthy: [25, 25, 100], percents: [35, 35, 30], panics: [false, false, false] },
  ])('as Envoy’s do: $healthy healthy gives $percents', ({ healthy, percents, panics }) => {
    expect(spread(...healthy)).toEqual([percents, panics])
  })

  it('and are spread by size where nobody is healthy', () => {
    const dead = [3, 1].map((total) => ({ total, healthy: 0, ready: 0 }))
    expect(spillOver(dead, 0.5)).toEqual([
      { percent: 75, panic: true },
      { percent: 25, panic: true },
    ])
    expect(spillOver(dead, 0).map(({ percent }) => percent)).toEqual([0, 0])
  })

  it('while endpoints come back, with no panic about it', () => {
    const [first, second] = spillOver([{ total: 1, healthy: 1, ready: 0.1 }, group(100)], 0.5)
    expect([first, second]).toEqual([
      { percent: 14, panic: false },
      { percent: 86, panic: false },
    ])
  })
})
