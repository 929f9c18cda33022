import { describe, expect, it } from 'vitest'
import { scripts } from '../../packages/redis/src/scripts.ts'
import { redisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'
import { requests } from './requests.ts'
import { spokenIn, strangeIn } from './vocabulary.ts'

/** What scripts may say: commands of Redis 6.2 that Valkey has too, and of their options those that both have. */
const since62: Readonly<Record<string, readonly string[]>> = {
  TIME: [],
  PUBLISH: [],
  DEL: [],
  GET: [],
  SET: ['PX'],
  PEXPIRE: [],
  HGET: [],
  HMGET: [],
  HGETALL: [],
  HSET: [],
  HDEL: [],
  HLEN: [],
  ZADD: [],
  ZREM: [],
  ZCARD: [],
  ZCOUNT: [],
  ZSCORE: [],
  ZRANGE: ['WITHSCORES'],
  ZRANGEBYSCORE: ['WITHSCORES', 'LIMIT'],
  ZREMRANGEBYSCORE: [],
  XADD: ['MAXLEN'],
  XLEN: [],
  XREVRANGE: ['COUNT'],
}

/** What a client may send, as `INFO commandstats` names it. */
const sent62 = /^(?:hello|auth|info|ping|eval|evalsha|subscribe|unsubscribe|client\|setname|command)$/

describe('every script', () => {
  const texts = Object.entries(scripts)

  it('names only commands and options that all supported servers have', () => {
    const unknown = texts.flatMap(([name, lua]) =>
      spokenIn(lua).flatMap(({ command, options }) => [
        ...(command in since62 ? [] : [`${name}: ${command}`]),
        ...options
          .filter((option) => command in since62 && !since62[command]?.includes(option))
          .map((option) => `${name}: ${command} ${option}`),
      ]),
    )
    expect(unknown).toEqual([])
  })

  it('is found to have commands: nothing is allowed in vain', () => {
    const spoken = texts.flatMap(([, lua]) =>
      spokenIn(lua).flatMap(({ command, options }) => [command, ...options]),
    )
    const allowed = Object.entries(since62).flat(2)
    expect(allowed.filter((word) => !spoken.includes(word))).toEqual([])
  })

  it('is of the Lua that all of them have, and asks nothing of servers since 7', () => {
    expect(texts.flatMap(([name, lua]) => strangeIn(lua).map((word) => `${name}: ${word}`))).toEqual([])
  })

  it.each([
    [`redis.call('PEXPIRE', KEYS[1], 5, 'NX')`, 'PEXPIRE NX'],
    [`call('ZADD', KEYS[1], 'GT', f(1), 'a')`, 'ZADD GT'],
    [`call(name, KEYS[1])`, '?'],
  ])('would be found to say %s', (lua, told) => {
    expect(spokenIn(lua).map(({ command, options }) => [command, ...options].join(' '))).toEqual([told])
  })

  it.each(['#!lua', 'goto done', 'return 7 // 2', 'return a & b', 'redis.setresp(3)', 'table.unpack(a)'])(
    'would be found to be strange: %s',
    (lua) => {
      expect(strangeIn(lua).length).toBe(1)
    },
  )
})

it('a client sends nothing that servers since 6.2 do not know', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url })
  await one.connected()
  // The first time a script's text is sent, and then its hash.
  for (const _ of [1, 2]) await one.store.send(Object.values(requests))
  await one.store.close()
  const stats = String(await server.command('INFO', 'commandstats'))
  const names = [...stats.matchAll(/^cmdstat_([\w|]+):/gm)].map(([, name = '']) => name)
  const ours = names.filter((name) => !(name.toUpperCase() in since62))
  expect(ours.filter((name) => !sent62.test(name))).toEqual([])
  expect(ours).toContain('evalsha')
  // This server is one of them that do not know all: a command of later ones would be an error.
  const errors = String(await server.command('INFO', 'errorstats'))
  expect([...errors.matchAll(/^errorstat_(\w+):/gm)].map(([, word]) => word)).toEqual([])
})
