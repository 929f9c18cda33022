import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { node22, User } from './user.ts'

const nowhere = 'redis://127.0.0.1:1'

async function members(server: RedisServer): Promise<number> {
  return Number(await server.command('ZCARD', 'hf1:{reg}:n'))
}

/** How many limits somebody has a part of. */
async function slices(server: RedisServer): Promise<number> {
  return [await server.command('KEYS', 'hf1:{k:*}:h')].flat().length
}

async function clients(server: RedisServer): Promise<number> {
  return (
    String(await server.command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length - 1
  )
}

describe('a process ends by itself when its share has stopped', () => {
  it('at the end of a block with `await using`, and leaves nothing on the server', async () => {
    await using server = await redisServer()
    using user = new User('await-using', server.url)
    await user.said('ready called')
    expect([await members(server), await slices(server)]).toEqual([1, 1])
    const { stopMs, leftMs } = await user.stop()
    expect(stopMs).toBeLessThan(200)
    expect(leftMs).toBeLessThan(300)
    expect(await members(server)).toBe(0)
    await eventually('the server sees nobody', async () => (await clients(server)) === 0)
    expect(await slices(server)).toBe(0)
  })

  it('by Symbol.asyncDispose on Node 22', async (test) => {
    // It is brought for Linux on x64 alone.
    test.skip(!existsSync(node22) && process.platform !== 'linux')
    await using server = await redisServer()
    using user = new User('async-dispose', server.url, node22)
    await user.said('ready called')
    expect(await members(server)).toBe(1)
    const { stopMs, leftMs } = await user.stop()
    expect(stopMs).toBeLessThan(200)
    expect(leftMs).toBeLessThan(300)
    expect(user.output).toContain('then called alone')
    expect(await members(server)).toBe(0)
  })

  it('while the server hangs, is dead, or was never there', async () => {
    await using hanging = await redisServer()
    await using dying = await redisServer()
    using hung = new User('async-dispose', hanging.url)
    using orphaned = new User('await-using', dying.url)
    using alone = new User('async-dispose', nowhere)
    await Promise.all([hung.said('ready'), orphaned.said('ready'), alone.said('not ready called')])
    hanging.pause()
    await dying.kill()
    await orphaned.said('share.degraded')
    for (const user of [hung, orphaned, alone]) {
      const { leftMs } = await user.stop()
      expect(leftMs).toBeLessThan(400)
    }
  })
})
