import { describe, expect, it } from 'vitest'
import { changesBetween } from './change.ts'
import type { Circuit, Fleet } from './fleet.ts'

const closed: Circuit = {
  name: 'inventory',
  id: 'inventory',
  state: 'closed',
  remainingMs: 0,
  openings: 0,
  override: null,
  problem: null,
}
const override = { state: 'shadow', remainingMs: 5_000, by: 'ann', why: 'look' } as const
const said: Circuit = { ...closed, override }
const open: Circuit = { ...closed, state: 'open', remainingMs: 5_000, openings: 1 }

const fleet = (...circuits: readonly Circuit[]): Fleet => ({ instances: 1, circuits, others: [] })

describe('what has changed', () => {
  it('is everything at first', () => {
    expect(changesBetween(undefined, fleet(closed))).toEqual([
      { type: 'fleet', instances: 1 },
      { type: 'circuit', ...closed },
    ])
  })

  it('is nothing where only time has passed', () => {
    expect(changesBetween(fleet(open), fleet({ ...open, remainingMs: 4_000 }))).toEqual([])
    const later = { ...override, remainingMs: 4_000 }
    expect(changesBetween(fleet(said), fleet({ ...said, override: later }))).toEqual([])
  })

  it.each([
    ['its state', closed, open],
    ['how long it is open', open, { ...open, remainingMs: 5_001 }],
    ['how often it has opened', open, { ...open, openings: 2 }],
    ['that it can be read', closed, { ...closed, state: 'unreadable', problem: 'wrong type' }],
    ['that something is said of it', closed, said],
    ['that nothing is said any more', said, closed],
    ['what is said', said, { ...said, override: { ...override, state: 'open' } }],
    ['by whom', said, { ...said, override: { ...override, by: 'bob' } }],
    ['why', said, { ...said, override: { ...override, why: 'else' } }],
    ['for how long', said, { ...said, override: { ...override, remainingMs: 5_001 } }],
  ] as const)('is %s', (_, before, now) => {
    expect(changesBetween(fleet(before), fleet(now))).toEqual([{ type: 'circuit', ...now }])
  })

  it('is how many instances there are, and which circuits are gone', () => {
    expect(changesBetween(fleet(closed), { ...fleet(), instances: 2 })).toEqual([
      { type: 'fleet', instances: 2 },
      { type: 'gone', name: 'inventory', id: 'inventory' },
    ])
  })
})
