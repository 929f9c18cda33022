import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis'

export type Client = Redis | Cluster

/** All but what would change the types of replies. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>

/** How long a server may take to be reached, and to say nothing while an answer is due, in milliseconds. */
const connectTimeoutMs = 1_000
const socketTimeoutMs = 1_500

/**
 * What correctness depends on: nothing is kept for later, nothing is sent twice, every command ends in time, and a server
 * that has fallen silent is left. Nothing reconnects by itself: each attempt has a client of its own.
 */
export function safeOptions(commandTimeoutMs: number): ClientOptions {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    socketTimeout: Math.max(socketTimeoutMs, commandTimeoutMs),
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 100,
    maxLoadingRetryTime: 500,
    keepAlive: 10_000,
    enableAutoPipelining: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    reconnectOnError: (error) => (/READONLY|LOADING|MASTERDOWN/.test(error.message) ? 1 : false),
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: connectTimeoutMs,
  }
}

export const clusterOptions: Omit<ClusterOptions, 'redisOptions'> = {
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  maxRedirections: 3,
  slotsRefreshInterval: 5_000,
  slotsRefreshTimeout: connectTimeoutMs,
  clusterRetryStrategy: () => null,
}
