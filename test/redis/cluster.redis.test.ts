import { Cluster } from 'ioredis'
import { expect, it } from 'vitest'
import { eventually, redisCluster } from '../servers/index.ts'
import type { RedisCluster } from '../servers/index.ts'
import { Listening } from './listening.ts'

const ids = Array.from({ length: 60 }, (_, index) => `circuit-${index}`)

function within(cluster: RedisCluster): Listening {
  const nodes = cluster.nodes.slice(0, 3).map(({ port }) => ({ host: '127.0.0.1', port }))
  return new Listening({ cluster: { nodes } })
}

async function types(one: Listening): Promise<ReadonlySet<string>> {
  const answers = await one.store.send(ids.map((id) => ({ type: 'look', id })))
  return new Set(answers.map((answer) => (answer.type === 'failure' ? answer.reason : answer.type)))
}

async function setEpochs(cluster: RedisCluster): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const key = `hf1:{b:${id}}:c`
    const owner = await cluster.ownerOf(await cluster.keySlot(key))
    await owner.command('HSET', key, 'e', index + 1)
  }
}

it('answers come in order from all masters, and messages from any of them', async () => {
  await using cluster = await redisCluster()
  await using one = within(cluster)
  await one.connected()
  await setEpochs(cluster)
  const answers = await one.store.send(ids.map((id) => ({ type: 'look', id })))
  expect(answers.map((answer) => 'epoch' in answer && answer.epoch)).toEqual(ids.map((_, index) => index + 1))
  await cluster.nodes[1]?.command('PUBLISH', 'hf1:ev:3', 'from the second')
  await eventually('the message comes', () => one.pushed.includes('from the second'))
}, 60_000)

it('a slot that is on the move, and has moved, is followed', async () => {
  await using cluster = await redisCluster({ replicas: 0 })
  await using one = within(cluster)
  await one.connected()
  await setEpochs(cluster)
  const key = `hf1:{b:${ids[0]}}:c`
  const slot = await cluster.keySlot(key)
  const owner = await cluster.ownerOf(slot)
  const target = cluster.nodes.find((node) => node !== owner)
  if (target === undefined) throw new Error('no other node')
  const migration = await cluster.migrateSlot(slot, target)
  // A script needs keys on both sides now: nothing of it is done, and all other circuits go on.
  expect(await types(one)).toEqual(new Set(['look', 'unreachable']))
  await migration.moveKeys()
  expect(await one.ask({ type: 'look', id: ids[0] ?? '' })).toMatchObject({ epoch: 1 })
  await migration.finish()
  expect(await one.ask({ type: 'look', id: ids[0] ?? '' })).toMatchObject({ epoch: 1 })
  expect(await types(one)).toEqual(new Set(['look']))
}, 60_000)

it('while the owner of slots is dead the others serve, and its replica when it has taken over', async () => {
  await using cluster = await redisCluster()
  await using one = within(cluster)
  await one.connected()
  const slot = await cluster.keySlot(`hf1:{b:${ids[0]}}:c`)
  await cluster.killOwner(slot)
  const start = performance.now()
  const seen = await types(one)
  expect(performance.now() - start).toBeLessThan(400)
  expect(seen).toContain('look')
  await eventually(
    'all slots are served',
    async () => (await types(one)).size === 1 && (await one.look(ids[0] ?? '')) === 'look',
  )
  console.log(`an owner was killed: all served after ${Math.round(performance.now() - start)} ms`)
  await eventually('it is connected', () => one.isConnected)
  await cluster.nodes.find(({ isRunning }) => isRunning)?.command('PUBLISH', 'hf1:ev:3', 'after all')
  await eventually('messages come', () => one.pushed.includes('after all'))
}, 60_000)

it('a node that refuses the old password is given the new one', async () => {
  await using cluster = await redisCluster({ replicas: 0, acl: 'user app on >first ~* &* +@all' })
  let password = 'first'
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  await using one = new Listening({ cluster: { nodes }, credentials: () => ({ username: 'app', password }) })
  await one.connected()
  expect(await types(one)).toEqual(new Set(['look']))
  for (const node of cluster.nodes) await node.command('ACL', 'SETUSER', 'app', 'resetpass', '>second')
  password = 'second'
  const owner = await cluster.ownerOf(await cluster.keySlot(`hf1:{b:${ids[0]}}:c`))
  await owner.command('CLIENT', 'KILL', 'USER', 'app')
  const start = performance.now()
  await eventually('all are served again', async () => {
    const seen = await types(one)
    return seen.size === 1 && seen.has('look')
  })
  console.log(
    `after a password changed and one node cut its connections: ${Math.round(performance.now() - start)} ms`,
  )
}, 60_000)

it('a cluster that the user makes serves as well', async () => {
  await using cluster = await redisCluster({ replicas: 0 })
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  const connection = (): Cluster =>
    new Cluster(nodes, {
      lazyConnect: true,
      enableOfflineQueue: false,
      redisOptions: {
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        commandTimeout: 250,
        socketTimeout: 1_500,
        connectTimeout: 1_000,
      },
    })
  await using one = new Listening({ connection })
  await one.connected()
  expect(await types(one)).toEqual(new Set(['look']))
  await cluster.nodes[2]?.command('PUBLISH', 'hf1:ev:3', 'hello')
  await eventually('the message comes', () => one.pushed.includes('hello'))
}, 60_000)

it('closes in time, and leaves nobody connected', async () => {
  await using cluster = await redisCluster({ replicas: 0 })
  await using one = within(cluster)
  await one.connected()
  await types(one)
  const start = performance.now()
  await one.store.close()
  expect(performance.now() - start).toBeLessThan(170)
  const counts = async (): Promise<number> => {
    const lists = await Promise.all(cluster.nodes.map((node) => node.command('CLIENT', 'LIST')))
    return lists
      .map((list) => String(list).trim().split('\n').length - 1)
      .reduce((sum, each) => sum + each, 0)
  }
  await eventually('nobody is connected', async () => (await counts()) === 0)
}, 60_000)
