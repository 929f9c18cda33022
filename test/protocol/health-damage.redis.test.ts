import { expect, it } from 'vitest'
import { healthPolicy } from '../../packages/core/src/share/protocol/health.arbitrary.ts'
import type { HealthFlushRequest, HealthProbeRequest } from '@holdfast/core/protocol'
import { keyDump, redisServer } from '../servers/index.ts'
import { ScriptedServer } from './scripted-server.ts'

const now = 1_800_000_000_000
const claim = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 } as const
const flush: HealthFlushRequest = {
  type: 'health-flush',
  id: 's',
  instance: 'one',
  sequence: 256,
  register: { epoch: 0, active: 0, panic: false },
  fleet: 1,
  endpoints: ['a', 'b', 'c'].map((endpoint) => ({ endpoint, group: 0, claim, successes: 0, failures: 9 })),
  policy: { ...healthPolicy, quorumMinimum: 1 },
}
const ofHealth = { kind: 'h', letters: ['c', 'i', 'v', 'p'] }

it('a key of another type is refused by name, and nothing is changed', async () => {
  await using redis = await redisServer()
  const server = new ScriptedServer(redis, ofHealth)
  for (const letter of ofHealth.letters) {
    await redis.command('FLUSHALL')
    await redis.command('SET', server.key('s', letter), 'not ours')
    await expect(server.serve(flush, now)).rejects.toThrow('WRONGTYPE')
    const left = await keyDump(redis, 'hf1:*')
    expect(left.map(({ key, type }) => [key, type])).toEqual([[server.key('s', letter), 'string']])
  }
})

it('garbage in the fields reads as nothing, and is written over', async () => {
  await using redis = await redisServer()
  const server = new ScriptedServer(redis, ofHealth)
  const garbage = [
    '',
    'x',
    '1,2',
    '-1,1e9,nan',
    '9'.repeat(400),
    ','.repeat(14),
    '1'.repeat(20).split('').join(','),
  ]
  for (const text of garbage) {
    await redis.command('FLUSHALL')
    const names = ['g', 's:a', 'r:a', 's:b', 'pv', 'pt']
    await redis.command('HSET', server.key('s', 'c'), 'l', 'a,b', ...names.flatMap((name) => [name, text]))
    await redis.command('HSET', server.key('s', 'i'), 'one', text)
    const { reply } = await server.serve(flush, now)
    expect(reply?.type).toBe('health-flush')
    const { reply: probed } = await server.serve(probe, now)
    expect(probed?.type).toBe('health-probe')
  }
})

const probe: HealthProbeRequest = {
  type: 'health-probe',
  id: 's',
  endpoint: 'a',
  claim,
  reports: [{ token: 1, result: 'succeeded' }],
  wanted: 1,
  policy: flush.policy,
}
