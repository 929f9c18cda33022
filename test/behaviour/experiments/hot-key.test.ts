import { describe, expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { hotKey } from './hot-key.ts'

const others = 'good, other keys (share)'

describe('a key that is asked for a hundred times as often', () => {
  it('costs the others nothing with a hot key limit', async () => {
    for (const figures of await figuresOf(hotKey, 'standard preset with a hot key limit')) {
      expect(figures[others]).toBeGreaterThanOrEqual(0.999)
      expect(figures['good, hot key (share)']).toBeGreaterThan(0.35)
    }
  })

  it('costs them half of their calls without', async () => {
    const [figures] = await figuresOf(hotKey, 'standard preset', { seeds: [1] })
    expect(figures?.[others]).toBeLessThan(0.6)
  })
})
