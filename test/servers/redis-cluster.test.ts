import { expect, it } from 'vitest'
import { certificates } from './certificates.ts'
import { redisCluster } from './redis-cluster.ts'
import type { RedisCluster } from './redis-cluster.ts'
import type { RedisServer } from './redis-server.ts'

/** A master that does not serve the slot. */
async function otherThan(owner: RedisServer, cluster: RedisCluster): Promise<RedisServer> {
  const owners = await Promise.all([0, 16_383].map((slot) => cluster.ownerOf(slot)))
  const other = owners.find((each) => each !== owner)
  if (other === undefined) throw new Error('one master serves the first and the last slot')
  return other
}

it.concurrent('gives every slot to one of the masters, and sends clients there', async () => {
  await using cluster = await redisCluster({ masters: 3, replicas: 0 })
  const owners = await Promise.all(
    [0, 5_460, 5_461, 10_921, 10_922, 16_383].map((slot) => cluster.ownerOf(slot)),
  )
  const [first, second, third] = cluster.nodes
  expect(owners).toEqual([first, first, second, second, third, third])

  const slot = await cluster.keySlot('hf1:{inventory}:c')
  expect(await cluster.keySlot('{inventory}')).toBe(slot)
  expect(await cluster.keySlot('123456789'), 'the check value of CRC16').toBe(0x31c3)
  const owner = await cluster.ownerOf(slot)
  expect(await owner.command('SET', '{inventory}', '1')).toBe('OK')
  const other = await otherThan(owner, cluster)
  await expect(other.command('GET', '{inventory}')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${owner.port}`)
})

it.concurrent('a killed owner is replaced by its replica, and comes back as a replica', async () => {
  await using cluster = await redisCluster({ nodeTimeoutMs: 1_000 })
  const slot = await cluster.keySlot('key')
  const owner = await cluster.ownerOf(slot)
  await owner.command('SET', 'key', 'value')
  expect(await owner.command('WAIT', 1, 5_000)).toBe(1)
  expect(await cluster.killOwner(slot)).toBe(owner)
  expect(owner.isRunning).toBe(false)
  await cluster.settled()
  const successor = await cluster.ownerOf(slot)
  expect(cluster.nodes.indexOf(successor)).toBe(cluster.nodes.indexOf(owner) + 3)
  expect(await successor.command('GET', 'key')).toBe('value')

  await owner.restart()
  await cluster.settled()
  expect(await owner.command('ROLE')).toContain('slave')
  expect(await cluster.ownerOf(slot)).toBe(successor)
})

it.concurrent('moves a slot in steps: ASK while it is on its way, MOVED when it has arrived', async () => {
  await using cluster = await redisCluster({ replicas: 0 })
  const slot = await cluster.keySlot('{a}')
  const source = await cluster.ownerOf(slot)
  const target = await otherThan(source, cluster)
  await source.command('MSET', '{a}1', 'one', '{a}2', 'two')

  const migration = await cluster.migrateSlot(slot, target)
  expect(await source.command('GET', '{a}1')).toBe('one')
  await expect(source.command('GET', '{a}3')).rejects.toThrow(`ASK ${slot} 127.0.0.1:${target.port}`)
  await expect(target.command('GET', '{a}1')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${source.port}`)

  const [moved = ''] = await migration.moveKeys(1)
  await expect(source.command('GET', moved)).rejects.toThrow(`ASK ${slot} 127.0.0.1:${target.port}`)
  await expect(source.command('MGET', '{a}1', '{a}2')).rejects.toThrow('TRYAGAIN')
  await target.command('ASKING')
  expect(await target.command('GET', moved)).toBe(moved === '{a}1' ? 'one' : 'two')

  expect(await migration.moveKeys()).toHaveLength(1)
  expect(await migration.moveKeys()).toEqual([])
  await migration.finish()
  for (const node of cluster.nodes.filter((each) => each !== target))
    await expect(node.command('GET', '{a}1')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${target.port}`)
  expect(await target.command('MGET', '{a}1', '{a}2')).toEqual(['one', 'two'])
  expect(await cluster.ownerOf(slot)).toBe(target)

  const back = await cluster.migrateSlot(slot, source)
  while ((await back.moveKeys(1)).length > 0);
  await back.finish()
  expect(await source.command('MGET', '{a}1', '{a}2', '{a}3')).toEqual(['one', 'two', null])
})

it.concurrent('replicates and moves slots under TLS, passwords and access lists', async () => {
  using made = await certificates()
  const acl = 'user default off\nuser app on >app ~app:* +get'
  await using cluster = await redisCluster({ masters: 2, replicas: 1, tls: made.server, acl })
  const [source, target, replica] = cluster.nodes as [RedisServer, RedisServer, RedisServer]
  expect(await replica.command('ROLE')).toEqual([
    'slave',
    '127.0.0.1',
    source.port,
    'connected',
    expect.anything(),
  ])
  expect(await cluster.ownerOf(0)).toBe(source)
  await source.command('SET', '{b}', '1')
  const migration = await cluster.migrateSlot(await cluster.keySlot('{b}'), target)
  expect(migration.source).toBe(source)
  expect(await migration.moveKeys()).toEqual(['{b}'])
  await migration.finish()
  expect(await target.command('GET', '{b}')).toBe('1')
  await target.command('AUTH', 'app', 'app')
  await expect(target.command('GET', '{b}')).rejects.toThrow('NOPERM')
})
