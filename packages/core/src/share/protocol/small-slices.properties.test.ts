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
  it.each(Object.entries(worlds))('never has more out than the limit: %s', (what, start) => {
    const { violation, ...found } = search({
      start,
      moves: movesOfSlices,
      key: keyOfSlices,
      wrong: wrongInSlices,
      maximum,
    })
    console.log(`${what}: ${found.states} states, ${found.complete ? 'all' : `up to ${found.depth} moves`}`)
    expect(violation).toBeUndefined()
    expect(found.complete || found.states >= maximum).toBe(true)
  })
})
