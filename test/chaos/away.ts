import { setTimeout as delay } from 'node:timers/promises'
import type { RedisStoreOptions } from '@holdfast/redis'
import { eventually, redisCluster, sentinelSet } from '../servers/index.ts'
import type { RedisCluster, RedisServer, SentinelSet } from '../servers/index.ts'
import { agree, allClosed, areAll } from './cycle.ts'
import { now } from './entry.ts'
import { Fleet } from './fleet.ts'
import { violations } from './laws.ts'
import type { Scenario } from './scenario.ts'
import { circuit, rules, traffic } from './setting.ts'

const key = 'hf1:{b:chaos/circuit-breaker}:c'

/** Long enough to outlast a failover. */
const longCircuit = { ...circuit, openMs: 15_000, maximumOpenMs: 15_000 }

const processes = 3
const instances = 5

/** What became of an opening while the server that had it went away. */
interface Moved {
  readonly name: string
  /** From the fault until the server in charge has it, and until all instances agree that it is open. */
  readonly restoredMs: number | undefined
  readonly agreedMs: number | undefined
  readonly problems: readonly string[]
}

function fleetOf(store: RedisStoreOptions): Promise<Fleet> {
  return Fleet.start({ processes, instances, store: () => store, circuit: longCircuit, traffic })
}

/** Opens the circuit, has the server go away, and watches whether the opening is there again. */
async function move(
  name: string,
  fleet: Fleet,
  goAway: () => Promise<void>,
  inCharge: () => Promise<RedisServer>,
  isForked: boolean,
): Promise<Moved> {
  const problems: string[] = []
  await allClosed(fleet, 20_000)
  await delay(1_500)
  const opened = await fleet.when(areAll('open'), fleet.dependency(false), 10_000)
  if (opened === undefined) problems.push('L1 not all had opened')
  const epoch = Math.max(...[...fleet.views.values()].map((view) => view.epoch))
  const goneAt = now()
  await goAway()
  const restoredAt = await restored(inCharge, epoch)
  const agreedAt = await fleet.when(
    (views) => agree(views) && views.every((view) => view.epoch >= epoch && view.state === 'open'),
    Math.max(goneAt, restoredAt ?? goneAt),
    15_000,
  )
  if (restoredAt === undefined) problems.push(`S1 the opening ${epoch} was not restored`)
  if (agreedAt === undefined) problems.push('L5 the instances did not agree that it is open')
  const closed = await fleet.when(areAll('closed'), fleet.dependency(true), 40_000)
  if (closed === undefined) problems.push('L3 not all closed again')
  problems.push(...violations(fleet.take(), { ...rules, forged: isForked }))
  return {
    name,
    restoredMs: restoredAt === undefined ? undefined : restoredAt - goneAt,
    agreedMs: agreedAt === undefined ? undefined : agreedAt - goneAt,
    problems,
  }
}

/** When the server in charge has an opening that is not older. */
async function restored(inCharge: () => Promise<RedisServer>, epoch: number): Promise<number | undefined> {
  const isOpen = async (): Promise<boolean> => {
    const server = await inCharge()
    const found = await server.command('HMGET', key, 'e', 'st')
    const [at, status] = Array.isArray(found) ? found : []
    return Number(at) >= epoch && status === '1'
  }
  try {
    await eventually('the opening is there', isOpen, { withinMs: 14_000 })
    return now()
  } catch {
    return undefined
  }
}

type SentinelFault = (set: SentinelSet) => Promise<void>

const sentinelFaults: Readonly<Record<string, SentinelFault>> = {
  'the master is killed': async (set) => (await set.master()).kill(),
  'the master hangs': async (set) => (await set.master()).pause(),
  'a planned failover': async (set) => void (await set.failover()),
  'the master is killed, and its replica had lost touch before the trip': async (set) => {
    await (await set.master()).kill()
    for (const server of set.servers) server.resume()
  },
}

/** An opening outlives the server that had it, even where no other ever heard of it. */
export const sentinel: Scenario = {
  name: 'sentinel',
  async play() {
    const moved: Moved[] = []
    for (const [name, fault] of Object.entries(sentinelFaults)) moved.push(await failOver(name, fault))
    return played(moved)
  },
}

async function failOver(name: string, fault: SentinelFault): Promise<Moved> {
  await using set = await sentinelSet()
  await using fleet = await fleetOf({ sentinels: { name: set.masterName, nodes: set.addresses } })
  const old = await set.master()
  if (name.includes('lost touch')) {
    await allClosed(fleet, 20_000)
    const replica = await set.replica()
    replica.pause()
  }
  const inCharge = async (): Promise<RedisServer> => {
    const master = await set.master()
    if (master === old) throw new Error('the old one is in charge yet')
    return master
  }
  const moved = await move(name, fleet, () => fault(set), inCharge, !name.includes('killed'))
  for (const server of set.servers) server.resume()
  console.log(lineOf(moved))
  return moved
}

/** A cluster loses the owner of the circuit's slot, then moves the slot while counts go to it. */
export const cluster: Scenario = {
  name: 'cluster',
  async play() {
    await using servers = await redisCluster()
    const nodes = servers.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
    await using fleet = await fleetOf({ cluster: { nodes } })
    const slot = await servers.keySlot(key)
    const old = await servers.ownerOf(slot)
    const inCharge = async (): Promise<RedisServer> => {
      const owner = await servers.ownerOf(slot)
      if (owner === old) throw new Error('the old one is in charge yet')
      return owner
    }
    const kill = async (): Promise<void> => void (await servers.killOwner(slot))
    const moved = [await move('the owner of the slot is killed', fleet, kill, inCharge, false)]
    console.log(lineOf(moved[0]))
    const last = await servers.ownerOf(slot)
    moved.push(
      await move(
        'the slot is moved while it is open',
        fleet,
        () => migrate(servers, slot, last),
        () => servers.ownerOf(slot),
        false,
      ),
    )
    console.log(lineOf(moved[1]))
    return played(moved)
  },
}

/** Slowly, so that counts are sent between all steps. */
async function migrate(servers: RedisCluster, slot: number, from: RedisServer): Promise<void> {
  const others = await Promise.all([1, 6_000, 12_000].map((each) => servers.ownerOf(each)))
  const target = others.find((node) => node !== from)
  if (target === undefined) throw new Error('there is no other master')
  const migration = await servers.migrateSlot(slot, target)
  await delay(500)
  await migration.moveKeys()
  await delay(500)
  await migration.finish()
}

const ms = (value: number | undefined): string => (value === undefined ? 'never' : `${Math.round(value)} ms`)

function lineOf(moved: Moved | undefined): string {
  if (moved === undefined) return ''
  const { name, restoredMs, agreedMs, problems } = moved
  const verdict = problems.length === 0 ? 'held' : problems.join('; ')
  return `${name.padEnd(70)} restored ${ms(restoredMs).padStart(8)}   all agree ${ms(agreedMs).padStart(8)}   ${verdict}`
}

function played(moved: readonly Moved[]): { table: readonly string[]; violations: readonly string[] } {
  return {
    table: moved.map(lineOf),
    violations: moved.flatMap(({ name, problems }) => problems.map((text) => `${name}: ${text}`)),
  }
}
