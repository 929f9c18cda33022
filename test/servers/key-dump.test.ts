import { expect, it, onTestFinished } from 'vitest'
import { keyDump } from './key-dump.ts'
import { redisServer } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'

async function started(): Promise<RedisServer> {
  const server = await redisServer()
  onTestFinished(() => server.stop())
  return server
}

it('is empty when nothing is stored', async () => {
  expect(await keyDump(await started())).toEqual([])
})

it('shows every type, sorted, the same whatever the order of writing', async () => {
  const server = await started()
  const writes = [
    ['SET', 'string', ''],
    ['RPUSH', 'list', 'b', 'a'],
    ['SADD', 'set', 'b', '10', '9'],
    ['HSET', 'hash', 'z', '1'],
    ['HSET', 'hash', 'a', '2'],
    ['ZADD', 'zset', 1.5, 'b', -1, 'z', 1.5, 'a'],
    ['XADD', 'stream', '7-1', 'by', 'ann', 'why', ''],
  ] as const
  for (const write of writes) await server.command(...write)
  const dump = await keyDump(server)
  expect(dump).toEqual([
    { key: 'hash', type: 'hash', content: { a: '2', z: '1' }, ttlMs: null },
    { key: 'list', type: 'list', content: ['b', 'a'], ttlMs: null },
    { key: 'set', type: 'set', content: ['10', '9', 'b'], ttlMs: null },
    { key: 'stream', type: 'stream', content: [{ id: '7-1', fields: { by: 'ann', why: '' } }], ttlMs: null },
    { key: 'string', type: 'string', content: '', ttlMs: null },
    {
      key: 'zset',
      type: 'zset',
      content: [
        ['z', -1],
        ['a', 1.5],
        ['b', 1.5],
      ],
      ttlMs: null,
    },
  ])
  await server.command('FLUSHALL')
  for (const write of writes.toReversed()) await server.command(...write)
  expect(JSON.stringify(await keyDump(server))).toBe(JSON.stringify(dump))
})

it('tells how long a key has to live', async () => {
  const server = await started()
  await server.command('SET', 'key', '1', 'PX', 600_000)
  const [record] = await keyDump(server)
  expect(record?.ttlMs).toBeGreaterThan(590_000)
  expect(record?.ttlMs).toBeLessThanOrEqual(600_000)
})

it('holds to the pattern', async () => {
  const server = await started()
  await server.command('MSET', 'hf1:{a}:c', '1', 'hf1:{b}:c', '2', 'hf2:{a}:c', '3')
  const dump = await keyDump(server, 'hf1:{*}:c')
  expect(dump.map(({ key }) => key)).toEqual(['hf1:{a}:c', 'hf1:{b}:c'])
})
