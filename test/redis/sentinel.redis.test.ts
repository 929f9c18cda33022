import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { certificates, eventually, sentinelSet } from '../servers/index.ts'
import type { SentinelSet } from '../servers/index.ts'
import { Listening } from './listening.ts'

const acl = readFileSync(new URL('../../packages/redis/acl/sentinel.acl', import.meta.url), 'utf8')

function through(set: SentinelSet): Listening {
  return new Listening({ sentinels: { name: set.masterName, nodes: set.addresses } })
}

/** Until requests are answered and a message of the new master is heard. */
async function serves(one: Listening, set: SentinelSet, withinMs: number): Promise<number> {
  const start = performance.now()
  await eventually('requests are answered', async () => (await one.look('a')) === 'look', { withinMs })
  const ms = performance.now() - start
  const master = await set.master()
  await eventually('messages come', async () => {
    await master.command('PUBLISH', 'hf1:ev:0', 'hello')
    return one.pushed.includes('hello')
  })
  return ms
}

it('a master that crashes, then one that hangs, is left for the one that is promoted', async () => {
  await using set = await sentinelSet({ replicas: 2 })
  await using one = through(set)
  await one.connected()
  const first = await set.master()
  await first.kill()
  await eventually('the loss is noticed', () => !one.isConnected)
  console.log(`after a crash: ${Math.round(await serves(one, set, 15_000))} ms`)
  await first.restart()
  await set.settled()
  const second = await set.master()
  one.pushed.length = 0
  second.pause()
  const start = performance.now()
  await eventually('the loss is noticed', () => !one.isConnected)
  const leftMs = performance.now() - start
  console.log(
    `a hang is noticed after ${Math.round(leftMs)} ms, and ${Math.round(await serves(one, set, 15_000))} ms later it serves`,
  )
  expect(leftMs).toBeLessThan(3_500)
  second.resume()
}, 120_000)

it('a planned failover is followed at once', async () => {
  await using set = await sentinelSet()
  await using one = through(set)
  await one.connected()
  const start = performance.now()
  const failover = set.failover()
  await one.connected(2)
  const ms = performance.now() - start
  console.log(`after a planned failover: ${Math.round(ms)} ms`)
  expect(ms).toBeLessThan(5_000)
  const master = await failover
  await eventually('the new master has it', async () =>
    /flags=P|sub=16/.test(String(await master.command('CLIENT', 'LIST'))),
  )
  expect(await one.look('a')).toBe('look')
}, 120_000)

it('the sentinels have users, TLS and a private authority too', async () => {
  const made = await certificates()
  const ca = readFileSync(made.ca, 'utf8')
  await using set = await sentinelSet({
    tls: made.server,
    sentinelAcl: `user default off\n${acl}`,
    password: 'of-the-servers',
  })
  const nodes = set.addresses
  const known = { name: set.masterName, nodes, username: 'holdfast', password: 'change-me' }
  await using one = new Listening({
    sentinels: { ...known, tls: { ca } },
    tls: { ca },
    password: 'of-the-servers',
  })
  await one.connected()
  expect(await one.look('a')).toBe('look')
  await using untrusting = new Listening({
    sentinels: { ...known, tls: true },
    tls: { ca },
    password: 'of-the-servers',
  })
  expect((await untrusting.refused()).reason).toBe('not trusted')
  const wrong = { ...known, password: 'wrong', tls: { ca } }
  await using refused = new Listening({ sentinels: wrong, tls: { ca }, password: 'of-the-servers' })
  expect((await refused.refused()).reason).toBe('no permission')
  await using wrongServer = new Listening({
    sentinels: { ...known, tls: { ca } },
    tls: { ca },
    password: 'wrong',
  })
  expect((await wrongServer.refused()).reason).toBe('no permission')
}, 60_000)

it('with all sentinels out of reach closing takes no longer', async () => {
  await using set = await sentinelSet()
  await using one = through(set)
  await one.connected()
  const master = await set.master()
  for (const sentinel of set.sentinels) sentinel.pause()
  await master.kill()
  await eventually('the loss is noticed', () => !one.isConnected)
  const start = performance.now()
  await one.store.close()
  expect(performance.now() - start).toBeLessThan(170)
  for (const sentinel of set.sentinels) sentinel.resume()
}, 60_000)
