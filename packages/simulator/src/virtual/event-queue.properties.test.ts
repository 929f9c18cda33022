import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

/** What is done to a queue: something is added at a moment, taken, or the so-manieth that was added is cancelled. */
const deed = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), at: fc.constantFrom(0, 1, 1.5, 2, 3, 1e9) }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(12) }),
)

describe('the queue of what is to come', () => {
  it('gives it in order of time, and at the same time in the order in which it was added', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const queue = new EventQueue()
        const added: { readonly at: number; readonly cancel: () => void }[] = []
        let expected: { readonly at: number; readonly number: number }[] = []
        let taken: number | undefined
        for (const each of deeds) {
          if (each.kind === 'add') {
            const number = added.length
            added.push(queue.add(each.at, () => (taken = number)))
            expected.push({ at: each.at, number })
          } else if (each.kind === 'cancel') {
            added[each.which]?.cancel()
            expected = expected.filter(({ number }) => number !== each.which)
          } else {
            expected.sort((one, other) => one.at - other.at || one.number - other.number)
            const next = expected.shift()
            expect(queue.nextAt).toBe(next?.at ?? Infinity)
            taken = undefined
            queue.take()?.()
            expect(taken).toBe(next?.number)
          }
        }
      }),
    )
  })
})
