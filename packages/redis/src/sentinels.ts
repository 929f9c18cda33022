import { Redis, SentinelConnector } from 'ioredis'
import type { SentinelConnectionOptions } from 'ioredis'
import type { ClientOptions } from './client-options.ts'

/**
 * A client that finds its master through sentinels, as ioredis does it, with the connections to the sentinels in sight:
 * what they complain of is an error of the client until it is ready, instead of lines on the console, and they end with it.
 */
export function withSentinels(options: ClientOptions): Redis {
  const sentinels = new Set<Redis>()
  const watch = (sentinel: Redis): void => {
    sentinels.add(sentinel)
    sentinel.once('end', () => sentinels.delete(sentinel))
    sentinel.on('error', (error) => {
      if (client.status === 'connecting') client.emit('error', error)
    })
    if (client.status === 'end') sentinel.disconnect()
  }
  const client = new Redis({ ...options, Connector: connectorTelling(watch) })
  const disconnect = client.disconnect.bind(client)
  client.disconnect = (reconnect) => {
    disconnect(reconnect)
    sentinels.forEach((sentinel) => sentinel.disconnect())
  }
  // Some may have been made while the client was being given up.
  client.once('end', () => sentinels.forEach((sentinel) => sentinel.disconnect()))
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
