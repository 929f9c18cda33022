import { describe, expect, it } from 'vitest'
import type { BreakerPolicy } from './breaker-policy.ts'
import { Calm } from './small-calm.arbitrary.ts'
import { keyOf } from './small-key.arbitrary.ts'
import { search } from './small-search.arbitrary.ts'
import {
  closedWorld,
  movesOf,
  nothingLeft,
  openWorld,
  withLateVote,
  wrongIn,
} from './small-world.arbitrary.ts'
import type { SmallWorld } from './small-world.arbitrary.ts'

const policy: BreakerPolicy = {
  version: 0,
  bucketMs: 200,
  minimumCalls: 2,
  failureRatio: 0.5,
  burstRatio: 0.9,
  openMs: 1_000,
  maximumOpenMs: 2_000,
  probes: 2,
  probeSuccesses: 1,
  probeLeaseMs: 1_000,
  quorumRatio: 0.1,
  quorumMinimum: 2,
  quorumMaximum: 20,
}

const one = { ...policy, probes: 1 }
const both = { ...policy, probeSuccesses: 2 }
const left = nothingLeft
const threeDaysMs = 72 * 60 * 60 * 1_000

/** Worlds by what may happen in them, beside messages that come in any order, late or never. */
const worlds: Readonly<Record<string, SmallWorld>> = {
  'votes, one lost': closedWorld(one, 'ab', { ...left, calls: 3, steps: 2, lost: 1 }),
  'votes, one carried out twice': closedWorld(one, 'ab', { ...left, calls: 3, steps: 2, doubled: 1 }),
  'votes of one': closedWorld(one, 'a', { ...left, calls: 3, steps: 3 }),
  'votes of three': closedWorld(one, 'abc', { ...left, calls: 3, steps: 1 }),
  'votes, all lost at the server': closedWorld(one, 'ab', { ...left, calls: 3, steps: 2, emptied: 1 }),
  'votes on two masters': closedWorld(one, 'ab', { ...left, calls: 3, steps: 2, promoted: 1 }),
  'votes, the clock set back': closedWorld(one, 'ab', { ...left, calls: 3, steps: 2, setBack: 1 }),
  'one probe, lost and carried out twice': openWorld(one, 'ab', { ...left, steps: 4, lost: 1, doubled: 1 }),
  'two probes, one lost': openWorld(policy, 'ab', { ...left, steps: 3, lost: 1, looks: 1 }),
  'two probes, one carried out twice': openWorld(both, 'ab', { ...left, steps: 3, doubled: 1 }),
  'probes of three': openWorld(both, 'abc', { ...left, steps: 2 }),
  'probes, all lost at the server': openWorld(one, 'ab', { ...left, steps: 3, emptied: 1 }),
  'probes on two masters': openWorld(one, 'ab', { ...left, steps: 2, promoted: 1, looks: 1 }),
  'probes, the clock set back': openWorld(one, 'ab', { ...left, steps: 2, setBack: 1 }),
  'an old vote comes late': withLateVote(openWorld(one, 'ab', { ...left, steps: 2 })),
  'the clock set back, and all lost': openWorld(one, 'ab', { ...left, steps: 2, setBack: 1, emptied: 1 }),
  'the clock three days ahead, and all lost': {
    ...openWorld(one, 'ab', { ...left, calls: 1, steps: 2, setBack: 1, emptied: 1 }),
    backMs: threeDaysMs,
  },
}

/** So many states of each world, the nearest first. */
const maximum = Number(process.env['HOLDFAST_SEARCH_STATES'] ?? 14_000)

/** How many states were looked at; the invariants hold in each, and it comes to rest. */
function looked(what: string, start: SmallWorld): number {
  const calm = new Calm()
  const wrong = (world: SmallWorld): string | undefined => wrongIn(world) ?? calm.wrong(world)
  const { violation, ...found } = search({ start, moves: movesOf, key: keyOf, wrong, maximum })
  console.log(`${what}: ${found.states} states, ${found.complete ? 'all' : `up to ${found.depth} moves`}`)
  expect({ what, violation }).toEqual({ what, violation: undefined })
  return found.states
}

describe('every small world of a shared circuit', () => {
  it('keeps the invariants and comes to rest, from more than 200 000 states', { timeout: 300_000 }, () => {
    let states = 0
    for (const [what, start] of Object.entries(worlds)) states += looked(what, start)
    console.log(`${states} states`)
    expect(states).toBeGreaterThan(Math.min(200_000, 10 * maximum))
  })
})
