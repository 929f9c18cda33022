import { describe, expect, it } from 'vitest'
import type { Entry, EntryOf } from './entry.ts'
import { missedTrips, violations } from './laws.ts'
import { rules } from './setting.ts'

const applied = (at: number, instance: string, epoch: number, state: 'closed' | 'open'): Entry => ({
  kind: 'applied',
  at,
  instance,
  epoch,
  state,
  alone: false,
})
const granted = (instance: string, epoch: number, first: number, tokens = 1): Entry => ({
  kind: 'granted',
  at: 0,
  instance,
  epoch,
  first,
  tokens,
})
const probed = (instance: string, epoch: number, probe: number): Entry => ({
  kind: 'probed',
  at: 1,
  instance,
  epoch,
  probe,
})

/** A flush of `failures` calls of epoch 7, after which the circuit was as said. */
function flushed(
  instance: string,
  at: number,
  failures: number,
  reply: Partial<NonNullable<EntryOf<'flushed'>['reply']>>,
): Entry {
  const after = { epoch: 7, state: 'closed', dropped: 'none', successes: 0, failures, ...reply } as const
  return { kind: 'flushed', at, sentAt: at, instance, claimed: 7, successes: 0, failures, reply: after }
}

const broken = (...entries: Entry[]): readonly string[] =>
  violations(entries, rules).map((text) => text.split(' ')[0] ?? '')

describe('what instances have seen breaks a law', () => {
  it('where one goes back to an older epoch, unless it is led back by days', () => {
    expect(broken(applied(1, 'a', 8, 'open'), applied(2, 'a', 7, 'closed'))).toEqual(['S1'])
    expect(broken(applied(1, 'a', 1e9, 'open'), applied(2, 'a', 7, 'closed'))).toEqual([])
  })

  it('where one epoch has two states', () => {
    expect(broken(applied(1, 'a', 8, 'open'), applied(2, 'b', 8, 'closed'))).toEqual(['S2'])
  })

  it('where an epoch has one probe too many, or one is used twice or by somebody else', () => {
    const four = [1, 2, 3, 4].map((token) => probed('a', 7, token))
    expect(broken(granted('a', 7, 1, 3), ...four.slice(0, 3))).toEqual([])
    expect(broken(granted('a', 7, 1, 4), ...four)).toEqual(['S3'])
    expect(broken(granted('a', 7, 1), probed('a', 7, 1), probed('a', 7, 1))).toEqual(['S3'])
    expect(broken(granted('a', 7, 1), probed('b', 7, 1))).toEqual(['S3'])
    expect(broken(granted('a', 7, 1), granted('b', 7, 1))).toEqual(['S3'])
  })

  it('where calls of an epoch that is over are counted', () => {
    expect(broken(flushed('a', 1, 5, { epoch: 9 }))).toEqual(['S4'])
    expect(broken(flushed('a', 1, 5, { epoch: 9, dropped: 'epoch' }))).toEqual([])
  })

  it('where a fleet opens for too few failures, or for those of one instance', () => {
    const opens = { epoch: 9, state: 'open' } as const
    expect(broken(flushed('a', 1, 5, {}), flushed('b', 2, 5, opens))).toEqual([])
    expect(broken(flushed('a', 1, 5, {}), flushed('b', 2, 4, opens))).toEqual(['S6'])
    expect(broken(flushed('a', 1, 5, {}), flushed('a', 2, 15, opens))).toEqual(['S6'])
  })

  it('not where one that has counted nothing is told of an opening that others brought about', () => {
    const opens = { epoch: 8, state: 'open' } as const
    expect(broken(flushed('a', 1, 0, opens))).toEqual([])
    expect(broken(flushed('a', 1, 1, opens))).toEqual(['S6'])
  })

  it('where a fleet does not open though enough of it has failed', () => {
    const told = ['a', 'b', 'c', 'd'].map((each, at) => flushed(each, at, 5, { failures: 5 * at + 5 }))
    const last = flushed('e', 5, 5, { failures: 25 })
    expect(missedTrips([...told, last], rules, 4)).toHaveLength(1)
    expect(missedTrips([...told.slice(1), last], rules, 4)).toEqual([])
  })

  it('where anything else happened that must not', () => {
    expect(broken({ kind: 'odd', at: 1, instance: 'a', text: 'a call had to wait' })).toEqual(['S10'])
  })
})
