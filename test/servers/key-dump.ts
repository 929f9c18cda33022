import type { RedisServer } from './redis-server.ts'
import { items, pairs, strings } from './resp.ts'
import type { Reply } from './resp.ts'

export type KeyContent =
  | { readonly type: 'string'; readonly content: string }
  | { readonly type: 'list'; readonly content: readonly string[] }
  /** Sorted by text. */
  | { readonly type: 'set'; readonly content: readonly string[] }
  | { readonly type: 'hash'; readonly content: Readonly<Record<string, string>> }
  /** Members and scores, in the order of the set. */
  | { readonly type: 'zset'; readonly content: readonly (readonly [member: string, score: number])[] }
  | { readonly type: 'stream'; readonly content: readonly StreamEntry[] }

export interface StreamEntry {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export type KeyRecord = KeyContent & {
  readonly key: string
  /** What was left to live, in milliseconds; null for ever. */
  readonly ttlMs: number | null
}

/**
 * All keys that match the glob `pattern`, sorted by name, with what they hold. Not one moment of the server: keys that
 * expire or change meanwhile may be missing or mixed.
 */
export async function keyDump(server: RedisServer, pattern = '*'): Promise<readonly KeyRecord[]> {
  const keys = strings(await server.command('KEYS', pattern)).toSorted()
  const records = await Promise.all(keys.map((key) => record(server, key)))
  return records.filter((each) => each !== undefined)
}

async function record(server: RedisServer, key: string): Promise<KeyRecord | undefined> {
  const [type, ttl] = await Promise.all([server.command('TYPE', key), server.command('PTTL', key)])
  if (type === 'none' || ttl === -2) return undefined
  return { key, ttlMs: ttl === -1 ? null : Number(ttl), ...(await content(server, key, String(type))) }
}

async function content(server: RedisServer, key: string, type: string): Promise<KeyContent> {
  switch (type) {
    case 'string':
      return { type, content: String(await server.command('GET', key)) }
    case 'list':
      return { type, content: strings(await server.command('LRANGE', key, 0, -1)) }
    case 'set':
      return { type, content: strings(await server.command('SMEMBERS', key)).toSorted() }
    case 'hash':
      return { type, content: fields(await server.command('HGETALL', key)) }
    case 'zset': {
      const members = pairs(await server.command('ZRANGE', key, 0, -1, 'WITHSCORES'))
      return { type, content: members.map(([member, score]) => [member, Number(score)]) }
    }
    case 'stream': {
      const entries = items(await server.command('XRANGE', key, '-', '+')).map(items)
      return {
        type,
        content: entries.map(([id, values = []]) => ({ id: String(id), fields: fields(values) })),
      }
    }
    default:
      throw new Error(`a key of the type ${type} cannot be dumped`)
  }
}

function fields(reply: Reply): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs(reply).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
