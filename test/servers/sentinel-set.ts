import { eventually } from './eventually.ts'
import { administrator, hasUsers } from './redis-config.ts'
import type { RedisServerOptions, ServerTls } from './redis-config.ts'
import type { RedisServer } from './redis-server.ts'
import { redisServers, stopAll } from './redis-servers.ts'
import { items, pairs, strings } from './resp.ts'

export interface SentinelSetOptions {
  /** Default 'holdfast'. */
  readonly masterName?: string
  /** Default 1. */
  readonly replicas?: number
  /** How long a silence makes a sentinel take a server for dead. Default 1 000. */
  readonly downAfterMs?: number
  /** How long one attempt to fail over may take. Default 5 000. */
  readonly failoverTimeoutMs?: number
  /** Of master and replicas; see {@link RedisServerOptions}. */
  readonly acl?: string
  /** Of master and replicas. */
  readonly password?: string
  /** The text of the sentinels' ACL file. */
  readonly sentinelAcl?: string
  /** Of all, sentinels included. */
  readonly tls?: ServerTls
}

/** Where something listens, as clients want to be told. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Starts a master, its replicas and three sentinels. Resolves when each sentinel knows all the others. */
export async function sentinelSet(options: SentinelSetOptions = {}): Promise<SentinelSet> {
  const { masterName = 'holdfast', replicas = 1 } = options
  const started = [...(await redisServers(Array.from({ length: replicas + 1 }, () => dataOptions(options))))]
  try {
    const servers = [...started]
    const { port } = await replicated(servers)
    const watching = sentinelOptions(masterName, port, options)
    const sentinels = await redisServers([watching, watching, watching])
    started.push(...sentinels)
    const set = new SentinelSet(masterName, servers, sentinels)
    await set.settled()
    return set
  } catch (error) {
    await stopAll(started)
    throw error
  }
}

function dataOptions({ acl, password, tls }: SentinelSetOptions): RedisServerOptions {
  return {
    ...(acl === undefined ? {} : { acl }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** Makes the others replicas of the first, in their files too, as a sentinel does when it changes a role. */
async function replicated([master, ...replicas]: readonly RedisServer[]): Promise<RedisServer> {
  if (master === undefined) throw new Error('a set needs a master')
  for (const replica of replicas) {
    await replica.command('REPLICAOF', '127.0.0.1', master.port)
    await replica.command('CONFIG', 'REWRITE')
  }
  return master
}

function sentinelOptions(name: string, port: number, options: SentinelSetOptions): RedisServerOptions {
  const { downAfterMs = 1_000, failoverTimeoutMs = 5_000, sentinelAcl, tls } = options
  const { name: user, password } = administrator
  const toServers = [`sentinel auth-user ${name} ${user}`, `sentinel auth-pass ${name} ${password}`]
  const toSentinels = [`sentinel sentinel-user ${user}`, `sentinel sentinel-pass ${password}`]
  return {
    mode: 'sentinel',
    config: [
      `sentinel monitor ${name} 127.0.0.1 ${port} 2`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
      `sentinel failover-timeout ${name} ${failoverTimeoutMs}`,
      ...(hasUsers(options) ? toServers : []),
      ...(sentinelAcl === undefined ? [] : toSentinels),
    ],
    ...(sentinelAcl === undefined ? {} : { acl: sentinelAcl }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** A master with replicas, watched by three sentinels. Made by {@link sentinelSet}. */
export class SentinelSet implements AsyncDisposable {
  readonly masterName: string
  /** The master and its replicas, in no order: the roles change. */
  readonly servers: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]

  constructor(masterName: string, servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.masterName = masterName
    this.servers = servers
    this.sentinels = sentinels
  }

  /** Of the sentinels. */
  get addresses(): readonly Address[] {
    return this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  }

  /** Where the master is, by the first sentinel that answers. */
  async masterAddress(): Promise<Address> {
    const running = this.sentinels.filter(({ isRunning }) => isRunning)
    return Promise.any(running.map((sentinel) => this.#addressBy(sentinel)))
  }

  /** The server at `masterAddress`: to be killed, paused or asked. */
  async master(): Promise<RedisServer> {
    const { port } = await this.masterAddress()
    const master = this.servers.find((server) => server.port === port)
    if (master === undefined)
      throw new Error(`the sentinels name a master on port ${port}, which is not of this set`)
    return master
  }

  /** The first server that is not the master. */
  async replica(): Promise<RedisServer> {
    const master = await this.master()
    const replica = this.servers.find((server) => server !== master)
    if (replica === undefined) throw new Error('the set has no replica')
    return replica
  }

  /** A planned failover, to the end: resolves with the new master when all running sentinels name it. */
  async failover(): Promise<RedisServer> {
    const old = await this.master()
    // Until the sentinel has heard enough of the replica it answers NOGOODSLAVE.
    await eventually('a sentinel begins to fail over', () =>
      this.#runningSentinel().command('SENTINEL', 'FAILOVER', this.masterName),
    )
    return this.masterAfter(old)
  }

  /** Resolves with the new master when all running sentinels name the same one, and it is not `old`. */
  masterAfter(old: RedisServer): Promise<RedisServer> {
    return eventually('the sentinels agree on another master', async () => {
      const running = this.sentinels.filter(({ isRunning }) => isRunning)
      const ports = new Set(
        (await Promise.all(running.map((each) => this.#addressBy(each)))).map(({ port }) => port),
      )
      const master = this.servers.find(({ port }) => ports.has(port))
      if (ports.size !== 1 || master === undefined || master === old) return undefined
      // The sentinels name it before it has heard of it.
      return strings(await master.command('ROLE'))[0] === 'master' && master
    })
  }

  /**
   * Resolves when every sentinel knows the other two and sees all servers well, and every replica follows. After a
   * failover that takes up to half a minute: a sentinel looks at a server that has come back every ten seconds only.
   */
  async settled(): Promise<void> {
    await Promise.all(
      this.sentinels.map((each) =>
        eventually('a sentinel knows all', () => this.#knowsAll(each), { withinMs: 40_000 }),
      ),
    )
  }

  async stop(): Promise<void> {
    await stopAll([...this.sentinels, ...this.servers])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #runningSentinel(): RedisServer {
    const running = this.sentinels.find(({ isRunning }) => isRunning)
    if (running === undefined) throw new Error('no sentinel is running')
    return running
  }

  async #addressBy(sentinel: RedisServer): Promise<Address> {
    const reply = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.masterName)
    const [host = '', port = ''] = strings(reply)
    return { host, port: Number(port) }
  }

  async #knowsAll(sentinel: RedisServer): Promise<boolean> {
    const ask = (about: string) => sentinel.command('SENTINEL', about, this.masterName)
    const [master, replicas, sentinels] = await Promise.all([
      ask('MASTER'),
      ask('REPLICAS'),
      ask('SENTINELS'),
    ])
    const described = (reply: typeof master) => items(reply).map((each) => Object.fromEntries(pairs(each)))
    return (
      Object.fromEntries(pairs(master))['flags'] === 'master' &&
      described(replicas).filter((each) => each['flags'] === 'slave' && each['master-link-status'] === 'ok')
        .length ===
        this.servers.length - 1 &&
      described(sentinels).filter((each) => each['flags'] === 'sentinel').length === this.sentinels.length - 1
    )
  }
}
