import { permitActions } from '@holdfast/core/protocol'
import type { PermitRequest } from '@holdfast/core/protocol'
import { keyOf, numbersIn } from './encoding.ts'
import type { Encoding } from './encoding.ts'

export const permit: Encoding<PermitRequest> = {
  parts: ['prelude', 'permit'],
  keys: ({ id }, prefix) => [keyOf(prefix, 'k', id, 't')],
  args: ({ action, token, limit, leaseMs }) => [permitActions.indexOf(action), token, limit, leaseMs],
  decode(reply, { leaseMs }) {
    const numbers = numbersIn(reply, [1, leaseMs])
    if (numbers === undefined) return undefined
    const [granted, waitMs = 0] = numbers
    return { type: 'permit', granted: granted === 1, waitMs }
  },
}
