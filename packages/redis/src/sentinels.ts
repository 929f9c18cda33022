import { Redis, SentinelConnector } from 'ioredis'
import type { SentinelConnectionOptions } from 'ioredis'
import type { ClientOptions } from './client-options.ts'
import { retinueOf } from './retinue.ts'

/** A client that finds its master through sentinels, as ioredis does it, with the connections to the sentinels in sight. */
export function withSentinels(options: ClientOptions): Redis {
  const client = new Redis({ ...options, Connector: connectorTelling((sentinel) => watch(sentinel)) })
  const watch = retinueOf(client)
  return client
}

type Connect = (address: unknown, options?: ClientOptions) => Redis

function connectorTelling(watch: (sentinel: Redis) => void): new (options: unknown) => SentinelConnector {
  return class extends SentinelConnector {
    constructor(options: unknown) {
      // The client hands over its own options.
      super(options as SentinelConnectionOptions)
      const connect: unknown = Reflect.get(this, 'connectToSentinel')
      // Not public: where it is called otherwise, the client works without being watched.
      if (typeof connect !== 'function') return
      const told: Connect = (address, own) => {
        // A sentinel that hangs is not waited for when it is left.
        const sentinel = (connect as Connect).call(this, address, { ...own, disconnectTimeout: 100 })
        watch(sentinel)
        return sentinel
      }
      Reflect.set(this, 'connectToSentinel', told)
    }
  }
}
