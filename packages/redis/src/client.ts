import { randomInt } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { defineScripts } from './batch.ts'
import { clusterOptions, safeOptions } from './client-options.ts'
import type { Client, ClientOptions } from './client-options.ts'
import type { RedisAddress, RedisCredentials } from './options.ts'
import { guard } from './retinue.ts'
import { withSentinels } from './sentinels.ts'
import type { Settings } from './settings.ts'
import { connectionTls } from './tls.ts'

/** A client that knows the scripts, and has not connected yet. */
export async function newClient(settings: Settings): Promise<Client> {
  const client = await clientOf(settings)
  guard(client)
  defineScripts(client)
  return client
}

async function clientOf(settings: Settings): Promise<Client> {
  const { place } = settings
  if (place.type === 'connection') return place.make()
  const own = ownOptions(settings, await settings.credentials())
  if (place.type === 'cluster') return newCluster(place.nodes, own)
  if (place.type === 'server') return new Redis({ ...own, ...place.address, db: place.database })
  const { username, password } = place.credentials
  return withSentinels({
    ...own,
    name: place.name,
    sentinels: rotated(place.nodes),
    role: 'master',
    failoverDetector: true,
    enableTLSForSentinelMode: own.tls !== undefined,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(place.tls !== undefined && { sentinelTLS: connectionTls(place.tls) }),
  })
}

/** A client for pushes alone, to one of the cluster's nodes. */
export async function newListener(cluster: Cluster, settings: Settings): Promise<Client> {
  const nodes = cluster.nodes('master')
  const node = nodes[randomInt(Math.max(1, nodes.length))]
  if (node === undefined) throw new Error("Cluster isn't ready")
  const own = settings.place.type === 'connection' ? {} : await settings.credentials()
  return node.duplicate({ ...safeOptions(settings.commandTimeoutMs), ...own, lazyConnect: true })
}

function ownOptions(settings: Settings, { username, password }: RedisCredentials): ClientOptions {
  return {
    ...safeOptions(settings.commandTimeoutMs),
    lazyConnect: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(settings.tls !== undefined && { tls: connectionTls(settings.tls) }),
  }
}

function newCluster(nodes: readonly RedisAddress[], redisOptions: ClientOptions): Cluster {
  return new Cluster([...nodes], {
    ...clusterOptions,
    lazyConnect: true,
    // Names are left as they are, because a certificate is for the name.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions,
  })
}

/** Begins with any of them, so that a sentinel that is wrong is not the first to be asked for ever. */
function rotated(nodes: readonly RedisAddress[]): RedisAddress[] {
  const from = randomInt(nodes.length)
  return [...nodes.slice(from), ...nodes.slice(0, from)]
}
