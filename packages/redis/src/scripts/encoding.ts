import type { ReplyTo, Request } from '@holdfast/core/protocol'

/** How one kind of request travels to a script, and its reply back. */
export interface Encoding<Asked extends Request> {
  /** The script's own name, and that of each file of which it is made, in their order. */
  readonly parts: readonly string[]
  keys(request: Asked, prefix: string): readonly string[]
  args(request: Asked, prefix: string): readonly (string | number)[]
  /** Undefined where the reply is of another shape. */
  decode(reply: unknown, request: Asked): ReplyTo<Asked> | undefined
}

/** How many channels carry the messages of all objects. */
export const shards = 16

/** The channel on which everything that becomes of the object `id` is told. */
export function channelOf(prefix: string, id: string): string {
  return `${prefix}:ev:${hash(id) % shards}`
}

/** All keys of one object have the same tag, so that a cluster keeps them on one node. */
export function keyOf(prefix: string, kind: string, id: string, key: string): string {
  return `${prefix}:{${kind}:${id}}:${key}`
}

/** The keys of the circuit `id` that its scripts write. */
export function circuitKeys({ id }: { readonly id: string }, prefix: string): readonly string[] {
  return ['c', 'i', 'v', 'p'].map((key) => keyOf(prefix, 'b', id, key))
}

/** The keys of the service `id` that the scripts on its health write. */
export function serviceKeys({ id }: { readonly id: string }, prefix: string): readonly string[] {
  return ['c', 'i', 'v', 'p'].map((key) => keyOf(prefix, 'h', id, key))
}

/** The keys of the list of instances and of that of objects. */
export function registryKeys(prefix: string): readonly string[] {
  return ['n', 'm'].map((key) => `${prefix}:{reg}:${key}`)
}

/** FNV-1a. Ids are plain ASCII. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

/** Whole numbers from 0 to the bound at the same place. Undefined where the reply is anything else. */
export function numbersIn(reply: unknown, bounds: readonly number[]): readonly number[] | undefined {
  if (!Array.isArray(reply) || reply.length !== bounds.length) return undefined
  const isFit = (value: unknown, at: number): boolean =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= (bounds[at] ?? -1)
  return reply.every(isFit) ? reply : undefined
}

/** The bound of a number that has none. */
export const unbounded: number = Number.MAX_SAFE_INTEGER
