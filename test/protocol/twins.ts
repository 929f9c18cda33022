import { expect } from 'vitest'
import type { Reply, Request } from '@holdfast/core/protocol'
import type { RedisServer } from '../servers/index.ts'
import { readsAfterWrites, ScriptedServer } from './scripted-server.ts'
import type { Key, KeyNames, Keys } from './scripted-server.ts'

/** How one kind of object is kept: by a pure function, and in keys. */
export interface Twin<Record, Asked extends Request> extends KeyNames {
  readonly empty: Record
  serve(record: Record, request: Asked, now: number): { readonly record: Record; readonly reply: Reply }
  /** The keys that a record stands for, by their last letter. */
  keys(record: Record): Keys
  /** The record after the key of this letter was lost. */
  without(record: Record, letter: string): Record
}

/** What happens next. The clock goes on or back by a span, or to a moment that the record tells of and `ms` beyond. */
export type Happening<Drawn> =
  | { readonly type: 'ask'; readonly drawn: Drawn }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'moment'; readonly which: number; readonly ms: number }
  | { readonly type: 'lose'; readonly letter: string }

/** One object twice: as the pure functions keep it, and in Redis. After each step both are compared. */
export class Twins<Record, Asked extends Request> {
  readonly #twin: Twin<Record, Asked>
  readonly #redis: RedisServer
  readonly #server: ScriptedServer
  readonly #id: string
  #record: Record
  #now = 1_700_000_000_000

  constructor(twin: Twin<Record, Asked>, redis: RedisServer, id: string) {
    this.#twin = twin
    this.#redis = redis
    this.#server = new ScriptedServer(redis, twin)
    this.#id = id
    this.#record = twin.empty
  }

  async ask(request: Asked): Promise<Reply> {
    const { record, reply } = this.#twin.serve(this.#record, request, this.#now)
    this.#record = record
    const answered = await this.#server.serve(request, this.#now)
    expect(answered.reply).toEqual(reply)
    expect(answered.messages).toEqual([])
    expect(readsAfterWrites(answered.commands)).toEqual([])
    await this.#compare()
    return reply
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms
    for (const [letter, { expiresAt }] of Object.entries(this.#twin.keys(this.#record))) {
      if (expiresAt <= this.#now) this.#record = this.#twin.without(this.#record, letter)
    }
    await this.#compare()
  }

  /** To one of the moments at which something ends, or near it. */
  async reach(which: number, ms: number): Promise<void> {
    const moments = Object.values(this.#twin.keys(this.#record)).flatMap(momentsOf)
    const moment = moments[which % Math.max(1, moments.length)]
    if (moment !== undefined && moment + ms > this.#now) await this.pass(moment + ms - this.#now)
  }

  async lose(letter: string): Promise<void> {
    await this.#redis.command('DEL', this.#server.key(this.#id, letter))
    this.#record = this.#twin.without(this.#record, letter)
    await this.#compare()
  }

  async #compare(): Promise<void> {
    const keys = Object.entries(this.#twin.keys(this.#record)).filter(([, key]) => isKept(key, this.#now))
    expect(await this.#server.keys(this.#id, this.#now)).toEqual(Object.fromEntries(keys))
  }
}

function momentsOf({ expiresAt, type, content }: Key): readonly number[] {
  // The members of a sorted set have moments.
  return type === 'zset'
    ? [expiresAt, ...Object.values(content as { readonly [name: string]: number })]
    : [expiresAt]
}

function isKept({ expiresAt, content }: Key, now: number): boolean {
  // Every content is an object or a list.
  return expiresAt > now && Object.keys(content as object).length > 0
}

/** Fields as they stand in a hash: what is 0 or empty may as well be missing. */
export function fieldsOf(
  fields: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string>> {
  const all = Object.entries(fields).map(([field, value]) => [field, String(value)] as const)
  return Object.fromEntries(all.filter(([, value]) => value !== '0' && value !== ''))
}
