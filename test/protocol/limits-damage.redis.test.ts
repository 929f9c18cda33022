import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Request } from '@holdfast/core/protocol'
import { callOf, scripts } from '../../packages/redis/src/scripts.ts'
import { keyDump, redisServer, ReplyError } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
beforeEach(() => redis.command('FLUSHALL'))
afterAll(() => redis.stop())

async function ask(request: Request): Promise<unknown> {
  const { script, keys, args, decode } = callOf('hf1', request)
  return decode(await redis.command('EVAL', scripts[script] ?? '', keys.length, ...keys, ...args))
}

let sequence = 0
const sliceOf = (instance: string, want: number): Request => {
  return {
    type: 'slice',
    id: 'stock',
    instance,
    sequence: ++sequence,
    limit: 10,
    want,
    keep: 0,
    leaseMs: 3_000,
  }
}
const permit: Request = {
  type: 'permit',
  id: 'stock',
  action: 'acquire',
  token: 't',
  limit: 1,
  leaseMs: 3_000,
}
const cells = { wanted: 3, least: 1, debt: 0, intervalUs: 1e6 / 7, toleranceUs: 1e6 }
const limit: Request = { type: 'limit', id: 'stock', ...cells }
const budget: Request = {
  type: 'budget',
  id: 'stock',
  instance: 'a',
  sequence: 256,
  requests: 2,
  retries: 1,
  bucketMs: 1_000,
}
const beat: Request = {
  type: 'heartbeat',
  instance: 'a',
  objects: ['b:stock'],
  leaving: false,
  aliveMs: 5_000,
}
const list: Request = { type: 'registry', aliveMs: 5_000 }

const requests: Readonly<Record<string, Request>> = {
  slice: sliceOf('a', 5),
  permit,
  limit,
  budget,
  beat,
  list,
}
/** The keys that are read; those of the registry are no keys to the server, so that operators may read them. */
const keysOf = (request: Request): readonly string[] => {
  const { keys, args } = callOf('hf1', request)
  return request.type === 'registry' ? args.slice(0, 2).map(String) : keys
}
const each = Object.entries(requests).flatMap(([name, request]) =>
  keysOf(request).map((key) => [name, key, request] as const),
)

describe('keys of the limits', () => {
  it.each(Object.entries(requests))('those of %s have one tag, and each has its end', async (_, request) => {
    await ask(request)
    const tags = keysOf(request).map((key) => /^hf1:\{([a-z]+(?::stock)?)\}:[a-z]$/.exec(key)?.[1])
    expect(new Set(tags).size).toBe(1)
    expect(tags).not.toContain(undefined)
    const left = await keyDump(redis)
    expect(left.every(({ key, ttlMs }) => keysOf(request).includes(key) && (ttlMs ?? 0) > 0)).toBe(true)
  })

  it.each(each)('%s fails and changes nothing where %s is of another type', async (_, key, request) => {
    await ask(request)
    await redis.command('DEL', key)
    await redis.command('LPUSH', key, 'foreign')
    const before = await keyDump(redis)
    await expect(ask(request)).rejects.toThrow(ReplyError)
    const content = (all: typeof before): readonly unknown[] => all.map(({ ttlMs: _ttl, ...rest }) => rest)
    expect(content(await keyDump(redis))).toEqual(content(before))
  })
})

