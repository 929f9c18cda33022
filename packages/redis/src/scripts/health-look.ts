import type { HealthLookRequest } from '@holdfast/core/protocol'
import { circuitBounds, circuitReply } from './circuit.ts'
import { keyOf, numbersIn } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { registerBounds, registerReply } from './health.ts'

export const healthLook: Encoding<HealthLookRequest> = {
  parts: ['prelude', 'status', 'service', 'health-look'],
  keys: ({ id }, prefix) => [keyOf(prefix, 'h', id, 'c')],
  args: ({ endpoints }) => endpoints,
  decode(reply, { endpoints }) {
    const numbers = numbersIn(reply, [...registerBounds, ...endpoints.flatMap(() => circuitBounds)])
    if (numbers === undefined) return undefined
    const own = (index: number): readonly number[] =>
      numbers.slice(registerBounds.length + index * circuitBounds.length)
    return {
      type: 'health-look',
      register: registerReply(numbers),
      endpoints: endpoints.map((_, index) => circuitReply(own(index))),
    }
  },
}
