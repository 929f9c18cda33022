import type { HealthProbeRequest } from '@holdfast/core/protocol'
import { claimArgs } from './circuit.ts'
import { numbersIn, serviceKeys } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { grantBounds, grantReply, reportArgs } from './grant.ts'
import { healthArgs, registerBounds, registerReply } from './health.ts'

const bounds = [...registerBounds, ...grantBounds]

export const healthProbe: Encoding<HealthProbeRequest> = {
  parts: ['prelude', 'status', 'service', 'rules', 'round', 'service-change', 'health-probe'],
  keys: serviceKeys,
  args(request, prefix) {
    const { endpoint, claim, wanted, reports } = request
    return [...healthArgs(request, prefix), endpoint, ...claimArgs(claim), wanted, ...reportArgs(reports)]
  },
  decode(reply, { wanted }) {
    const numbers = numbersIn(reply, bounds)
    const granted = numbers && grantReply(numbers.slice(registerBounds.length), wanted)
    return granted && { type: 'health-probe', ...granted, register: registerReply(numbers) }
  },
}
