import { expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { fleetTroubles } from './fleet-troubles.ts'

it.each(['one sick instance', 'store gone', 'store stalls', 'store emptied'])(
  '%s costs no well instance anything',
  async (trouble) => {
    for (const figures of await figuresOf(fleetTroubles, `standard preset, shared, ${trouble}`, {
      seeds: [1, 2, 3],
    })) {
      expect(figures['circuits of well instances opened']).toBe(0)
      expect(figures['calls of well instances failed']).toBe(0)
    }
  },
)
