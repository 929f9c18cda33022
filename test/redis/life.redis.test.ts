import { redisStore } from '@holdfast/redis'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { Listening } from './listening.ts'

/** How many clients the server sees besides the one that asks. */
async function clients(server: RedisServer): Promise<number> {
  const list = String(await server.command('CLIENT', 'LIST')).trim()
  return list.split('\n').length - 1
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

describe('one server', () => {
  it('carries requests and messages on one connection', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url })
    await one.connected()
    await server.command('PUBLISH', 'hf1:ev:15', '1|inventory|7|1|900|tripped|1')
    await eventually('the message comes', () => one.pushed.length > 0)
    expect(one.pushed).toEqual(['1|inventory|7|1|900|tripped|1'])
    expect(await one.look('inventory')).toBe('look')
    expect(await clients(server)).toBe(1)
  })

  it('answers in order, in pieces that leave others their turn', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url, commandTimeoutMs: 5_000 })
    await one.connected()
    const ids = Array.from({ length: 450 }, (_, index) => `circuit-${index}`)
    await Promise.all(ids.map((id, index) => server.command('HSET', `hf1:{b:${id}}:c`, 'e', index + 1)))
    const answers = await one.store.send(ids.map((id) => ({ type: 'look', id })))
    expect(answers.map((answer) => 'epoch' in answer && answer.epoch)).toEqual(
      ids.map((_, index) => index + 1),
    )
  })

  it('has its scripts sent again when they were flushed, in the middle of a batch too', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url })
    await one.connected()
    expect(await one.look('a')).toBe('look')
    await server.command('SCRIPT', 'FLUSH')
    const answers = await one.store.send(['a', 'b', 'c'].map((id) => ({ type: 'look', id })))
    expect(answers.map(({ type }) => type)).toEqual(['look', 'look', 'look'])
  })

  it('is found again after it has cut the connection', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url })
    await one.connected()
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await one.connected(2)
    expect(await one.look('a')).toBe('look')
    await server.command('PUBLISH', 'hf1:ev:0', 'again')
    await eventually('messages come again', () => one.pushed.includes('again'))
    expect(await clients(server)).toBe(1)
  })

  it('is not there at first, and found when it comes; gone, and found when it comes back empty', async () => {
    await using server = await redisServer()
    await server.kill()
    await using one = new Listening({ url: server.url })
    expect(await one.look('a')).toBe('unreachable')
    expect(await tookMs(() => one.look('a'))).toBeLessThan(20)
    await server.restart()
    await one.connected()
    expect(await one.look('a')).toBe('look')
    await server.kill()
    await eventually('the loss is noticed', () => !one.isConnected)
    await server.restart()
    await one.connected(2)
    expect(await one.look('a')).toBe('look')
  })

  it('hangs: requests end in time, and the connection is left', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url, commandTimeoutMs: 100 })
    await one.connected()
    server.pause()
    const ms = await tookMs(async () => expect(await one.look('a')).toBe('timeout'))
    expect(ms).toBeGreaterThan(90)
    expect(ms).toBeLessThan(250)
    await eventually('the connection is left', () => !one.isConnected, { withinMs: 2_500 })
    server.resume()
    await one.connected(2)
  })

  it('hangs while nothing is asked: that is noticed within 3.5 seconds all the same', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url })
    await one.connected()
    server.pause()
    const ms = await tookMs(() => eventually('the connection is left', () => !one.isConnected))
    expect(ms).toBeLessThan(3_500)
  })
})

describe('a client that the user makes', () => {
  it('is made anew for each attempt, whether or not it waits to connect', async () => {
    await using server = await redisServer()
    for (const lazyConnect of [true, false]) {
      let made = 0
      const connection = (): Redis => {
        made++
        return new Redis({ port: server.port, lazyConnect })
      }
      await using one = new Listening({ connection })
      await one.connected()
      expect(await one.look('a')).toBe('look')
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await one.connected(2)
      expect(await one.look('a')).toBe('look')
      expect(made).toBe(2)
    }
    await eventually('the server sees nobody', async () => (await clients(server)) === 0)
  })

  it('is ended where it was never used', async () => {
    await using server = await redisServer()
    const store = redisStore({ connection: () => new Redis({ port: server.port }) })
    await eventually('it is connected', async () => (await clients(server)) === 1)
    await store.close()
    expect(await eventually('the server sees nobody', async () => (await clients(server)) === 0)).toBe(true)
  })

  it('is ended where the store closes before it was used', async () => {
    await using server = await redisServer()
    const store = redisStore({ connection: () => new Redis({ port: server.port }) })
    store.open({ connected: () => {}, pushed: () => {}, disconnected: () => {} })
    expect(await tookMs(() => store.close())).toBeLessThan(170)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await clients(server)).toBe(0)
  })

  it('is no longer of use when the store opens: then another is made', async () => {
    await using server = await redisServer()
    const first = new Redis({ port: server.port })
    const clientsToGive = [first, new Redis({ port: server.port, lazyConnect: true })]
    const store = redisStore({ connection: () => clientsToGive.shift() ?? first })
    first.disconnect()
    await eventually('it has ended', () => first.status === 'end')
    const connected = new Promise<void>((resolve) => {
      store.open({ connected: resolve, pushed: () => {}, disconnected: () => {} })
    })
    expect(await tookMs(() => connected)).toBeLessThan(1_000)
    await store.close()
  })
})

describe('closing', () => {
  it('leaves nothing behind, and what is asked later is not sent', async () => {
    await using server = await redisServer()
    await using one = new Listening({ url: server.url })
    await one.connected()
    const asked = one.look('a')
    expect(await tookMs(() => one.store.close())).toBeLessThan(170)
    await expect(asked).resolves.toBeTypeOf('string')
    expect(await one.look('a')).toBe('unreachable')
    expect(one.failures).toEqual([])
    await eventually('the server sees nobody', async () => (await clients(server)) === 0)
  })

  it('takes no longer where the server hangs, or is not there, or has not answered yet', async () => {
    await using server = await redisServer()
    await using connected = new Listening({ url: server.url })
    await connected.connected()
    server.pause()
    await using connecting = new Listening({ url: server.url })
    await using nowhere = new Listening({ url: 'redis://127.0.0.1:1' })
    for (const each of [connected, connecting, nowhere])
      expect(await tookMs(() => each.store.close())).toBeLessThan(170)
  })
})
