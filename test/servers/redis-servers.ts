import type { RedisServerOptions } from './redis-config.ts'
import { redisServer } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'

/** Starts several at once; when one does not start, none is left. */
export async function redisServers(options: readonly RedisServerOptions[]): Promise<readonly RedisServer[]> {
  const results = await Promise.allSettled(options.map((each) => redisServer(each)))
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed === undefined) return started
  await stopAll(started)
  throw failed.reason
}

export async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()))
}