it.each(['application', 'redis-6.2'])('the users of the file %s.acl may do what the scripts do', (file) => {
  const acl = readFileSync(new URL(`../../packages/redis/acl/${file}.acl`, import.meta.url), 'utf8')
  const allowed = acl.split('\n').find((line) => line.startsWith('user holdfast-application '))
  const used = Object.values(requests).flatMap(({ type }) =>
    [...(scripts[type] ?? '').matchAll(/call\(\s*'([A-Z]+)'/g)].map(
      ([, name = '']) => `+${name.toLowerCase()}`,
    ),
  )
  expect(used.length).toBeGreaterThan(50)
  expect(used.filter((each) => !allowed?.split(' ').includes(each))).toEqual([])
})

describe('what others have written into the keys of the limits', () => {
  it('sums that are none are added up again', async () => {
    await ask(sliceOf('a', 6))
    for (const garbage of [
      '',
      'x',
      '1,2',
      '0,0,0,1,x,0',
      `9${'9'.repeat(400)},0,0,1,3000,0`,
      '0,0,0,7,3000,0',
    ]) {
      await redis.command('HSET', 'hf1:{k:stock}:h', '=', garbage)
      expect(await ask(sliceOf('b', 10))).toMatchObject({ slice: 4, members: 2 })
    }
  })

  it('a longest lease beyond all measure is one of a day', async () => {
    await ask(sliceOf('a', 6))
    for (const garbage of ['9'.repeat(400), '9'.repeat(13)]) {
      await redis.command('HSET', 'hf1:{k:stock}:h', '=', `6,6,6,1,${garbage},0`)
      expect(await ask(sliceOf('a', 6))).toMatchObject({ slice: 6 })
      const left = await redis.command('PTTL', 'hf1:{k:stock}:z')
      expect(Math.round(Number(left) / 86_400_000)).toBe(3)
    }
  })

  it('a slice that is none reads as none', async () => {
    await ask(sliceOf('a', 6))
    await redis.command('HSET', 'hf1:{k:stock}:h', '=', 'x', 'a', 'x')
    expect(await ask(sliceOf('b', 10))).toMatchObject({ slice: 9, members: 2 })
  })

  it('an arrival that is none reads as none', async () => {
    for (const garbage of ['x', '', '-5', '1.5', '1e99', '9'.repeat(400)]) {
      await redis.command('SET', 'hf1:{r:stock}:g', garbage)
      expect(await ask(limit)).toMatchObject({ granted: 3 })
    }
  })

  it('permits that never end are cut to a lease', async () => {
    await redis.command('ZADD', 'hf1:{k:stock}:t', '+inf', 'for ever')
    expect(await ask(permit)).toMatchObject({ granted: false, waitMs: 3_000 })
  })

  it('a ring that is none begins again', async () => {
    await redis.command('HSET', 'hf1:{y:stock}:c', 'bm', 'x', 'b', '-1', 'S', '1e9', 's0', 'x')
    await redis.command('HSET', 'hf1:{y:stock}:i', 'a', 'x', 'b', '1,x')
    expect(await ask(budget)).toMatchObject({ requests: 2, retries: 1, reporters: 1 })
  })

  it('what is no name is not listed', async () => {
    await ask(beat)
    const now = Date.now()
    await redis.command('ZADD', 'hf1:{reg}:m', now, 'no name', now, 'b:{x}', now, 'k:stock')
    expect(await ask(list)).toMatchObject({ instances: 1, objects: ['b:stock', 'k:stock'] })
  })
})

describe('many at once', () => {
  it('ten thousand names are listed, and further ones refused', async () => {
    const names = Array.from({ length: 5_001 }, (_, index) => `b:${index}`)
    const more = names.map((name) => `${name}/more`)
    await ask({ ...beat, objects: names })
    expect(await ask({ ...beat, objects: more })).toMatchObject({ objects: 10_000, full: true })
    expect(await ask(list)).toMatchObject({ objects: { length: 10_000 } })
  })

  it('a fleet that vanished gives back all at once', async () => {
    for (let index = 0; index < 2_000; index++) {
      void redis.command('HSET', 'hf1:{k:stock}:h', `i${index}`, '1,1,1,1')
      void redis.command('ZADD', 'hf1:{k:stock}:z', 1, `i${index}`)
    }
    await redis.command('HSET', 'hf1:{k:stock}:h', '=', '2000,2000,2000,2000,3000,1')
    expect(await ask(sliceOf('a', 10))).toMatchObject({ slice: 10, members: 1 })
    expect(await redis.command('PTTL', 'hf1:{k:stock}:z')).toBeGreaterThan(0)
  })
})
