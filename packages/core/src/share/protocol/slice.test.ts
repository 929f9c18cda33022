import { describe, expect, test } from 'vitest'
import { emptySlices, slice } from './slice.ts'
import type { SliceRecord, SliceReply, SliceRequest } from './slice.ts'

/** A server's bulkhead of ten permits, whose slices are leased for three seconds. */
class Bulkhead {
  record: SliceRecord = emptySlices
  now = 1_700_000_000_000
  #sequence = 0

  ask(instance: string, want: number, given: Partial<SliceRequest> = {}): SliceReply {
    const limits = { limit: 10, keep: 0, leaseMs: 3_000, sequence: ++this.#sequence }
    const request = { type: 'slice', id: 'stock', instance, want, ...limits, ...given } as const
    const { record, reply } = slice(this.record, request, this.now)
    this.record = record
    return reply
  }

  get permits(): Readonly<Record<string, number>> {
    const slices = Object.entries(this.record.slices)
    return Object.fromEntries(slices.map(([name, { permits }]) => [name, permits]))
  }
}

describe('slices of a bulkhead', () => {
  test('all have what they want while there is enough', () => {
    const bulkhead = new Bulkhead()
    expect(bulkhead.ask('a', 4)).toMatchObject({ slice: 4, target: 4, members: 1, coarse: false })
    expect(bulkhead.ask('b', 6)).toMatchObject({ slice: 6, target: 6, members: 2 })
  })

  test('a newcomer waits until the others have left it its share', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 0, target: 5 })
    expect(bulkhead.ask('a', 10)).toMatchObject({ slice: 5, target: 5 })
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 5, target: 5 })
  })

  test('permits in use stay with whoever uses them, though it is told to admit less', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    bulkhead.ask('b', 10)
    expect(bulkhead.ask('a', 10, { keep: 8 })).toMatchObject({ slice: 8, target: 5 })
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 2, target: 5 })
  })

  test('who uses permits that a server has lost has just those until all have spoken', () => {
    const bulkhead = new Bulkhead()
    expect(bulkhead.ask('a', 10, { keep: 6 })).toMatchObject({ slice: 6, target: 6 })
    expect(bulkhead.ask('b', 10, { keep: 4 })).toMatchObject({ slice: 4, target: 4 })
    expect(bulkhead.ask('c', 10)).toMatchObject({ slice: 0 })
    expect(bulkhead.ask('a', 10, { keep: 6 })).toMatchObject({ slice: 6, target: 3 })
  })

  test('no more of them than are left', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10, { keep: 8 })
    expect(bulkhead.ask('b', 10, { keep: 4 })).toMatchObject({ slice: 2, target: 2 })
  })

  test('what is scarce is shared in proportion, after one permit for each', () => {
    const bulkhead = new Bulkhead()
    const wants = { a: 1, b: 5, c: 13 }
    for (const [name, want] of [...Object.entries(wants), ...Object.entries(wants)]) bulkhead.ask(name, want)
    expect(bulkhead.permits).toEqual({ a: 1, b: 3, c: 6 })
  })

  test('what rounding leaves over is given out', () => {
    const bulkhead = new Bulkhead()
    for (const name of ['a', 'b', 'c', 'a', 'b', 'c']) bulkhead.ask(name, 7)
    expect(Object.values(bulkhead.permits).toSorted()).toEqual([3, 3, 4])
  })

  test('permits of the silent come back when their lease ends', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    bulkhead.now += 2_999
    expect(bulkhead.ask('b', 4)).toMatchObject({ slice: 0, members: 2 })
    bulkhead.now += 1
    expect(bulkhead.ask('b', 4)).toMatchObject({ slice: 4, members: 1 })
  })

  test('whoever leaves gives back at once, except what it uses yet', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    expect(bulkhead.ask('a', 0, { keep: 3 })).toMatchObject({ slice: 3, target: 0, members: 1 })
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 7 })
    expect(bulkhead.ask('a', 0)).toMatchObject({ slice: 0, members: 1 })
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 10 })
    bulkhead.ask('b', 0)
    expect(bulkhead.record).toEqual(emptySlices)
  })

  test('what those who leave use yet is not given to others twice', () => {
    const bulkhead = new Bulkhead()
    const leaving = ['a', 'b', 'c', 'd', 'e']
    for (const name of leaving) bulkhead.ask(name, 1)
    for (const name of leaving) bulkhead.ask(name, 0, { keep: 1 })
    bulkhead.ask('f', 10)
    bulkhead.ask('g', 10)
    expect(bulkhead.ask('f', 10)).toMatchObject({ slice: 3, target: 3 })
    expect(bulkhead.ask('g', 10)).toMatchObject({ slice: 2, target: 2 })
  })

  test('where there is not one permit for everybody, whole ones go round', () => {
    const bulkhead = new Bulkhead()
    bulkhead.now = 3_000
    const turns: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      // The first asks before the last has dropped its permit, and again after that.
      for (const name of ['a', 'b', 'c', 'a', 'b', 'c']) bulkhead.ask(name, 1, { limit: 1 })
      turns.push(...Object.keys(bulkhead.permits).filter((name) => bulkhead.permits[name] === 1))
      bulkhead.now += 3_000 - 1
      for (const name of ['a', 'b', 'c']) bulkhead.ask(name, 1, { limit: 1 })
      bulkhead.now += 1
    }
    expect(turns).toEqual(['c', 'b', 'a'])
  })

  test('it is never the turn of more than there are permits for, though their leases differ', () => {
    const bulkhead = new Bulkhead()
    const leases = { a: 3_000, b: 5_000, c: 7_000 }
    const ask = (): readonly number[] =>
      Object.entries(leases).map(([name, leaseMs]) => bulkhead.ask(name, 1, { limit: 1, leaseMs }).target)
    ask()
    for (let step = 0; step < 30; step++) {
      bulkhead.now += 1_000
      expect(ask().toSorted()).toEqual([0, 0, 1])
    }
  })

  test('less than two permits a member is coarse', () => {
    const bulkhead = new Bulkhead()
    expect(bulkhead.ask('a', 1, { limit: 3 }).coarse).toBe(false)
    expect(bulkhead.ask('b', 1, { limit: 3 }).coarse).toBe(true)
  })

  test('a request that comes late changes nothing', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 8, { sequence: 2 })
    expect(bulkhead.ask('a', 1, { sequence: 1 })).toMatchObject({ slice: 8, target: 8 })
    expect(bulkhead.permits).toEqual({ a: 8 })
  })

  test('after the clock has stepped back, permits of the dead return within a lease', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    bulkhead.now -= 3_600_000
    expect(bulkhead.ask('b', 1)).toMatchObject({ slice: 0 })
    bulkhead.now += 3_000
    expect(bulkhead.ask('b', 1)).toMatchObject({ slice: 1 })
  })

  test('a shorter lease of one does not cut the longer one of another', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10, { leaseMs: 9_000 })
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 0 })
    bulkhead.now += 8_999
    expect(bulkhead.ask('b', 10)).toMatchObject({ slice: 0 })
  })

  test('who has permits and whose lease was lost keeps them for a lease', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    bulkhead.record = { ...bulkhead.record, leases: {}, leasesExpireAt: 0 }
    expect(bulkhead.ask('b', 1)).toMatchObject({ slice: 0, members: 2 })
    bulkhead.now += 3_000
    expect(bulkhead.ask('b', 1)).toMatchObject({ slice: 1, members: 1 })
  })

  test('a lower limit is reached as the permits come back', () => {
    const bulkhead = new Bulkhead()
    bulkhead.ask('a', 10)
    expect(bulkhead.ask('a', 10, { limit: 4, keep: 7 })).toMatchObject({ slice: 7, target: 4 })
    expect(bulkhead.ask('b', 10, { limit: 4 })).toMatchObject({ slice: 0, target: 2 })
  })
})
