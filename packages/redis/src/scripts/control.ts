import { absurdMs, overrideStates } from '@holdfast/core/protocol'
import type { ControlRequest } from '@holdfast/core/protocol'
import { channelOf, keyOf, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

const bounds = [unbounded, overrideStates.length - 1, absurdMs]

export const control: Encoding<ControlRequest> = {
  parts: ['prelude', 'override', 'control'],
  keys: ({ id }, prefix) => ['o', 'a'].map((key) => keyOf(prefix, 'b', id, key)),
  args({ id, name, state, forMs, by, why, request }, prefix) {
    return [id, channelOf(prefix, id), overrideStates.indexOf(state), forMs, by, why, name, request]
  },
  decode(reply) {
    const numbers = numbersIn(reply, bounds)
    if (numbers === undefined) return undefined
    const [epoch = 0, state = 0, remainingMs = 0] = numbers
    return { type: 'control', epoch, state: overrideStates[state] ?? 'none', remainingMs }
  },
}
