import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyHealth } from '../../packages/core/src/share/protocol/health-record.ts'
import {
  HealthFleet,
  healthHistory,
  seldomHistories,
} from '../../packages/core/src/share/protocol/health.arbitrary.ts'
import type { HealthCommand } from '../../packages/core/src/share/protocol/health.arbitrary.ts'
import {
  keptHealth,
  lostHealth,
  serveHealth,
  start,
} from '../../packages/core/src/share/protocol/health.arbitrary.ts'
import { encodeMessage } from '../../packages/core/src/share/protocol/message.ts'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { healthKeysOf } from './health-keys-of.ts'
import { ScriptedServer, readsAfterWrites } from './scripted-server.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
afterAll(() => redis.stop())

/** What has happened in all histories: a comparison in which nothing happens proves nothing. */
const seen = new Set<string>()

/** One service twice: as the pure functions keep it, and in Redis. */
class Twins {
  readonly #id: string
  readonly #server: ScriptedServer
  readonly #fleet = new HealthFleet()
  #record = emptyHealth
  #now = start

  constructor(server: ScriptedServer, id: string) {
    this.#server = server
    this.#id = id
  }

  async play(command: HealthCommand): Promise<void> {
    if (command.type === 'wait') this.#record = keptHealth(this.#record, (this.#now += command.ms))
    if (command.type === 'lose') await this.#lose(command.keys)
    await this.#ask(command)
    expect(await this.#server.keys(this.#id, this.#now)).toEqual(healthKeysOf(this.#record, this.#now))
  }

  async #ask(command: HealthCommand): Promise<void> {
    const asked = this.#fleet.request(command, this.#now)
    if (asked === undefined || !('id' in asked)) return
    const request = { ...asked, id: this.#id }
    const { record, reply, messages } = serveHealth(this.#record, request, this.#now)
    this.#record = record
    const answered = await this.#server.serve(request, this.#now)
    expect(answered.reply).toEqual(reply)
    expect(answered.messages.map(([, text]) => text)).toEqual(messages.map(encodeMessage))
    expect(readsAfterWrites(answered.commands)).toEqual([])
    this.#fleet.messages.push(...messages)
    this.#fleet.answered(command, request, reply, this.#now)
    for (const message of messages) if ('reason' in message) seen.add(`${message.type} ${message.reason}`)
    if (reply.type === 'health-flush')
      for (const { dropped } of reply.endpoints) seen.add(`dropped ${dropped}`)
    if (reply.type === 'health-probe') {
      seen.add(`probe dropped ${reply.dropped}`)
      if (reply.expired > 0) seen.add('expired')
      if (reply.tokens > 0) seen.add('granted')
    }
    if (record.panic) seen.add('panic')
    if (record.endpoints.size < this.#known) seen.add('forgotten')
    this.#known = record.endpoints.size
  }

  #known = 0

  async #lose(keys: string): Promise<void> {
    for (const key of keys) await redis.command('DEL', this.#server.key(this.#id, key))
    this.#record = lostHealth(this.#record, keys)
  }
}

describe('the scripts on the health of a service', () => {
  it('answer, push and keep what the pure functions do, in any history', async () => {
    const server = new ScriptedServer(redis, { kind: 'h', letters: ['c', 'i', 'v', 'p'] })
    let history = 0
    await fc.assert(
      fc.asyncProperty(healthHistory, async (commands) => {
        const twins = new Twins(server, `service-${++history}`)
        for (const command of commands) await twins.play(command)
      }),
      { numRuns: 150, examples: seldomHistories.map((each) => [each]) },
    )
    const reasons = ['tripped', 'probing', 'recovered', 'relapsed', 'restored', 'conflict', 'rebased']
    const registers = ['failover', 'failback', 'panic', 'calm', 'restored', 'conflict', 'rebased']
    const drops = ['none', 'epoch', 'state', 'duplicate', 'repaired', 'full'].map((each) => `dropped ${each}`)
    const others = [
      'granted',
      'expired',
      'panic',
      'forgotten',
      'probe dropped epoch',
      'probe dropped repaired',
    ]
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...reasons.map((each) => `endpoint ${each}`),
        ...registers.map((each) => `register ${each}`),
        ...drops,
        ...others,
      ]),
    )
  })
})
