import { bulkhead, circuitBreaker, pipeline } from '@holdfast/core'
import type { CircuitBreaker, Pipeline, Share } from '@holdfast/core'
import { redisShare } from '@holdfast/redis'
import { describe, expect, it } from 'vitest'
import { eventually, redisServer } from '../servers/index.ts'

const nowhere = 'redis://127.0.0.1:1'

/** One instance of a service, with a circuit and a limit that it shares. */
class Instance implements AsyncDisposable {
  readonly share: Share
  readonly breaker: CircuitBreaker = circuitBreaker()
  readonly pipeline: Pipeline
  readonly heard: string[] = []

  constructor(url: string) {
    this.share = redisShare({ url })
    this.share.on(({ type }) => this.heard.push(type))
    this.pipeline = pipeline('inventory', [this.breaker, bulkhead({ limit: 100 })], { share: this.share })
  }

  static async ready(url: string): Promise<Instance> {
    const instance = new Instance(url)
    expect(await instance.share.ready()).toBe(true)
    return instance
  }

  call(): Promise<string> {
    return this.pipeline.execute(() => 'done')
  }

  get isAlone(): boolean | undefined {
    return this.breaker.statistics().fleet?.alone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.share.stop()
  }
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** How long stopping takes at best: a machine that has much else to do may delay any of it. */
async function leastMs(stopOne: () => Promise<number>): Promise<number> {
  const times = [await stopOne(), await stopOne(), await stopOne()]
  return Math.min(...times)
}

describe('a share', () => {
  it('that starts without Redis lets calls pass at once, and joins when it comes', async () => {
    await using server = await redisServer()
    await server.kill()
    await using one = new Instance(server.url)
    expect(await tookMs(() => one.call())).toBeLessThan(50)
    const waited = await tookMs(async () => expect(await one.share.ready({ timeoutMs: 150 })).toBe(false))
    expect(waited).toBeGreaterThanOrEqual(149)
    expect([one.share.degraded, one.isAlone]).toEqual([true, true])
    const ready = one.share.ready({ timeoutMs: 15_000 })
    await server.restart()
    expect(await ready).toBe(true)
    expect([one.share.degraded, one.isAlone]).toEqual([false, false])
    expect(one.heard).toEqual(['share.degraded', 'share.restored'])
  })

  it('that loses Redis again and again goes on, and finds it again each time', async () => {
    await using server = await redisServer()
    await using one = await Instance.ready(server.url)
    let failed = 0
    let calls = 0
    const timer = setInterval(() => {
      calls++
      one.call().catch(() => failed++)
    }, 2)
    await server.kill()
    await eventually('the loss is noticed', () => one.isAlone)
    await server.restart()
    await eventually('it has joined again', () => one.isAlone === false)
    server.pause()
    await eventually('the silence is noticed', () => one.isAlone)
    server.resume()
    await eventually('it has joined once more', () => one.isAlone === false)
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await eventually('the cut is noticed', () => one.heard.length >= 5)
    expect(await one.share.ready()).toBe(true)
    clearInterval(timer)
    expect(calls).toBeGreaterThan(100)
    expect(failed).toBe(0)
  })

  it('is gone from the fleet when it has stopped, and what it counted is there', async () => {
    await using server = await redisServer()
    await using one = await Instance.ready(server.url)
    await using other = await Instance.ready(server.url)
    await one.share.ready()
    expect([one.share.fleetSize, other.share.fleetSize]).toEqual([2, 2])
    for (let call = 0; call < 3; call++) await one.call()
    await one.share.stop()
    expect(await server.command('ZRANGE', 'hf1:{reg}:n', 0, -1)).toEqual([other.share.instance])
    const [circuit = ''] = [await server.command('KEYS', 'hf1:{b:*}:c')].flat().map(String)
    expect(await server.command('HGET', circuit, 'S')).toBe('3')
    expect(await one.call()).toBe('done')
  })
})

describe('stopping takes less than 200 ms', () => {
  it('where all is well, several at once too', async () => {
    await using server = await redisServer()
    const all = await Promise.all(Array.from({ length: 8 }, () => Instance.ready(server.url)))
    for (const each of all) await each.call()
    expect(await tookMs(() => Promise.all(all.map(({ share }) => share.stop())))).toBeLessThan(200)
    expect(await server.command('ZCARD', 'hf1:{reg}:n')).toBe(0)
  })

  it('where Redis hangs, with something under way or not', async () => {
    await using server = await redisServer()
    const once = async (busy: boolean): Promise<number> => {
      server.resume()
      const one = await Instance.ready(server.url)
      server.pause()
      await one.call()
      if (busy) void one.share.ready()
      await new Promise((resolve) => setTimeout(resolve, 20))
      return tookMs(() => one.share.stop())
    }
    expect(await leastMs(() => once(false))).toBeLessThan(200)
    expect(await leastMs(() => once(true))).toBeLessThan(200)
  })

  it('where Redis has died, never was there, or is being connected to', async () => {
    await using dying = await redisServer()
    await using hanging = await redisServer()
    hanging.pause()
    const dead = async (): Promise<number> => {
      await dying.restart()
      const one = await Instance.ready(dying.url)
      await dying.kill()
      return tookMs(() => one.share.stop())
    }
    const never = async (url: string, afterMs: number): Promise<number> => {
      const one = new Instance(url)
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      return tookMs(() => one.share.stop())
    }
    expect(await leastMs(dead)).toBeLessThan(200)
    expect(await leastMs(() => never(nowhere, 0))).toBeLessThan(200)
    expect(await leastMs(() => never(nowhere, 200))).toBeLessThan(200)
    expect(await leastMs(() => never(hanging.url, 30))).toBeLessThan(200)
  })
})
