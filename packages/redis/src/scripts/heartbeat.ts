import { maximumObjects } from '@holdfast/core/protocol'
import type { HeartbeatRequest } from '@holdfast/core/protocol'
import { numbersIn, registryKeys, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

export const heartbeat: Encoding<HeartbeatRequest> = {
  parts: ['prelude', 'heartbeat'],
  keys: (_, prefix) => registryKeys(prefix),
  args: ({ instance, leaving, aliveMs, objects }) => [instance, leaving ? 1 : 0, aliveMs, ...objects],
  decode(reply) {
    const numbers = numbersIn(reply, [unbounded, maximumObjects, 1])
    if (numbers === undefined) return undefined
    const [instances = 0, objects = 0, full] = numbers
    return { type: 'heartbeat', instances, objects, full: full === 1 }
  },
}
