import { eventually } from './eventually.ts'
import type { RedisServerOptions } from './redis-config.ts'
import type { RedisServer } from './redis-server.ts'
import { redisServers, stopAll } from './redis-servers.ts'
import { items } from './resp.ts'
import { SlotMigration } from './slot-migration.ts'

export interface RedisClusterOptions extends Omit<RedisServerOptions, 'mode'> {
  /** Default 3, which is the fewest that can agree on a failover. */
  readonly masters?: number
  /** In turn for the first master, the second and so on. Default as many as masters. */
  readonly replicas?: number
  /** How long a silence makes a node take another for dead. Default 1 500. */
  readonly nodeTimeoutMs?: number
}

const slotCount = 16_384

/** Starts a cluster whose masters hold equal parts of the slots. Resolves when every node calls it well. */
export async function redisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = masters, nodeTimeoutMs = 1_500, config = [], ...server } = options
  const lines = [
    'cluster-enabled yes',
    `cluster-node-timeout ${nodeTimeoutMs}`,
    // A replica must stay with its master, or a test cannot tell who follows whom.
    'cluster-allow-replica-migration no',
    // A replica is not listed before it has heard of its master, for which an idle one takes ten seconds by default.
    'repl-ping-replica-period 1',
    ...(server.tls === undefined ? [] : ['tls-cluster yes']),
    ...config,
  ]
  const nodes = await redisServers(
    Array.from({ length: masters + replicas }, () => ({ ...server, config: lines })),
  )
  try {
    await joined(nodes)
    await Promise.all(nodes.slice(0, masters).map((node, index) => takeSlots(node, index, masters)))
    await Promise.all(nodes.slice(masters).map((node, index) => follow(node, nodes[index % masters])))
    const cluster = new RedisCluster(nodes)
    await cluster.settled()
    return cluster
  } catch (error) {
    await stopAll(nodes)
    throw error
  }
}

async function joined(nodes: readonly RedisServer[]): Promise<void> {
  const [first, ...others] = nodes
  // Equal epochs would have to be sorted out by collisions.
  await Promise.all(nodes.map((node, index) => node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)))
  await Promise.all(others.map(({ port }) => first?.command('CLUSTER', 'MEET', '127.0.0.1', port)))
  await Promise.all(nodes.map((node) => eventually('a node has met all', () => knowsAll(node, nodes.length))))
}

async function knowsAll(node: RedisServer, count: number): Promise<boolean> {
  const lines = String(await node.command('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
  return lines.length === count && lines.every((line) => !/handshake|noaddr/.test(line))
}

async function takeSlots(node: RedisServer, index: number, masters: number): Promise<void> {
  const start = Math.floor((index * slotCount) / masters)
  const end = Math.floor(((index + 1) * slotCount) / masters)
  await node.command(
    'CLUSTER',
    'ADDSLOTS',
    ...Array.from({ length: end - start }, (_, offset) => start + offset),
  )
}

async function follow(replica: RedisServer, master: RedisServer | undefined): Promise<void> {
  if (master === undefined) throw new Error('a replica needs a master')
  await replica.command('CLUSTER', 'REPLICATE', String(await master.command('CLUSTER', 'MYID')))
}

interface SlotRange {
  readonly start: number
  readonly end: number
  /** Of the master, then of its replicas. */
  readonly ports: readonly number[]
}

/** A Redis Cluster that a test has for itself. Made by {@link redisCluster}. */
export class RedisCluster implements AsyncDisposable {
  /** Masters first, as they were made; the roles change. */
  readonly nodes: readonly RedisServer[]

  constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  /** The slot of a key, its hash tag heeded. */
  async keySlot(key: string): Promise<number> {
    return Number(await this.#running()[0]?.command('CLUSTER', 'KEYSLOT', key))
  }

  /** The master that serves a slot, by the first running node that can say. */
  async ownerOf(slot: number): Promise<RedisServer> {
    const ranges = await Promise.any(this.#running().map(slotRanges))
    const range = ranges.find(({ start, end }) => start <= slot && slot <= end)
    const owner = this.nodes.find(({ port }) => port === range?.ports[0])
    if (owner === undefined) throw new Error(`nobody serves slot ${slot}`)
    return owner
  }

  /** Kills the master that serves a slot, and returns it. `settled` tells when its replica has taken over. */
  async killOwner(slot: number): Promise<RedisServer> {
    const owner = await this.ownerOf(slot)
    await owner.kill()
    return owner
  }

  /** Begins to move a slot: from now on its owner answers ASK for keys that it does not have. */
  async migrateSlot(slot: number, target: RedisServer): Promise<SlotMigration> {
    const migration = new SlotMigration(slot, await this.ownerOf(slot), target, () => this.settled())
    await migration.begin()
    return migration
  }

  /** Resolves when all running nodes call the cluster well, see the same running masters, and replicas follow them. */
  async settled(): Promise<void> {
    await eventually('all running nodes agree that the cluster is well', () => this.#isWell(), {
      withinMs: 30_000,
    })
  }

  async stop(): Promise<void> {
    await stopAll(this.nodes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #running(): readonly RedisServer[] {
    return this.nodes.filter(({ isRunning }) => isRunning)
  }

  async #isWell(): Promise<boolean> {
    const running = this.#running()
    const ports = new Set(running.map(({ port }) => port))
    const views = await Promise.all(running.map(view))
    const [first] = views
    return (
      views.every(({ state, linked }) => state === 'ok' && linked) &&
      views.every(({ ranges }) => JSON.stringify(ranges) === JSON.stringify(first?.ranges)) &&
      first?.ranges.every((range) => range.ports.every((port) => ports.has(port))) === true &&
      new Set(first.ranges.flatMap((range) => range.ports)).size === ports.size
    )
  }
}

interface View {
  readonly state: string
  /** Whether it is a master or its link to its master is up. */
  readonly linked: boolean
  readonly ranges: readonly SlotRange[]
}

async function view(node: RedisServer): Promise<View> {
  const [info, role, ranges] = await Promise.all([
    node.command('CLUSTER', 'INFO'),
    node.command('ROLE'),
    slotRanges(node),
  ])
  const [kind, , , link] = items(role)
  return {
    state: /cluster_state:(\w+)/.exec(String(info))?.[1] ?? '',
    linked: kind === 'master' || link === 'connected',
    ranges,
  }
}

async function slotRanges(node: RedisServer): Promise<readonly SlotRange[]> {
  const ranges = items(await node.command('CLUSTER', 'SLOTS')).map(items)
  return ranges
    .map(([start, end, ...nodes]) => {
      const [master = 0, ...replicas] = nodes.map((each) => Number(items(each)[1]))
      return {
        start: Number(start),
        end: Number(end),
        ports: [master, ...replicas.toSorted((a, b) => a - b)],
      }
    })
    .toSorted((one, other) => one.start - other.start)
}
