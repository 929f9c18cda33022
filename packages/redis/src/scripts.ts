import { readFileSync } from 'node:fs'
import type { Reply, Request } from '@holdfast/core/protocol'
import { budget } from './scripts/budget.ts'
import { control } from './scripts/control.ts'
import type { Encoding } from './scripts/encoding.ts'
import { flush } from './scripts/flush.ts'
import { healthFlush } from './scripts/health-flush.ts'
import { healthLook } from './scripts/health-look.ts'
import { healthProbe } from './scripts/health-probe.ts'
import { heartbeat } from './scripts/heartbeat.ts'
import { inspect } from './scripts/inspect.ts'
import { limit } from './scripts/limit.ts'
import { look } from './scripts/look.ts'
import { permit } from './scripts/permit.ts'
import { probe } from './scripts/probe.ts'
import { registry } from './scripts/registry.ts'
import { slice } from './scripts/slice.ts'

/** A request as a script is called for it, and what its reply means. */
export interface ScriptCall {
  /** The name of one of the {@link scripts}. */
  readonly script: string
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
  /** Undefined where the reply is of another shape. */
  decode(reply: unknown): Reply | undefined
}

type EncodingOf<Type> = Encoding<Extract<Request, { readonly type: Type }>>

/** By the type of the request, which is the name of the script too. */
const encodings: { readonly [Type in Request['type']]?: EncodingOf<Type> } = {
  flush,
  probe,
  look,
  inspect,
  control,
  'health-flush': healthFlush,
  'health-probe': healthProbe,
  'health-look': healthLook,
  slice,
  permit,
  limit,
  budget,
  heartbeat,
  registry,
}

/** Each script's whole text, by its name. They are constant, so that a server keeps them. */
export const scripts: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(encodings).map(([name, { parts }]) => [name, parts.map(textOf).join('\n')]),
)

/** What is to be sent for a request, to keys and channels that begin with `prefix`. */
export function callOf(prefix: string, request: Request): ScriptCall {
  const { type } = request
  // The type of a request says which encoding is for it.
  const encoding = encodings[type] as Encoding<Request> | undefined
  if (encoding === undefined) throw new Error(`no script answers requests of the type ${type}`)
  return {
    script: type,
    keys: encoding.keys(request, prefix),
    args: encoding.args(request, prefix),
    decode: (reply) => encoding.decode(reply, request),
  }
}

function textOf(part: string): string {
  return readFileSync(new URL(`./scripts/${part}.lua`, import.meta.url), 'utf8')
}
