import type { Reply, Request } from '@holdfast/core/protocol'
import { callOf, scripts } from '../../packages/redis/src/scripts.ts'
import type { RedisServer } from '../servers/index.ts'

/** A key as it stands: its type, the moment at which it expires, and its content. */
export interface Key {
  readonly type: string
  readonly expiresAt: number
  readonly content: unknown
}

export type Keys = Readonly<Record<string, Key>>

export interface Answered {
  /** Undefined where the server answered with another shape. */
  readonly reply: Reply | undefined
  /** What was pushed meanwhile, and on which channel. */
  readonly messages: readonly (readonly [channel: string, text: string])[]
  /** The commands that the script ran, in their order. */
  readonly commands: readonly string[]
}

/** Which keys belong to one object. */
export interface KeyNames {
  readonly kind: string
  readonly letters: readonly string[]
  readonly prefix?: string
}

const ofCircuits: KeyNames = { kind: 'b', letters: ['c', 'i', 'v', 'p', 'o', 'a'] }

/** What is asked of a circuit. */
export type CircuitRequest = Extract<
  Request,
  { readonly type: 'flush' | 'probe' | 'look' | 'inspect' | 'control' }
>

/** Far beyond the real clock, so that no key of a test expires by it. */
const shift = 4_000_000_000_000

/**
 * Stands in front of a script: the clock is the last argument, and expiry is reckoned from it. What is published and run
 * is written down too.
 */
const stage = `
local server, moment = redis, tonumber(table.remove(ARGV))
local redis = {}
function redis.call(name, key, ...)
  server.call('RPUSH', 'test:commands', name)
  if name == 'TIME' then return { string.format('%.0f', math.floor(moment / 1000)), string.format('%.0f', moment % 1000 * 1000 + 999) } end
  if name == 'PEXPIRE' then
    return server.call('PEXPIREAT', key, string.format('%.0f', ${shift} + moment + tonumber((...))))
  end
  if name == 'SET' then
    local value, _, ms = ...
    return server.call('SET', key, value, 'PXAT', string.format('%.0f', ${shift} + moment + tonumber(ms)))
  end
  if name == 'PUBLISH' then server.call('RPUSH', 'test:messages', key, (...)) end
  return server.call(name, key, ...)
end
`

/** Removes what has expired by the clock of the test. */
const expire = `
for _, key in ipairs(KEYS) do
  local at = redis.call('PEXPIRETIME', key)
  if at >= 0 and at <= ${shift} + tonumber(ARGV[1]) then redis.call('DEL', key) end
end
`

const dump = `
local found = {}
local function contentOf(key, kind)
  if kind == 'hash' then return redis.call('HGETALL', key) end
  if kind == 'zset' then return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  if kind == 'stream' then return redis.call('XRANGE', key, '-', '+') end
  if kind == 'string' then return { redis.call('GET', key) } end
  return {}
end
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then
    found[key] = { kind, string.format('%.0f', redis.call('PEXPIRETIME', key) - ${shift}), contentOf(key, kind) }
  end
end
return cjson.encode(found)
`

type Raw = readonly [type: string, expiresAt: string, content: readonly string[]]

/** The scripts on a real server whose clock is the test's. */
export class ScriptedServer {
  readonly #server: RedisServer
  readonly #prefix: string
  readonly #kind: string
  readonly #letters: readonly string[]

  constructor(server: RedisServer, { kind, letters, prefix = 'hf1' }: KeyNames = ofCircuits) {
    this.#server = server
    this.#kind = kind
    this.#letters = letters
    this.#prefix = prefix
  }

  /** As the keys of the object `id` are called, by their last letter. */
  key(id: string, letter: string): string {
    const tag = id === '' ? this.#kind : `${this.#kind}:${id}`
    return `${this.#prefix}:{${tag}}:${letter}`
  }

  async serve(request: Request, now: number): Promise<Answered> {
    const { script, keys, args, decode } = callOf(this.#prefix, request)
    const [, raw, messages, commands] = await Promise.all([
      this.#expire('id' in request ? request : { id: '' }, now),
      this.#server.command('EVAL', stage + (scripts[script] ?? ''), keys.length, ...keys, ...args, now),
      this.#server.command('LRANGE', 'test:messages', 0, -1),
      this.#server.command('LRANGE', 'test:commands', 0, -1),
      this.#server.command('DEL', 'test:messages', 'test:commands'),
    ])
    return { reply: decode(raw), messages: pairs(texts(messages)), commands: texts(commands) }
  }

  /** The keys of an object, by their last letter. */
  async keys(id: string, now: number): Promise<Keys> {
    await this.#expire({ id }, now)
    const names = this.#names(id)
    const text = await this.#server.command('EVAL', dump, names.length, ...names)
    // It is what the script above writes.
    const found = JSON.parse(String(text)) as Readonly<Record<string, Raw>>
    return Object.fromEntries(Object.entries(found).map(([name, raw]) => [name.slice(-1), keyFrom(raw)]))
  }

  async #expire({ id }: { readonly id: string }, now: number): Promise<void> {
    const names = this.#names(id)
    await this.#server.command('EVAL', expire, names.length, ...names, now)
  }

  #names(id: string): readonly string[] {
    return this.#letters.map((letter) => this.key(id, letter))
  }
}

function keyFrom([type, expiresAt, content]: Raw): Key {
  return { type, expiresAt: Number(expiresAt), content: contentFrom(type, content) }
}

function contentFrom(type: string, content: readonly unknown[]): unknown {
  if (type === 'hash')
    return Object.fromEntries(pairs(content.map(String)).filter(([, value]) => !isDefault(value)))
  if (type === 'zset')
    return Object.fromEntries(pairs(content.map(String)).map(([name, score]) => [name, Number(score)]))
  // An entry of a stream is its id and its fields.
  if (type === 'stream')
    return (content as readonly [string, string[]][]).map(([, fields]) => Object.fromEntries(pairs(fields)))
  return content
}

/** A field that is missing reads as 0 or as no text. */
export function isDefault(value: string): boolean {
  return value === '0' || value === ''
}

function texts(reply: unknown): readonly string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
}

const writes = [
  'DEL',
  'SET',
  'HSET',
  'HDEL',
  'ZADD',
  'ZREM',
  'ZREMRANGEBYSCORE',
  'XADD',
  'PEXPIRE',
  'PUBLISH',
]

/** What of the commands of a script reads although it has written: one that fails must have changed nothing. */
export function readsAfterWrites(commands: readonly string[]): readonly string[] {
  const first = commands.findIndex((name) => writes.includes(name))
  return first === -1 ? [] : commands.slice(first).filter((name) => !writes.includes(name))
}
