import { circuitBreaker, pipeline } from '@holdfast/core'
import type { Pipeline } from '@holdfast/core'
import { redisShare } from '@holdfast/redis'
import { Redis } from 'ioredis'
import type { RedisServer } from '../../servers/index.ts'
import { atMost } from './figures.ts'
import { commandsOf } from './server-figures.ts'

const instances = 50
const callsASecond = 100
const lastsMs = 10_000
const ofScripts =
  /^(hget|hset|hmget|hgetall|hlen|hdel|hkeys|zadd|zcard|zcount|zrem|zscore|zrange|zrangebyscore|zremrangebyscore|pexpire|publish|time|del|get|set|xadd)$/

/** What 50 instances with 100 calls a second each send for a thousand calls, beside a script for each call. */
export async function commands(server: RedisServer): Promise<readonly string[]> {
  const shares = Array.from({ length: instances }, () => redisShare({ url: server.url }))
  const fleet = shares.map((share) => pipeline('bench', [circuitBreaker()], { share }))
  await Promise.all(shares.map((share) => share.ready()))
  const healthy = await sentFor(server, () => play(fleet, 0))
  const failing = await sentFor(server, () => play(fleet, 0.1))
  await Promise.all(shares.map((share) => share.stop()))
  const client = new Redis(server.port, '127.0.0.1')
  const naive = await sentFor(server, () => scriptForEachCall(client))
  client.disconnect()
  return [
    atMost('commands for 1 000 calls, healthy', healthy, 15),
    atMost('commands for 1 000 calls, a tenth failing', failing, 35),
    `commands for 1 000 calls, a script for each call: ${naive.toFixed(0)}`,
  ]
}

/** Commands of clients for a thousand calls; those inside scripts are not counted. */
async function sentFor(server: RedisServer, run: () => Promise<number>): Promise<number> {
  const before = await commandsOf(server, ofScripts)
  const calls = await run()
  return (((await commandsOf(server, ofScripts)) - before) / calls) * 1_000
}

async function play(fleet: readonly Pipeline[], failing: number): Promise<number> {
  let calls = 0
  const timers = fleet.map((instance) =>
    setInterval(() => {
      calls++
      const fails = Math.random() < failing
      void instance.executeOutcome(() => {
        if (fails) throw new Error('failed')
      })
    }, 1_000 / callsASecond),
  )
  await new Promise((resolve) => setTimeout(resolve, lastsMs))
  for (const timer of timers) clearInterval(timer)
  return calls
}

/** The shortest breaker that asks Redis about every call: one script that reads the state and counts. */
async function scriptForEachCall(client: Redis): Promise<number> {
  const script = `local open = redis.call('GET', KEYS[1]) redis.call('HINCRBY', KEYS[2], 'calls', 1) return open`
  const calls = 2_000
  for (let call = 0; call < calls; call++) await client.eval(script, 2, '{naive}:open', '{naive}:counts')
  return calls
}
