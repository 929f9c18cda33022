import { drops, probeResults } from '@holdfast/core/protocol'
import type { ProbeRequest } from '@holdfast/core/protocol'
import { circuitArgs, circuitBounds, circuitReply } from './circuit.ts'
import { unbounded, circuitKeys, numbersIn } from './encoding.ts'
import type { Encoding } from './encoding.ts'

const bounds = [...circuitBounds, drops.length - 1, unbounded, unbounded, unbounded, unbounded, unbounded, 1]

export const probe: Encoding<ProbeRequest> = {
  parts: ['prelude', 'status', 'circuit', 'rules', 'epoch', 'probe'],
  keys: circuitKeys,
  args(request, prefix) {
    const reports = request.reports.flatMap(({ token, result }) => [token, probeResults.indexOf(result)])
    return [...circuitArgs(request, prefix), request.wanted, ...reports]
  },
  decode(reply, { wanted }) {
    const numbers = numbersIn(reply, bounds)
    if (numbers === undefined) return undefined
    const [dropped = 0, firstToken = 0, tokens = 0, leaseMs = 0, waitMs = 0, expired = 0, outdated] =
      numbers.slice(4)
    // More than was asked for is nothing that a script would give.
    if (tokens > wanted) return undefined
    return {
      type: 'probe',
      ...circuitReply(numbers),
      dropped: drops[dropped] ?? 'none',
      firstToken,
      tokens,
      leaseMs,
      waitMs,
      expired,
      outdated: outdated === 1,
    }
  },
}
