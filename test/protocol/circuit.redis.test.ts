import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BreakerRecord } from '../../packages/core/src/share/protocol/breaker-record.ts'
import { emptyRecord } from '../../packages/core/src/share/protocol/breaker-record.ts'
import {
  controlOf,
  flushOf,
  movedTo,
  probeOf,
  start,
  stories,
} from '../../packages/core/src/share/protocol/circuit.arbitrary.ts'
import type { Action, LostKey, Sequences } from '../../packages/core/src/share/protocol/circuit.arbitrary.ts'
import { flush } from '../../packages/core/src/share/protocol/flush.ts'
import { inspect } from '../../packages/core/src/share/protocol/inspect.ts'
import { look } from '../../packages/core/src/share/protocol/look.ts'
import { encodeMessage } from '../../packages/core/src/share/protocol/message.ts'
import type { Message } from '../../packages/core/src/share/protocol/message.ts'
import { control, emptyOverride } from '../../packages/core/src/share/protocol/override-record.ts'
import type { OverrideRecord } from '../../packages/core/src/share/protocol/override-record.ts'
import { probe } from '../../packages/core/src/share/protocol/probe.ts'
import type { Reply } from '../../packages/core/src/share/protocol/request.ts'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { keysOf } from './keys-of.ts'
import { ScriptedServer } from './scripted-server.ts'
import type { CircuitRequest } from './scripted-server.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
afterAll(() => redis.stop())

/** One circuit twice: as the pure functions keep it, and in Redis. */
class Twins {
  readonly #id: string
  readonly #server: ScriptedServer
  readonly #sequences: Sequences = new Map()
  #record: BreakerRecord = emptyRecord
  #said: OverrideRecord = emptyOverride
  #now = start

  constructor(server: ScriptedServer, id: string) {
    this.#server = server
    this.#id = id
  }

  async play(action: Action): Promise<void> {
    if (action.type === 'time') this.#move(action)
    else if (action.type === 'lose') await this.#lose(action.key)
    else await this.#ask(this.#serve(action))
    if (action.type === 'look' || action.type === 'control') await this.#inspect()
    expect(await this.#server.keys(this.#id, this.#now)).toEqual(keysOf(this.#record, this.#said, this.#now))
  }

  async #ask({ request, reply, message }: Served): Promise<void> {
    seen.add(`${reply.type} ${'dropped' in reply ? reply.dropped : ''}`)
    if (message !== undefined) seen.add(message.type === 'change' ? message.reason : message.type)
    if ('expired' in reply && reply.expired > 0) seen.add('expired')
    if ('tokens' in reply && reply.tokens > 0) seen.add('granted')
    if ('outdated' in reply && reply.outdated) seen.add('outdated')
    const answered = await this.#server.serve(request, this.#now)
    expect(answered.reply).toEqual(reply)
    expect(answered.messages.map(([, text]) => text)).toEqual(
      message === undefined ? [] : [encodeMessage(message)],
    )
    expect(readsAfterWrites(answered.commands)).toEqual([])
  }

  /** With fewer entries than there are, as many, and more. */
  async #inspect(): Promise<void> {
    const all = this.#said.audit.length
    for (const entries of new Set([0, 1, Math.max(0, all - 1), all, all + 1])) {
      const request = { type: 'inspect', id: this.#id, entries } as const
      const reply = inspect(this.#record, this.#said, request, this.#now)
      if (reply.audit.length > 1) seen.add('audit')
      await this.#ask({ request, reply })
    }
  }

  #serve(action: Exclude<Action, { readonly type: 'time' | 'lose' }>): Served {
    if (action.type === 'look') {
      const request = { type: 'look', id: this.#id } as const
      return { request, reply: look(this.#record, this.#said, this.#now) }
    }
    if (action.type === 'control') {
      const request = controlOf(this.#id, action)
      const { record, ...served } = control(this.#said, request, this.#now)
      this.#said = record
      return { request, ...served }
    }
    return this.#change(action)
  }

  #change(action: Extract<Action, { readonly type: 'flush' | 'probe' }>): Served {
    if (action.type === 'flush') {
      const request = flushOf(this.#id, action, this.#record, this.#sequences, this.#now)
      const { record, ...served } = flush(this.#record, request, this.#now)
      this.#record = record
      return { request, ...served }
    }
    const request = probeOf(this.#id, action, this.#record, this.#now)
    const { record, ...served } = probe(this.#record, request, this.#now)
    this.#record = record
    return { request, ...served }
  }

  #move(action: Extract<Action, { readonly type: 'time' }>): void {
    this.#now = movedTo(action, this.#record, this.#now)
    // What has expired stays so when the clock steps back.
    for (const key of letters) if (!(key in keysOf(this.#record, this.#said, this.#now))) this.#forget(key)
  }

  async #lose(key: LostKey): Promise<void> {
    await redis.command('DEL', this.#server.key(this.#id, key))
    this.#forget(key)
  }

  #forget(key: LostKey): void {
    this.#record = { ...this.#record, ...lost[key].record }
    this.#said = { ...this.#said, ...lost[key].said }
  }
}

interface Served {
  readonly request: CircuitRequest
  readonly reply: Reply
  readonly message?: Message
}

/** What is true of a record whose key is gone. */
const lost: Readonly<
  Record<LostKey, { readonly record?: Partial<BreakerRecord>; readonly said?: Partial<OverrideRecord> }>
> = {
  c: { record: { expiresAt: 0 } },
  i: { record: { reportersExpireAt: 0 } },
  v: { record: { failingExpireAt: 0 } },
  p: { record: { leasesExpireAt: 0 } },
  o: { said: { expiresAt: 0 } },
  a: { said: { auditExpiresAt: 0 } },
}

const letters = ['c', 'i', 'v', 'p', 'o', 'a'] as const

const writes = ['DEL', 'HSET', 'HDEL', 'ZADD', 'ZREM', 'ZREMRANGEBYSCORE', 'XADD', 'PEXPIRE', 'PUBLISH']

function readsAfterWrites(commands: readonly string[]): readonly string[] {
  const first = commands.findIndex((name) => writes.includes(name))
  return first === -1 ? [] : commands.slice(first).filter((name) => !writes.includes(name))
}

/** What has happened in all stories: a comparison in which nothing happens proves nothing. */
const seen = new Set<string>()

describe('the scripts on circuits', () => {
  it('answer, push and keep what the pure functions do, in any story', async () => {
    const server = new ScriptedServer(redis)
    let story = 0
    await fc.assert(
      fc.asyncProperty(stories, async (actions) => {
        const twins = new Twins(server, `story-${++story}`)
        for (const action of actions) await twins.play(action)
      }),
      { numRuns: 400 },
    )
    const reasons = [
      'tripped',
      'probing',
      'recovered',
      'relapsed',
      'restored',
      'conflict',
      'rebased',
      'override',
    ]
    const drops = ['none', 'epoch', 'state', 'duplicate', 'repaired'].map((drop) => `flush ${drop}`)
    expect([...seen]).toEqual(
      expect.arrayContaining([...reasons, ...drops, 'granted', 'expired', 'outdated', 'audit']),
    )
  })
})
