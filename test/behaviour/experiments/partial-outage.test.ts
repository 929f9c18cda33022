import { describe, expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { partialOutage } from './partial-outage.ts'

describe('the standard preset', () => {
  const good = 'good (share)'

  it.each([5, 10, 15, 20])('costs nobody an answer where %d in a hundred fail', async (percent) => {
    const [bare] = await figuresOf(partialOutage, `no policy, ${percent} % fail`, { seeds: [1] })
    expect(bare?.[good]).toBeCloseTo(1 - percent / 100, 1)
    for (const figures of await figuresOf(partialOutage, `standard preset, ${percent} % fail`))
      expect(figures[good]).toBeGreaterThan(0.95 * (bare?.[good] ?? NaN))
  })

  it('keeps what no policy would keep where half fail', async () => {
    for (const figures of await figuresOf(partialOutage, 'standard preset, 50 % fail'))
      expect(figures[good]).toBeGreaterThan(0.95 * 0.5)
  })

  it('sends next to nothing where all fail', async () => {
    for (const figures of await figuresOf(partialOutage, 'standard preset, 100 % fail'))
      expect(figures['sent (attempts a call)']).toBeLessThan(0.15)
  })
})
