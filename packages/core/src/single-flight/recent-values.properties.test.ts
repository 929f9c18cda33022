import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentValues } from './recent-values.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd')

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('use' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), key }) },
  ),
  { maxLength: 60 },
)

test('it keeps the values of the keys that a plain list of them, the last used at its end, would keep', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3, 4), steps, (maximum, history) => {
      const values = new RecentValues()
      let list: { readonly key: string; readonly value: number; readonly since: number }[] = []
      let lastSince = -Infinity
      for (const [value, { do: what, key }] of history.entries()) {
        const known = list.find((each) => each.key === key)
        const others = list.filter((each) => each.key !== key)
        const since = value - (value % 3)
        if (what === 'set') {
          values.set(key, value, since, maximum)
          list = [...others, { key, value, since }].slice(-maximum)
          lastSince = Math.max(lastSince, since)
        } else if (what === 'use') {
          const used = values.use(key)
          expect(used && [used.value, used.since]).toEqual(known && [known.value, known.since])
          list = known === undefined ? others : [...others, known]
        } else if (what === 'delete') {
          values.delete(key)
          list = others
        } else {
          values.trim(1)
          list = list.slice(-1)
        }
        expect([values.size, values.lastSince]).toEqual([list.length, lastSince])
      }
    }),
    { numRuns: 300 },
  )
})
