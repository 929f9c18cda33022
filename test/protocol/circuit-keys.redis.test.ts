import { encodePolicy } from '@holdfast/core/protocol'
import type { Reply, Request } from '@holdfast/core/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base, policies, senseless, start } from '../../packages/core/src/share/protocol/circuit.arbitrary.ts'
import { emptyRecord } from '../../packages/core/src/share/protocol/breaker-record.ts'
import { flush as pureFlush } from '../../packages/core/src/share/protocol/flush.ts'
import { callOf, scripts } from '../../packages/redis/src/scripts.ts'
import { eventually, redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { ScriptedServer } from './scripted-server.ts'
import type { CircuitRequest } from './scripted-server.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
afterAll(() => redis.stop())

const claim = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 } as const
const counts = { instance: 'a', sequence: 1, successes: 0, failures: 0, fleet: 1 }
const flush = { type: 'flush', id: 'c', claim, ...counts, policy: base } as const
const probe = { type: 'probe', id: 'c', claim, reports: [], wanted: 1, policy: base } as const
const control = {
  type: 'control',
  id: 'c',
  name: 'c',
  state: 'open',
  forMs: 60_000,
  by: 'Ada',
  why: 'maintenance',
  request: 'one',
} as const
const lost = { epoch: start, status: 'open', remainingMs: 500, openings: 1 } as const

/** By the real clock, as whoever the connection is for. */
async function ask(server: RedisServer, request: Request): Promise<Reply | undefined> {
  const { script, keys, args, decode } = callOf('hf1', request)
  return decode(await server.command('EVAL', scripts[script] ?? '', keys.length, ...keys, ...args))
}

describe('a key of another type', () => {
  const requests: readonly (readonly [what: string, keys: string, request: CircuitRequest])[] = [
    ['a vote', 'ci', flush],
    ['a vote for failure', 'civ', { ...flush, failures: 1 }],
    ['a vote that opens', 'civp', { ...flush, failures: 20 }],
    ['a vote that tidies up', 'civ', { ...flush, sequence: 256 }],
    ['a claim that restores', 'civp', { ...flush, claim: lost }],
    ['a probe’s claim that restores', 'civp', { ...probe, claim: lost }],
    ['a probe', 'cp', probe],
    ['a look', 'co', { type: 'look', id: 'c' }],
    ['an override', 'oa', control],
  ]

  it.each(requests)('makes %s fail before anything is written: %s', async (_, letters, request) => {
    const server = new ScriptedServer(redis)
    for (const letter of letters) {
      await redis.command('FLUSHALL')
      await redis.command('SET', server.key('c', letter), 'mine')
      const before = await server.keys('c', start)
      await expect(server.serve(request, start)).rejects.toThrow('WRONGTYPE')
      expect(await server.keys('c', start)).toEqual(before)
    }
  })

  it('makes a probe that opens the circuit fail too', async () => {
    const server = new ScriptedServer(redis)
    for (const letter of 'iv') {
      await redis.command('FLUSHALL')
      await redis.command('HSET', server.key('c', 'c'), 'e', 5, 'st', 1, 'un', start, 'od', 1_000, 'k', 1)
      await redis.command('SET', server.key('c', letter), 'mine')
      const before = await server.keys('c', start)
      const request = { ...probe, claim: { epoch: 5, status: 'open', remainingMs: 0, openings: 1 } } as const
      await expect(server.serve(request, start)).rejects.toThrow('WRONGTYPE')
      expect(await server.keys('c', start)).toEqual(before)
    }
  })
})

describe('what is no number', () => {
  const fields = 'e st un od k at rb ps pf pl pg pn pr pv pt bm b S F s0 s1 s9 f0 f1 f9'.split(' ')
  const garbage = [
    '',
    'abc',
    '-1',
    '1.5',
    '0x10z',
    'nan',
    'inf',
    '-inf',
    '1e999',
    '99999999999999999999',
    '{}',
    '7',
    '\0',
  ]

  it('reads as nothing, and whatever stands in a key is answered by shape', async () => {
    const server = new ScriptedServer(redis)
    const some = fc.array(fc.tuple(fc.constantFrom(...fields), fc.constantFrom(...garbage)), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(some, async (content) => {
        await redis.command('FLUSHALL')
        await redis.command('HSET', server.key('c', 'c'), ...content.flat())
        await redis.command('HSET', server.key('c', 'i'), 'a', 'abc', 'b', '1', 'd', ',')
        await redis.command('HSET', server.key('c', 'o'), 'oe', 'x', 'ov', '9', 'ou', '1e999')
        for (const request of [
          flush,
          { ...flush, sequence: 256, failures: 20 },
          probe,
          { type: 'look', id: 'c' } as const,
        ]) {
          const { reply } = await server.serve(request, start)
          expect(reply).toMatchObject({ type: request.type })
        }
      }),
      { numRuns: 100 },
    )
  })

  it('leaves what can be read', async () => {
    const server = new ScriptedServer(redis)
    await redis.command('FLUSHALL')
    await redis.command('HSET', server.key('c', 'c'), 'e', start, 'st', 'open', 'un', '?', 'k', '4')
    const { reply } = await server.serve({ type: 'look', id: 'c' }, start)
    expect(reply).toMatchObject({ epoch: start, status: 'closed', remainingMs: 0, openings: 4 })
  })
})

