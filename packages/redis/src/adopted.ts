import type { ConnectionOptions } from 'node:tls'
import { HoldfastConfigError } from '@holdfast/core'
import { Cluster, Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { safeOptions } from './client-options.ts'
import type { Client } from './client-options.ts'

/** Where clients come from that the user's own function makes. */
export interface ClientSource {
  /** A new one, with the options that correctness depends on. */
  make(): Client
  /** Ends the one that was made to be looked at, where nobody has taken it. */
  release(): void
}

/** Has a first client made at once, so that what is wrong with it is said at once. */
export function sourceOf(connection: () => unknown, commandTimeoutMs: number): ClientSource {
  let first: Client | undefined = adopted(madeBy(connection), commandTimeoutMs)
  return {
    make: () => {
      const client = first ?? adopted(madeBy(connection), commandTimeoutMs)
      first = undefined
      return client
    },
    release: () => first?.disconnect(),
  }
}

function madeBy(connection: () => unknown): unknown {
  try {
    return connection()
  } catch (cause) {
    throw new HoldfastConfigError('redis: connection must make a client, and has thrown', { cause })
  }
}

const taken = new WeakSet<object>()

/**
 * A client that the user's own function has made, with the options that correctness depends on. What a client does not
 * take later is refused.
 */
function adopted(client: unknown, commandTimeoutMs: number): Client {
  if (!(client instanceof Redis) && !(client instanceof Cluster)) {
    throw new HoldfastConfigError('redis: connection must make a Redis or a Cluster of ioredis 6')
  }
  if (taken.has(client)) throw new HoldfastConfigError('redis: connection must make a new client each time')
  taken.add(client)
  const options = client instanceof Cluster ? (client.options.redisOptions ?? {}) : client.options
  refuseUnfit(client.options.keyPrefix, options)
  const safe = safeOptions(commandTimeoutMs)
  if (client instanceof Cluster) refuseUnsafe(options, safe, client.options.enableOfflineQueue)
  else Object.assign(client.options, safe, client.options.sentinels ? { failoverDetector: true } : {})
  return client
}

function refuseUnfit(keyPrefix: string | undefined, options: RedisOptions): void {
  const { stringNumbers, monitor, readOnly, role, tls, sentinelTLS } = options
  const unfit = [
    [keyPrefix || options.keyPrefix, 'keyPrefix must be left out: use prefix'],
    [stringNumbers, 'stringNumbers must be left out'],
    [monitor, 'monitor must be left out'],
    [readOnly, 'readOnly must be left out'],
    [role === 'slave', "role must be 'master'"],
    [unverified(tls), 'tls must leave the verification of certificates to Node'],
    [unverified(sentinelTLS), 'sentinelTLS must leave the verification of certificates to Node'],
  ] as const
  const found = unfit.find(([is]) => Boolean(is))
  if (found !== undefined)
    throw new HoldfastConfigError(`redis: the client that connection makes: ${found[1]}`)
}

function unverified(tls: ConnectionOptions | undefined): boolean {
  return tls?.rejectUnauthorized === false || tls?.checkServerIdentity !== undefined
}

/** The nodes' options are copied when a cluster is made. */
function refuseUnsafe(options: RedisOptions, safe: RedisOptions, queue: boolean | undefined): void {
  const fixed = ['autoResendUnfulfilledCommands', 'maxRetriesPerRequest'] as const
  const limits = ['commandTimeout', 'socketTimeout', 'connectTimeout'] as const
  const wrong = [
    ...fixed
      .filter((name) => options[name] !== safe[name])
      .map((name) => `redisOptions.${name}: ${safe[name]}`),
    ...limits
      .filter((name) => !((options[name] ?? Infinity) <= (safe[name] ?? 0)))
      .map((name) => `redisOptions.${name}: ${safe[name]} or less`),
    ...(queue === false ? [] : ['enableOfflineQueue: false']),
  ]
  if (wrong.length === 0) return
  throw new HoldfastConfigError(`redis: the cluster that connection makes must have ${wrong.join(', ')}`)
}
