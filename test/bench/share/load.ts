import { redisStore } from '@holdfast/redis'
import type { RedisServer } from '../../servers/index.ts'
import { atMost } from './figures.ts'
import { Flushes } from './flushes.ts'
import { processorUs } from './server-figures.ts'

const instances = 1_000
const circuits = 10
/** Each instance's own batch of all its circuits, once a second. */
const flushesASecond = instances * circuits
const lastsMs = 5_000
const tickMs = 10

/** What a thousand instances with ten busy circuits each take of one Redis: ten thousand flushes a second. */
export async function load(server: RedisServer): Promise<readonly string[]> {
  const store = redisStore({ url: server.url, commandTimeoutMs: 5_000 })
  await new Promise<void>((resolve) => {
    store.open({ connected: resolve, pushed: () => undefined, disconnected: () => undefined })
  })
  const flushes = new Flushes(instances, circuits)
  await store.send(flushes.next(flushesASecond, 0))
  const before = await processorUs(server)
  const begun = performance.now()
  let sent = 0
  const pending: Promise<unknown>[] = []
  while (performance.now() - begun < lastsMs) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * flushesASecond) - sent
    for (let left = due; left > 0; left -= circuits) pending.push(store.send(flushes.next(circuits, 0)))
    sent += Math.max(0, due)
    await new Promise((resolve) => setTimeout(resolve, tickMs))
  }
  await Promise.all(pending)
  const seconds = (performance.now() - begun) / 1_000
  const share = ((await processorUs(server)) - before) / 1e6 / seconds
  await store.close()
  return [
    `${Math.round(sent / seconds)} flushes a second of 1 000 instances with 10 circuits each`,
    atMost('their share of a core of Redis', share, 0.4),
  ]
}
