import type { Cluster, Redis } from 'ioredis'

/** Where a server listens. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** Whom to say one is. A server without users knows a password alone. */
export interface RedisCredentials {
  readonly username?: string
  readonly password?: string
}

/**
 * What TLS needs beyond the address. The server's certificate and host name are always verified; there is no option that
 * would switch it off.
 */
export interface RedisTlsOptions {
  /** Who may have signed the server's certificate, in PEM. Default: the authorities that Node trusts. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** The certificate and key to show to the server, in PEM. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  /** The name that the certificate must be for, where it is not the host. */
  readonly servername?: string
}

/** A master that sentinels watch over. `username` and `password` are for the sentinels. */
export interface RedisSentinelOptions extends RedisCredentials {
  /** What the sentinels call the group of servers. */
  readonly name: string
  /** The sentinels that are asked first; they tell of the others. */
  readonly nodes: readonly RedisAddress[]
  /** For the connections to the sentinels. Default: none. */
  readonly tls?: true | RedisTlsOptions
}

/** A cluster, by some of its nodes. */
export interface RedisClusterOptions {
  /** Nodes that are asked first; they tell of the others. */
  readonly nodes: readonly RedisAddress[]
}

/** One of `url`, `sentinels`, `cluster` and `connection` must be given. */
export interface RedisStoreOptions extends RedisCredentials {
  /** One server: `redis://host:port/database`, or `rediss://…` for TLS. May hold user and password. */
  readonly url?: string
  /** A master that sentinels watch over. */
  readonly sentinels?: RedisSentinelOptions
  readonly cluster?: RedisClusterOptions
  /**
   * Makes a client with `lazyConnect: true`; called for each attempt to connect. Each must be a new one, which belongs to
   * the store from then on: the options that correctness depends on are set, and it is ended.
   */
  readonly connection?: () => Redis | Cluster
  /** What all keys and channels begin with. Letters, digits, `_`, `.`, `:` and `-`, at most 32. Default 'hf1'. */
  readonly prefix?: string
  /** Asked for each attempt to connect, so that a password can change. Instead of `username` and `password`. */
  readonly credentials?: () => RedisCredentials | Promise<RedisCredentials>
  /** True: as Node does it by default. Default: only where the URL says so. */
  readonly tls?: true | RedisTlsOptions
  /** How long an answer may take, in milliseconds from 10 to 60 000. Default 250. */
  readonly commandTimeoutMs?: number
}
