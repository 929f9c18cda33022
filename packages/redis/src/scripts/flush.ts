import { drops } from '@holdfast/core/protocol'
import type { FlushRequest } from '@holdfast/core/protocol'
import { circuitArgs, circuitBounds, circuitReply } from './circuit.ts'
import { circuitKeys, numbersIn, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

const bounds = [...circuitBounds, drops.length - 1, unbounded, unbounded, unbounded, 1]

export const flush: Encoding<FlushRequest> = {
  parts: ['prelude', 'status', 'circuit', 'rules', 'epoch', 'reporters', 'flush'],
  keys: circuitKeys,
  args(request, prefix) {
    const { instance, sequence, successes, failures, fleet } = request
    return [...circuitArgs(request, prefix), instance, sequence, successes, failures, fleet]
  },
  decode(reply) {
    const numbers = numbersIn(reply, bounds)
    if (numbers === undefined) return undefined
    const [dropped = 0, successes = 0, failures = 0, reporters = 0, outdated] = numbers.slice(4)
    return {
      type: 'flush',
      ...circuitReply(numbers),
      dropped: drops[dropped] ?? 'none',
      successes,
      failures,
      reporters,
      outdated: outdated === 1,
    }
  },
}
