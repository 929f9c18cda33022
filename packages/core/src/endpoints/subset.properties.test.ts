import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { subsetOf } from './subset.ts'
import type { SubsetOptions } from './subset.ts'

interface Weighed {
  readonly id: string
  readonly weight: number
}

const group: fc.Arbitrary<readonly Weighed[]> = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), weight: fc.constantFrom(0, 1, 3) }),
  { selector: ({ id }) => id, maxLength: 20 },
)
const subset: fc.Arbitrary<SubsetOptions> = fc.record({
  key: fc.string({ minLength: 1 }),
  size: around(10).filter((size) => size > 0),
})
const used = (all: readonly Weighed[], options: SubsetOptions): readonly string[] =>
  subsetOf(all, options).map(({ id }) => id)

test('a client uses the same endpoints of a group in whatever order: as many as it should, or all that weigh anything', () => {
  const orders = group.chain((all) => fc.tuple(fc.constant(all), shuffled(all)))
  fc.assert(
    fc.property(orders, subset, ([all, otherwise], options) => {
      const useful = all.filter(({ weight }) => weight > 0).map(({ id }) => id)
      const ids = used(all, options)
      expect(used(otherwise, options)).toEqual(ids)
      expect(new Set(ids).size).toBe(Math.min(options.size, useful.length))
      expect(useful).toEqual(expect.arrayContaining([...ids]))
    }),
  )
})

test('an endpoint that comes or goes changes the subsets that it is or was in, by one endpoint, and no others', () => {
  fc.assert(
    fc.property(group, subset, (all, options) => {
      const before = used(all, options)
      for (const gone of all) {
        const after = used(
          all.filter((each) => each !== gone),
          options,
        )
        const lost = before.filter((id) => !after.includes(id))
        const gained = after.filter((id) => !before.includes(id))
        expect(lost).toEqual(before.includes(gone.id) ? [gone.id] : [])
        expect(gained.length).toBeLessThanOrEqual(lost.length)
      }
    }),
  )
})

test('one place more is one endpoint more, and the others stay', () => {
  fc.assert(
    fc.property(group, subset, (all, { key, size }) => {
      expect(used(all, { key, size: size + 1 }).slice(0, size)).toEqual(used(all, { key, size }))
    }),
  )
})

/** Names as they are given: alike but for their ends. */
const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, place) => `${prefix}${place}`)

/** Further than this from its mean a count is by chance once in hundreds of millions. */
const deviations = 6

test('of many clients each endpoint is used by as many as by drawing lots, and so is each other one by those that share one', () => {
  const clients = 2_000
  const sizes = fc.constantFrom([2, 1], [10, 1], [10, 5], [10, 9], [30, 1], [30, 15], [30, 29])
  const prefix = fc.string({ maxLength: 10 })
  fc.assert(
    fc.property(prefix, prefix, sizes, (client, endpoint, [count = 0, size = 0]) => {
      const ids = names(endpoint, count)
      const all = ids.map((id) => ({ id, weight: 1 }))
      const subsets = names(client, clients).map((key) => used(all, { key, size }))
      expectLots(subsets, ids, size / count)
      const [first = '', ...others] = ids
      const sharing = subsets.filter((each) => each.includes(first))
      expectLots(sharing, others, (size - 1) / (count - 1))
    }),
    { numRuns: 30 },
  )
})

/** Each of `ids` is in so many of the subsets as if it was drawn into each with this chance. */
function expectLots(subsets: readonly (readonly string[])[], ids: readonly string[], chance: number): void {
  const mean = subsets.length * chance
  const bound = deviations * Math.sqrt(mean * (1 - chance))
  for (const id of ids) {
    const users = subsets.filter((each) => each.includes(id)).length
    expect(Math.abs(users - mean), `${users} use ${id}, not ${mean}`).toBeLessThanOrEqual(bound)
  }
}

function shuffled(all: readonly Weighed[]): fc.Arbitrary<readonly Weighed[]> {
  return fc.shuffledSubarray([...all], { minLength: all.length })
}
