import { expect, it } from 'vitest'
import { certificates } from './certificates.ts'
import { eventually } from './eventually.ts'
import { sentinelSet } from './sentinel-set.ts'

it.concurrent('names the master, and the replica follows it', async () => {
  await using set = await sentinelSet()
  const master = await set.master()
  const replica = await set.replica()
  expect(await set.masterAddress()).toEqual({ host: '127.0.0.1', port: master.port })
  expect(set.addresses).toEqual(set.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })))
  await master.command('SET', 'key', 'value')
  expect(await master.command('WAIT', 1, 5_000)).toBe(1)
  expect(await replica.command('GET', 'key')).toBe('value')
  await expect(replica.command('SET', 'key', 'other')).rejects.toThrow(/^READONLY /)
})

it.concurrent('a killed master is replaced, and follows when it comes back', async () => {
  await using set = await sentinelSet()
  const [master, replica] = [await set.master(), await set.replica()]
  // Else they would look at the one that comes back after ten seconds only.
  const often = ['info-period', 500, 'publish-period', 500] as const
  for (const sentinel of set.sentinels) await sentinel.command('SENTINEL', 'DEBUG', ...often)
  await master.command('SET', 'key', 'value')
  await master.command('WAIT', 1, 5_000)
  await master.kill()
  expect(await set.masterAfter(master)).toBe(replica)
  expect(await replica.command('SET', 'other', 'new')).toBe('OK')
  await master.restart()
  const get = () => master.command('GET', 'other')
  expect(await eventually('it follows', async () => (await get()) ?? undefined, { withinMs: 50_000 })).toBe(
    'new',
  )
  expect(await master.command('GET', 'key')).toBe('value')
  expect(await set.replica()).toBe(master)
})

it.concurrent('a paused master is replaced, though its port still takes connections', async () => {
  await using set = await sentinelSet({ masterName: 'mine' })
  const [master, replica] = [await set.master(), await set.replica()]
  master.pause()
  expect(await set.masterAfter(master)).toBe(replica)
  expect(await set.masterAddress()).toEqual({ host: '127.0.0.1', port: replica.port })
  master.resume()
  expect(await master.command('PING')).toBe('PONG')
})

it.concurrent('fails over as planned, and the old master lives on', async () => {
  await using set = await sentinelSet()
  const [master, replica] = [await set.master(), await set.replica()]
  expect(await set.failover()).toBe(replica)
  expect(await set.masterAddress()).toEqual({ host: '127.0.0.1', port: replica.port })
  expect(master.isRunning).toBe(true)
})

it.concurrent('fails over under TLS, passwords and access lists', async () => {
  using made = await certificates()
  await using set = await sentinelSet({
    tls: made.server,
    password: 'secret',
    acl: 'user app on >app ~app:* +get +set',
    sentinelAcl: 'user default off\nuser app on >app +sentinel|get-master-addr-by-name',
  })
  const [master, replica] = [await set.master(), await set.replica()]
  expect(master.url).toMatch(/^rediss:\/\/:secret@/)
  await master.kill()
  expect(await set.masterAfter(master)).toBe(replica)
  const [sentinel] = set.sentinels
  await sentinel?.command('AUTH', 'app', 'app')
  await expect(sentinel?.command('SENTINEL', 'FAILOVER', 'holdfast')).rejects.toThrow('NOPERM')
  expect(await set.masterAddress()).toEqual({ host: '127.0.0.1', port: replica.port })
})
