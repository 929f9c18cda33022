import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Circuit, stories, tales } from '../../packages/core/src/share/protocol/circuit.arbitrary.ts'
import type { Action, Played } from '../../packages/core/src/share/protocol/circuit.arbitrary.ts'
import { inspect } from '../../packages/core/src/share/protocol/inspect.ts'
import { encodeMessage } from '../../packages/core/src/share/protocol/message.ts'
import { channelOf } from '../../packages/redis/src/scripts/encoding.ts'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { keysOf } from './keys-of.ts'
import { readsAfterWrites, ScriptedServer } from './scripted-server.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
afterAll(() => redis.stop())

/** What has happened in all stories: a comparison in which nothing happens proves nothing. */
const seen = new Set<string>()

/** One circuit twice: as the pure functions keep it, and in Redis. */
class Twins {
  readonly #circuit: Circuit
  readonly #server: ScriptedServer

  constructor(server: ScriptedServer, id: string) {
    this.#server = server
    this.#circuit = new Circuit(id)
  }

  async play(action: Action): Promise<void> {
    const played = this.#circuit.play(action)
    const { id, record, said, now } = this.#circuit
    if (action.type === 'lose') await redis.command('DEL', this.#server.key(id, action.key))
    if (played !== undefined) await this.#compare(played)
    if (action.type === 'look' || action.type === 'control') await this.#inspect()
    expect(await this.#server.keys(id, now)).toEqual(keysOf(record, said, now))
  }

  /** With fewer entries than there are, as many, and more. */
  async #inspect(): Promise<void> {
    const { id, record, said, now } = this.#circuit
    const all = said.audit.length
    for (const entries of new Set([0, 1, Math.max(0, all - 1), all, all + 1])) {
      const request = { type: 'inspect', id, entries } as const
      const reply = inspect(record, said, request, now)
      if (reply.audit.length > 1) seen.add('audit')
      const answered = await this.#server.serve(request, now)
      expect(answered.reply).toEqual(reply)
      expect(readsAfterWrites(answered.commands)).toEqual([])
    }
  }

  async #compare({ request, reply, message }: Played): Promise<void> {
    note({ request, reply, ...(message && { message }) })
    const answered = await this.#server.serve(request, this.#circuit.now)
    expect(answered.reply).toEqual(reply)
    const channel = channelOf('hf1', request.id)
    expect(answered.messages).toEqual(message === undefined ? [] : [[channel, encodeMessage(message)]])
    expect(readsAfterWrites(answered.commands)).toEqual([])
  }
}

function note({ reply, message }: Played): void {
  if ('dropped' in reply) seen.add(`${reply.type} ${reply.dropped}`)
  if (message !== undefined) seen.add(message.type === 'change' ? message.reason : message.type)
  if ('expired' in reply && reply.expired > 0) seen.add('expired')
  if ('tokens' in reply && reply.tokens > 0) seen.add('granted')
  if ('outdated' in reply && reply.outdated) seen.add('outdated')
}

describe('the scripts on circuits', () => {
  it('answer, push and keep what the pure functions do, in any story', async () => {
    const server = new ScriptedServer(redis)
    let story = 0
    await fc.assert(
      fc.asyncProperty(stories, async (actions) => {
        const twins = new Twins(server, `story-${++story}`)
        for (const action of actions) await twins.play(action)
      }),
      { numRuns: 400, examples: tales.map((tale) => [tale]) },
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
