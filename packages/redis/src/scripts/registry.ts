import { maximumObjects } from '@holdfast/core/protocol'
import type { RegistryRequest } from '@holdfast/core/protocol'
import { numbersIn, registryKeys, unbounded } from './encoding.ts'
import type { Encoding } from './encoding.ts'

/** A kind and an id, as they are in keys. */
const nameShape = /^[a-z]:[A-Za-z0-9_.~/-]{1,128}$/

export const registry: Encoding<RegistryRequest> = {
  parts: ['prelude', 'registry'],
  keys: (_, prefix) => [`${prefix}:{reg}:o`],
  args: ({ aliveMs }, prefix) => [...registryKeys(prefix), aliveMs],
  decode(reply) {
    if (!Array.isArray(reply) || reply.length !== 2) return undefined
    const [count, names]: readonly unknown[] = reply
    const [instances] = numbersIn([count], [unbounded]) ?? []
    if (instances === undefined || !Array.isArray(names) || names.length > maximumObjects) return undefined
    // Others may have written anything: what is no name is left out.
    const objects = names.filter((name) => typeof name === 'string' && nameShape.test(name))
    return { type: 'registry', instances, objects: objects.toSorted() }
  },
}
