import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptySlices, slice } from './slice.ts'
import type { SliceRecord } from './slice.ts'

const leaseMs = 3_000
const start = 1_700_000_000_000

/** Numbers around `edge`, and none. */
const around = (edge: number): fc.Arbitrary<number> =>
  fc.constantFrom(...new Set([0, 1, Math.max(0, edge - 1), edge, edge + 1, 3 * edge]))

const total = ({ slices }: SliceRecord): number =>
  Object.values(slices).reduce((sum, { permits }) => sum + permits, 0)

const asking = fc.constantFrom(1, 2, 3, 4, 5, 10).chain((limit) =>
  fc.record({
    limit: fc.constant(limit),
    steps: fc.array(
      fc.record({
        instance: fc.constantFrom('a', 'b', 'c', 'd'),
        want: around(limit),
        keep: around(limit),
        late: fc.boolean(),
        afterMs: fc.constantFrom(0, 0, 1, leaseMs / 3, leaseMs - 1, leaseMs, leaseMs + 1, 9_000, -1, -1e8),
      }),
      { maxLength: 40 },
    ),
  }),
)

test('the slices of all never exceed the limit, and nobody loses what it uses', () => {
  fc.assert(
    fc.property(asking, ({ limit, steps }) => {
      let [record, now] = [emptySlices, start]
      for (const [index, { instance, want, keep, late, afterMs }] of steps.entries()) {
        now += afterMs
        const before = record.slices[instance]?.permits ?? 0
        const stands = now < record.expiresAt && now < (record.leases[instance] ?? 0)
        const sequence = late ? 0 : index + 1
        const request = {
          type: 'slice',
          id: 'stock',
          instance,
          sequence,
          limit,
          want,
          keep,
          leaseMs,
        } as const
        const { record: after, reply } = slice(record, request, now)
        expect(total(after)).toBeLessThanOrEqual(limit)
        if (stands) expect(reply.slice).toBeGreaterThanOrEqual(Math.min(keep, before))
        if (late && stands) expect(reply.slice).toBe(before)
        expect(after.slices[instance]?.permits ?? 0).toBe(reply.slice)
        expect(reply.members).toBe(Object.keys(after.slices).length)
        const ends = Object.values(after.leases)
        expect(Object.keys(after.leases).toSorted()).toEqual(Object.keys(after.slices).toSorted())
        expect(ends.every((end) => end > now && end <= now + leaseMs && end <= after.expiresAt)).toBe(true)
        record = after
      }
    }),
    { numRuns: 1_000 },
  )
})

/** What all have after everybody has asked a few times, in any order, using nothing. */
function settled(
  limit: number,
  wants: readonly number[],
  orders: readonly (readonly number[])[],
): SliceRecord {
  let record = emptySlices
  let sequence = 0
  for (const [round, order] of orders.entries()) {
    for (const index of order) {
      const request = {
        type: 'slice',
        id: 'stock',
        instance: `instance-${index}`,
        sequence: ++sequence,
        limit,
        want: wants[index] ?? 1,
        keep: 0,
        leaseMs,
      } as const
      record = slice(record, request, start + round * 10).record
    }
  }
  return record
}

const scarce = fc
  .record({
    spare: fc.constantFrom(0, 1, 2, 7, 100),
    wants: fc.array(fc.constantFrom(1, 1, 2, 3, 10, 1_000), { minLength: 1, maxLength: 7 }),
  })
  .chain(({ spare, wants }) => {
    const all = wants.map((_, index) => index)
    const order = fc.shuffledSubarray(all, { minLength: all.length })
    const orders = fc.array(order, { minLength: 4, maxLength: 4 })
    return fc.record({ limit: fc.constant(wants.length + spare), wants: fc.constant(wants), orders })
  })

test('with one for everybody, no permit lies idle that somebody wants, and each has its share', () => {
  fc.assert(
    fc.property(scarce, ({ limit, wants, orders }) => {
      const record = settled(limit, wants, orders)
      const wanted = wants.reduce((sum, want) => sum + want, 0)
      expect(total(record)).toBe(Math.min(limit, wanted))
      const ratio = Math.min(1, (limit - wants.length) / Math.max(1, wanted - wants.length))
      for (const [index, want] of wants.entries()) {
        const permits = record.slices[`instance-${index}`]?.permits ?? 0
        expect(permits).toBeGreaterThanOrEqual(1)
        expect(Math.abs(permits - (1 + ratio * (want - 1)))).toBeLessThan(1)
      }
    }),
    { numRuns: 1_000 },
  )
})

const crowded = fc.record({ limit: fc.integer({ min: 1, max: 4 }), more: fc.integer({ min: 1, max: 4 }) })

test('with fewer permits than instances, each has one in turn', () => {
  const phases = fc.array(fc.integer({ min: 0, max: leaseMs / 3 - 1 }), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(crowded, phases, ({ limit, more }, phase) => {
      const members = limit + more
      const asks = Array.from({ length: members }, (_, index) =>
        Array.from({ length: 3 * (members + 2) }, (__, beat) => ({
          at: start + beat * (leaseMs / 3) + (phase[index] ?? 0),
          instance: `instance-${index}`,
          sequence: beat + 1,
        })),
      ).flat()
      let record = emptySlices
      const served = new Set<string>()
      for (const { at, instance, sequence } of asks.toSorted((one, other) => one.at - other.at)) {
        const request = {
          type: 'slice',
          id: 'stock',
          instance,
          sequence,
          limit,
          want: 5,
          keep: 0,
          leaseMs,
        } as const
        const step = slice(record, request, at)
        record = step.record
        if (Math.min(step.reply.slice, step.reply.target) > 0) served.add(instance)
      }
      expect(served.size).toBe(members)
    }),
  )
})

test('leases of the dead return within one lease, wherever the clock stepped meanwhile', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 10), fc.constantFrom(0, -1, -leaseMs, -1e9), (limit, stepMs) => {
      const ask = { type: 'slice', id: 'stock', limit, want: limit, keep: 0, leaseMs } as const
      const held = slice(emptySlices, { ...ask, instance: 'dead', sequence: 1 }, start).record
      const seen = slice(held, { ...ask, instance: 'live', sequence: 1 }, start + stepMs).record
      const { reply } = slice(seen, { ...ask, instance: 'live', sequence: 2 }, start + stepMs + leaseMs)
      expect(reply).toMatchObject({ slice: limit, members: 1 })
    }),
  )
})
