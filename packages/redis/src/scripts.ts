import type { Reply, Request } from '@holdfast/core'

export interface ScriptCall {
  readonly script: string
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
  decode(reply: unknown): Reply | undefined
}

export const scripts: Readonly<Record<string, string>> = {
  look: "return redis.call('HGET', KEYS[1], 'e')",
}

export function callOf(prefix: string, request: Request): ScriptCall {
  return {
    script: 'look',
    keys: [`${prefix}:{b:${'id' in request ? request.id : ''}}:c`],
    args: [],
    decode: (reply) => ({ type: 'look', epoch: Number(reply) }) as unknown as Reply,
  }
}
