import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PriorityQueue } from './queue.ts'
import type { Order, Place } from './queue.ts'

interface Entry {
  readonly id: number
  readonly priority: number
}

/** By priority, the order of arrival kept among equals. */
function sorted(entries: readonly Entry[], order: Order): readonly Entry[] {
  const arrived = order === 'fifo' ? entries : entries.toReversed()
  return arrived.toSorted((one, other) => other.priority - one.priority)
}

const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.constantFrom(-1, 0, 1, 2, Infinity, -Infinity) }),
    fc.record({ remove: fc.nat({ max: 20 }) }),
  ),
  { maxLength: 60 },
)

test('the first and the last are those of a sorted list, and what left is gone', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const queue = new PriorityQueue<number>()
      const places = new Map<number, Place<number>>()
      let entries: Entry[] = []
      let left = true
      history.forEach((step, id) => {
        if ('add' in step) {
          places.set(id, queue.add(id, step.add))
          entries.push({ id, priority: step.add })
        } else {
          const gone = entries[step.remove]
          entries = entries.filter((entry) => entry !== gone)
          if (gone !== undefined) left &&= queue.remove(places.get(gone.id) as Place<number>)
        }
        expect(left).toBe(true)
        expect(queue.size).toBe(entries.length)
        for (const order of ['fifo', 'lifo'] as const) {
          expect(queue.first(order)).toBe(sorted(entries, order)[0]?.id)
          expect(queue.last(order)).toBe(sorted(entries, order).at(-1)?.id)
        }
      })
    }),
  )
})
