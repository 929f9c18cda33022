import { describe, expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { slowServer } from './slow-server.ts'

const seeds = [1, 2, 3]
const good = 'good (share)'

describe('one slow server of eleven', () => {
  it.each([
    ['in turn', 0.945, 0.965],
    ['by calls in flight', 0.985, 0.998],
    ['by latency', 0.999, 1],
  ])('costs who chooses %s as much as was published', async (setting, least, most) => {
    for (const figures of await figuresOf(slowServer, setting, { seeds })) {
      expect(figures[good]).toBeGreaterThanOrEqual(least)
      expect(figures[good]).toBeLessThanOrEqual(most)
    }
  })

  it('costs who has the standard preset and endpoints next to nothing', async () => {
    for (const figures of await figuresOf(slowServer, 'standard preset with endpoints', { seeds })) {
      expect(figures[good]).toBeGreaterThanOrEqual(0.999)
      expect(figures['sent (attempts a call)']).toBeLessThan(1.005)
    }
  })
})
