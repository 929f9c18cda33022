import type { SliceRequest } from '@holdfast/core/protocol'
import { keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

export const slice: Encoding<SliceRequest> = {
  parts: ['prelude', 'slice'],
  keys: ({ id }, prefix) => ['h', 'z'].map((key) => keyOf(prefix, 'k', id, key)),
  args: ({ instance, sequence, limit, want, keep, leaseMs }) => [
    instance,
    sequence,
    limit,
    want,
    keep,
    leaseMs,
  ],
  decode(reply) {
    const numbers = numbersIn(reply, [unbounded, unbounded, unbounded, 1])
    if (numbers === undefined) return undefined
    const [permits = 0, target = 0, members = 0, coarse] = numbers
    return { type: 'slice', slice: permits, target, members, coarse: coarse === 1 }
  },
}
