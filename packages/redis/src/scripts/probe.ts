import type { ProbeRequest } from '@holdfast/core/protocol'
import { circuitArgs } from './circuit.ts'
import { circuitKeys, numbersIn } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { grantBounds, grantReply, reportArgs } from './grant.ts'

export const probe: Encoding<ProbeRequest> = {
  parts: ['prelude', 'status', 'circuit', 'rules', 'round', 'epoch', 'probe'],
  keys: circuitKeys,
  args(request, prefix) {
    const { wanted, reports } = request
    return [...circuitArgs(request, prefix), wanted, ...reportArgs(reports)]
  },
  decode(reply, { wanted }) {
    const numbers = numbersIn(reply, grantBounds)
    const granted = numbers && grantReply(numbers, wanted)
    return granted && { type: 'probe', ...granted }
  },
}
