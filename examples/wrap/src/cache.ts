import { redisMeaning, wrap } from '@holdfast/core'
import { Redis } from 'ioredis'

/** What a GET does to the store, it may do twice. */
const reads: ReadonlySet<string> = new Set(['get', 'mget', 'exists'])

/** A client of Redis that leaves retries to Holdfast, connected. */
export async function connected(port: number): Promise<Redis> {
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    // Failed, and not kept until some connection comes.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // What may have been done is not sent again.
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 20,
  })
  // That a connection is lost is heard by the commands; without a listener it would be printed too.
  redis.on('error', () => {})
  await redis.connect()
  return redis
}

/** The same client to whoever uses it, with a pipeline around the commands that the service sends. */
export function cacheOn(redis: Redis): Redis {
  return wrap(redis, {
    name: 'cache',
    methods: ['get', 'set', 'incr'],
    mayRepeat: (method) => reads.has(method),
    meaningOf: redisMeaning,
    parts: [
      { kind: 'timeout', name: 'total-timeout', durationMs: 1_000 },
      { kind: 'retry', attempts: 5, backoff: { baseMs: 20, maximumMs: 100 } },
      // The story is short: few calls are enough.
      { kind: 'circuit-breaker', minimumCalls: 10, openMs: 300, maximumOpenMs: 300 },
      { kind: 'timeout', durationMs: 200 },
      { kind: 'bulkhead', limit: 50 },
    ],
  })
}