describe('rules that were left by others', () => {
  const texts = [...senseless, ...policies.map(encodePolicy), '9,9007199254740991,1,1,1,1,1,1,1,1,1,1,1']

  it.each(texts)('are read as the pure functions read them: "%s"', async (policy) => {
    const server = new ScriptedServer(redis)
    await redis.command('FLUSHALL')
    await redis.command('HSET', server.key('c', 'c'), 'pv', 9, 'pt', policy)
    const record = { ...emptyRecord, policyVersion: 9, policy, expiresAt: Infinity }
    const request = { ...flush, successes: 2, failures: 3, fleet: 4 }
    const { reply } = pureFlush(record, request, start)
    expect((await server.serve(request, start)).reply).toEqual(reply)
  })
})

describe('the commands of a script', () => {
  const commands = async (request: CircuitRequest, now: number): Promise<readonly string[]> =>
    (await new ScriptedServer(redis).serve(request, now)).commands

  it('are six for a vote without failures, and two more for one with', async () => {
    await redis.command('FLUSHALL')
    const few = { ...flush, successes: 1_000 }
    await commands(few, start)
    expect(await commands({ ...few, sequence: 2 }, start)).toEqual([
      'TIME',
      'HMGET',
      'HLEN',
      'HGET',
      'HSET',
      'HSET',
    ])
    const failing = await commands({ ...few, sequence: 3, failures: 1 }, start)
    expect(failing.filter((name) => name.startsWith('Z') || name === 'PEXPIRE')).toEqual(['ZADD', 'PEXPIRE'])
    expect(failing).toHaveLength(8)
  })

  it('are two more when a bucket begins, for then the keys are kept for longer', async () => {
    await redis.command('FLUSHALL')
    await commands({ ...flush, successes: 1 }, start)
    const next = await commands({ ...flush, successes: 1, sequence: 2 }, start + base.bucketMs)
    expect(next.slice(-2)).toEqual(['PEXPIRE', 'PEXPIRE'])
    expect(next).toHaveLength(8)
  })

  it('are three for a look, and for a probe that is refused', async () => {
    await redis.command('FLUSHALL')
    await redis.command('HSET', 'hf1:{b:c}:c', 'e', start, 'st', 1, 'un', start + 500, 'od', 500)
    expect(await commands({ type: 'look', id: 'c' }, start)).toEqual(['TIME', 'HMGET', 'HMGET'])
    const claimed = { epoch: start, status: 'open', remainingMs: 500, openings: 1 } as const
    expect(await commands({ ...probe, claim: claimed }, start)).toEqual(['TIME', 'HMGET', 'ZRANGE'])
  })
})

it('an epoch keeps all of its digits, up to the largest number that is exact', async () => {
  const server = new ScriptedServer(redis)
  for (const epoch of [
    1_000_000_000_000,
    99_999_999_999_999,
    100_000_000_000_000,
    Number.MAX_SAFE_INTEGER - 1,
  ]) {
    await redis.command('FLUSHALL')
    await redis.command('HSET', server.key('c', 'c'), 'e', epoch)
    const request = { ...flush, failures: 20, claim: { ...claim, epoch } }
    const { reply, messages } = await server.serve(request, start)
    const next = Math.max(start, epoch + 1)
    expect(reply).toMatchObject({ epoch: next, status: 'open' })
    expect(messages[0]?.[1]).toBe(`1|c|${next}|1|1000|tripped|1`)
    expect(await server.keys('c', start)).toMatchObject({ c: { content: { e: `${next}` } } })
  }
})

describe('by the clock of the server', () => {
  it('a circuit opens, its keys expire in time, and everybody hears of it', async () => {
    await redis.command('FLUSHALL')
    expect(await ask(redis, { ...flush, failures: 1 })).toMatchObject({ status: 'closed' })
    const ttl = await redis.command('PTTL', 'hf1:{b:c}:c')
    expect(ttl).toBeGreaterThan(590_000)
    expect(ttl).toBeLessThanOrEqual(600_000)
    const before = Number(((await redis.command('TIME')) as readonly string[])[0]) * 1_000
    const reply = await ask(redis, { ...flush, failures: 20, sequence: 2 })
    expect(reply).toMatchObject({ status: 'open', remainingMs: 1_000 })
    expect((reply as { epoch: number }).epoch).toBeGreaterThanOrEqual(before)
    await eventually('the opening ends', async () => {
      const { epoch } = reply as { epoch: number }
      const asked = { ...probe, claim: { epoch, status: 'open', remainingMs: 0, openings: 1 } } as const
      return (
        (await ask(redis, asked))?.type === 'probe' &&
        (await redis.command('HGET', 'hf1:{b:c}:c', 'st')) === '2'
      )
    })
  })

  it.each(Object.keys(scripts))('the clock is read in one marked line of the script %s', (name) => {
    const lines = (scripts[name] ?? '').split('\n').filter((line) => line.includes("'TIME'"))
    expect(lines).toEqual([expect.stringMatching(/ -- clock$/)])
  })
})
