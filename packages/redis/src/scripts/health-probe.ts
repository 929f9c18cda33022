import { drops, probeResults, statusCodes } from '@holdfast/core/protocol'
import type { HealthProbeRequest } from '@holdfast/core/protocol'
import { circuitBounds, circuitReply } from './circuit.ts'
import { numbersIn, serviceKeys, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { healthArgs, registerBounds, registerReply } from './health.ts'

const tokenBounds = [unbounded, unbounded, unbounded, unbounded, unbounded]
const bounds = [...registerBounds, ...circuitBounds, drops.length - 1, ...tokenBounds, 1]

export const healthProbe: Encoding<HealthProbeRequest> = {
  parts: ['prelude', 'status', 'service', 'rules', 'service-change', 'health-probe'],
  keys: serviceKeys,
  args(request, prefix) {
    const { endpoint, claim, wanted } = request
    const { epoch, status, remainingMs, openings } = claim
    const reports = request.reports.flatMap(({ token, result }) => [token, probeResults.indexOf(result)])
    const claimed = [epoch, statusCodes[status], remainingMs, openings]
    return [...healthArgs(request, prefix), endpoint, ...claimed, wanted, ...reports]
  },
  decode(reply, { wanted }) {
    const numbers = numbersIn(reply, bounds)
    if (numbers === undefined) return undefined
    const own = numbers.slice(registerBounds.length)
    const [dropped = 0, firstToken = 0, tokens = 0, leaseMs = 0, waitMs = 0, expired = 0, outdated] =
      own.slice(circuitBounds.length)
    // More than was asked for is nothing that a script would give.
    if (tokens > wanted) return undefined
    return {
      type: 'health-probe',
      ...circuitReply(own),
      dropped: drops[dropped] ?? 'none',
      ...{ firstToken, tokens, leaseMs, waitMs, expired },
      register: registerReply(numbers),
      outdated: outdated === 1,
    }
  },
}
