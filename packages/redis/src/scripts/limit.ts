import type { LimitRequest } from '@holdfast/core/protocol'
import { keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

export const limit: Encoding<LimitRequest> = {
  parts: ['prelude', 'limit'],
  keys: ({ id }, prefix) => [keyOf(prefix, 'r', id, 'g')],
  args: ({ wanted, least, debt, intervalUs, toleranceUs }) => [wanted, least, debt, intervalUs, toleranceUs],
  decode(reply, { wanted }) {
    if (!Array.isArray(reply)) return undefined
    const [text, ...rest]: readonly unknown[] = reply
    const numbers = numbersIn(rest, [unbounded])
    if (typeof text !== 'string' || !/^\d+(\.\d+)?(e-\d+)?$/.test(text) || numbers === undefined)
      return undefined
    const granted = Number(text)
    const [retryAfterMs = 0] = numbers
    return granted > wanted ? undefined : { type: 'limit', granted, retryAfterMs }
  },
}
