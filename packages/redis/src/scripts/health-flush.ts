import { endpointDrops } from '@holdfast/core/protocol'
import type { EndpointCounts, EndpointReply, HealthFlushRequest } from '@holdfast/core/protocol'
import { circuitBounds, circuitReply, claimArgs } from './circuit.ts'
import { numbersIn, serviceKeys, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { healthArgs, registerBounds, registerReply } from './health.ts'

const headBounds = [...registerBounds, unbounded, 1]
const endpointBounds = [...circuitBounds, endpointDrops.length - 1]

export const healthFlush: Encoding<HealthFlushRequest> = {
  parts: ['prelude', 'status', 'service', 'rules', 'service-change', 'reporters', 'health-flush'],
  keys: serviceKeys,
  args(request, prefix) {
    const { instance, sequence, register, fleet, endpoints } = request
    const { epoch, active, panic } = register
    const claimed = [epoch, active, panic ? 1 : 0]
    return [
      ...healthArgs(request, prefix),
      instance,
      sequence,
      ...claimed,
      fleet,
      ...endpoints.map(countsText),
    ]
  },
  decode(reply, { endpoints }) {
    const numbers = numbersIn(reply, [...headBounds, ...endpoints.flatMap(() => endpointBounds)])
    if (numbers === undefined) return undefined
    const [reporters = 0, outdated] = numbers.slice(registerBounds.length)
    return {
      type: 'health-flush',
      register: registerReply(numbers),
      endpoints: endpoints.map((_, index) => endpointReply(numbers, index)),
      reporters,
      outdated: outdated === 1,
    }
  },
}

function countsText({ endpoint, group, claim, successes, failures }: EndpointCounts): string {
  if (claim === undefined) return `${endpoint},${group}`
  return [endpoint, group, ...claimArgs(claim), successes, failures].join(',')
}

function endpointReply(numbers: readonly number[], index: number): EndpointReply {
  const own = numbers.slice(headBounds.length + index * endpointBounds.length)
  return { ...circuitReply(own), dropped: endpointDrops[own[circuitBounds.length] ?? 0] ?? 'none' }
}
