import type { Request } from '@holdfast/core/protocol'
import { redisStore } from '@holdfast/redis'
import { Redis } from 'ioredis'
import type { RedisServer } from '../../servers/index.ts'
import { Flushes } from './flushes.ts'
import { processorUs } from './server-figures.ts'

const batches = 100
const batch = 100

/** Processor time of Redis for one script, in batches of a hundred, beside an empty script. */
export async function scripts(server: RedisServer): Promise<readonly string[]> {
  const client = new Redis(server.port, '127.0.0.1')
  const empty = await usFor(server, async () => {
    const pipeline = client.pipeline()
    for (let at = 0; at < batch; at++) pipeline.eval('return 0', 0)
    await pipeline.exec()
  })
  client.disconnect()
  const store = redisStore({ url: server.url, commandTimeoutMs: 5_000 })
  await new Promise<void>((resolve) => {
    store.open({ connected: resolve, pushed: () => undefined, disconnected: () => undefined })
  })
  const flushes = new Flushes(100, 1)
  const send = (requests: readonly Request[]): Promise<unknown> => store.send(requests)
  const healthy = await usFor(server, () => send(flushes.next(batch, 0)))
  const failing = await usFor(server, () => send(flushes.next(batch, 1)))
  const look = await usFor(server, () =>
    send(Array.from({ length: batch }, () => ({ type: 'look', id: 'bench/0' }))),
  )
  await store.close()
  return [
    `processor time of Redis: empty script ${empty.toFixed(1)} us, flush ${healthy.toFixed(1)}, flush with failures ${failing.toFixed(1)}, look ${look.toFixed(1)}`,
  ]
}

async function usFor(server: RedisServer, send: () => Promise<unknown>): Promise<number> {
  await send()
  const before = await processorUs(server)
  for (let at = 0; at < batches; at++) await send()
  return ((await processorUs(server)) - before) / (batches * batch)
}
