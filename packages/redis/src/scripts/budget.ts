import type { BudgetRequest } from '@holdfast/core/protocol'
import { keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

export const budget: Encoding<BudgetRequest> = {
  parts: ['prelude', 'reporters', 'budget'],
  keys: ({ id }, prefix) => ['c', 'i'].map((key) => keyOf(prefix, 'y', id, key)),
  args: ({ instance, sequence, requests, retries, bucketMs }) => [
    instance,
    sequence,
    requests,
    retries,
    bucketMs,
  ],
  decode(reply) {
    const numbers = numbersIn(reply, [unbounded, unbounded, unbounded])
    if (numbers === undefined) return undefined
    const [requests = 0, retries = 0, reporters = 0] = numbers
    return { type: 'budget', requests, retries, reporters }
  },
}
