import { describe, expect, it } from 'vitest'
import { search } from './small-search.arbitrary.ts'
import { keyOfSlices, movesOfSlices, slicesWorld, wrongInSlices } from './small-slices.arbitrary.ts'
import type { SlicesWorld } from './small-slices.arbitrary.ts'

const worlds: Readonly<Record<string, SlicesWorld>> = {
  'one permit for two, one request lost': slicesWorld(1, 'ab', { steps: 4, lost: 1 }),
  'two permits for two, one request lost': slicesWorld(2, 'ab', { steps: 4, lost: 1 }),
  'two permits for two, one request carried out twice': slicesWorld(2, 'ab', {
    steps: 4,
    lost: 1,
    doubled: 1,
  }),
  'two permits for two, the clock set back': slicesWorld(2, 'ab', { steps: 3, setBack: 1 }),
  'two permits for three': slicesWorld(2, 'abc', { steps: 2, lost: 1 }),
}

/** So many states of each world, the nearest first. */
const maximum = 3 * Number(process.env['HOLDFAST_SEARCH_STATES'] ?? 14_000)

describe('every small world of a shared limit', () => {
  it('never has more out than the limit, in more than 100 000 states', { timeout: 300_000 }, () => {
    let states = 0
    for (const [what, start] of Object.entries(worlds)) {
      const [moves, key, wrong] = [movesOfSlices, keyOfSlices, wrongInSlices]
      const { violation, ...found } = search({ start, moves, key, wrong, maximum })
      console.log(`${what}: ${found.states} states, ${found.complete ? 'all' : `up to ${found.depth} moves`}`)
      expect({ what, violation }).toEqual({ what, violation: undefined })
      states += found.states
    }
    expect(states).toBeGreaterThan(Math.min(100_000, 3 * maximum))
  })
})
