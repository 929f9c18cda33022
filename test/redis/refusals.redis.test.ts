import { expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'
import { controlOf, flushOf } from './requests.ts'

it('a server without memory, and one with a key of another type, say so; others are served', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url })
  await one.connected()
  await server.command('SET', 'hf1:{b:odd}:c', 'mine')
  const [odd, even] = await one.store.send([flushOf('odd', 1), flushOf('even', 1)])
  expect(odd).toEqual({ type: 'failure', reason: 'wrong type', message: 'the server answered WRONGTYPE' })
  expect(even?.type).toBe('flush')
  expect(await server.command('GET', 'hf1:{b:odd}:c')).toBe('mine')
  await server.command('CONFIG', 'SET', 'maxmemory', '1')
  expect(await one.ask(flushOf('even', 1, 2))).toMatchObject({ reason: 'out of memory' })
  await server.command('CONFIG', 'SET', 'maxmemory', '0')
  expect(await one.ask(flushOf('even', 1, 3))).toMatchObject({ type: 'flush', failures: 2 })
})

it('a replica is left, since there may be a master by now', async () => {
  await using master = await redisServer()
  await using server = await redisServer()
  await using one = new Listening({ url: server.url })
  await one.connected()
  await server.command('REPLICAOF', '127.0.0.1', master.port)
  expect(await one.ask(flushOf('a', 1))).toMatchObject({ reason: 'read-only' })
  await server.command('REPLICAOF', 'NO', 'ONE')
  await one.connected(2)
  expect(await one.ask(flushOf('a', 1))).toMatchObject({ type: 'flush' })
})

it('a script that changes a state pushes it', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url })
  await using other = new Listening({ url: server.url })
  await Promise.all([one.connected(), other.connected()])
  expect(await one.ask(flushOf('inventory', 20))).toMatchObject({ type: 'flush', status: 'open' })
  expect(await one.ask(controlOf('inventory'))).toMatchObject({ type: 'control', state: 'open' })
  await eventually('both are heard', () => other.pushed.length === 2)
  expect(other.pushed[0]).toMatch(/^1\|inventory\|\d+\|1\|1000\|tripped\|1$/)
  expect(other.pushed[1]).toMatch(/^1\|inventory\|\d+\|1\|60000\|override\|0$/)
})

it('a server that speaks RESP2 alone has a second connection, and both come back', async () => {
  await using server = await redisServer({ config: ['rename-command HELLO ""'] })
  await using one = new Listening({ url: server.url })
  await one.connected()
  const heard = async (text: string): Promise<void> => {
    await server.command('PUBLISH', 'hf1:ev:7', text)
    await eventually('a message comes', () => one.pushed.includes(text))
    expect(await one.look('a')).toBe('look')
  }
  await heard('first')
  await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await one.connected(2)
  await heard('second')
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await one.connected(3)
  await heard('third')
  await one.store.close()
  await eventually(
    'nobody is left',
    async () =>
      String(await server.command('CLIENT', 'LIST'))
        .trim()
        .split('\n').length === 1,
  )
})

it('a pause of all clients ends requests in time, and what it held back does no harm', async () => {
  await using server = await redisServer()
  await using one = new Listening({ url: server.url, commandTimeoutMs: 100 })
  await one.connected()
  await server.command('CLIENT', 'PAUSE', 400, 'ALL')
  expect(await one.ask(flushOf('a', 1))).toMatchObject({ reason: 'timeout' })
  const answer = await eventually('it answers again', async () => {
    const again = await one.ask(flushOf('a', 1))
    return again.type === 'flush' && again
  })
  expect(answer).toMatchObject({ dropped: 'duplicate', failures: 1 })
})

it('users of the server who may not listen are told so', async () => {
  await using server = await redisServer({
    acl: 'user default off\nuser app on >secret ~* resetchannels +@all',
  })
  await using one = new Listening({ url: `redis://app:secret@127.0.0.1:${server.port}` })
  expect(await one.refused()).toMatchObject({ reason: 'no permission' })
  expect(one.connections).toBe(0)
})
