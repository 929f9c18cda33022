import type { BreakerPolicy } from './breaker-policy.ts'
import { emptyRecord, living } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { flush } from './flush.ts'
import { emptyLedger, judged } from './ledger.arbitrary.ts'
import type { Ledger } from './ledger.arbitrary.ts'
import { look } from './look.ts'
import type { ChangeMessage } from './message.ts'
import { emptyOverride } from './override-record.ts'
import { probe } from './probe.ts'
import type { Request } from './request.ts'
import {
  answered,
  asked,
  began,
  claimOf,
  ended,
  gaveUp,
  handedBack,
  isNews,
  newInstance,
  pushed,
} from './small-instance.arbitrary.ts'
import type { SmallInstance } from './small-instance.arbitrary.ts'
import type { Move } from './small-search.arbitrary.ts'

/** One step of time, in milliseconds: half a window, an opening and a lease. */
export const stepMs = 1_000

/** When it begins. */
export const startMs = 1_000_000_000

/** How much of each may happen on the way. */
export interface Left {
  readonly calls: number
  readonly steps: number
  /** Looks that nothing calls for. */
  readonly looks: number
  /** Requests given up before their reply came: they may be carried out later, or have been. */
  readonly lost: number
  /** Requests carried out twice. */
  readonly doubled: number
  /** The server loses everything. */
  readonly emptied: number
  /** The replica takes over; instances move to it one by one, and the old server goes on until all have. */
  readonly promoted: number
  /** The server's clock steps back. */
  readonly setBack: number
}

export interface SmallServer {
  readonly record: BreakerRecord
  readonly ledger: Ledger
}

export interface SmallWorld {
  readonly policy: BreakerPolicy
  /** True time. Every instance's clock is as good as it; the server's is off by `offMs`. */
  readonly now: number
  readonly offMs: number
  readonly backMs: number
  readonly servers: readonly SmallServer[]
  /** An older copy of the newest server. */
  readonly replica: SmallServer
  readonly instances: readonly SmallInstance[]
  readonly left: Left
  /** How many probes each epoch has seen. */
  readonly executed: Readonly<Record<number, number>>
  /** More than one where the server has lost something: an epoch may have been given out in each. */
  readonly histories: number
  /** Whether the server's clock has never stepped. */
  readonly steady: boolean
  readonly wrong?: string
}

export const nothingLeft: Left = {
  calls: 0,
  steps: 0,
  looks: 0,
  lost: 0,
  doubled: 0,
  emptied: 0,
  promoted: 0,
  setBack: 0,
}

/** A world in which nothing has happened yet. */
export function closedWorld(policy: BreakerPolicy, names: string, left: Left): SmallWorld {
  const server = { record: emptyRecord, ledger: emptyLedger }
  return {
    policy,
    now: startMs,
    offMs: 0,
    backMs: stepMs,
    servers: [server],
    replica: server,
    instances: [...names].map(newInstance),
    left,
    executed: {},
    histories: 1,
    steady: true,
  }
}

/** A world whose circuit has just opened, and all know it. */
export function openWorld(policy: BreakerPolicy, names: string, left: Left): SmallWorld {
  let world = closedWorld(policy, names, left)
  for (const [index] of world.instances.entries()) {
    const failing = changed(world, index, (of) => ({ ...of, failures: policy.minimumCalls }))
    world = changed(failing, index, (of) => asked(of, flushOf(failing, of), world.now))
    world = changed(serve(world, index), index, (of) => answered(of, policy, world.now))
  }
  const hears = (of: SmallInstance): SmallInstance =>
    of.pushes.reduce((each, message) => pushed({ ...each, pushes: [] }, message, world.now), of)
  return { ...world, instances: world.instances.map(hears), replica: world.servers[0] as SmallServer }
}

/** The same when the first instance once sent a vote that nobody has received yet. */
export function withLateVote(world: SmallWorld): SmallWorld {
  const [instance] = closedWorld(world.policy, 'a', world.left).instances as [SmallInstance]
  const vote = flushOf(world, { ...instance, sequence: 1, successes: 0, failures: 2 })
  return changed(world, 0, (of) => ({ ...of, sequence: of.sequence + 1, late: [vote] }))
}

type Change = (instance: SmallInstance) => SmallInstance

export function changed(world: SmallWorld, which: number, change: Change): SmallWorld {
  return { ...world, instances: world.instances.with(which, change(world.instances[which] as SmallInstance)) }
}

function spent(world: SmallWorld, what: keyof Left): SmallWorld {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1 } }
}

/** All that may happen next. */
export function movesOf(world: SmallWorld): readonly Move<SmallWorld>[] {
  const moves: Move<SmallWorld>[] = []
  for (const index of world.instances.keys()) addMovesOf(world, index, moves)
  const { left, servers, replica } = world
  const { record } = servers.at(-1) as SmallServer
  if (left.steps > 0) {
    moves.push(['a step of time', spent({ ...world, now: world.now + stepMs }, 'steps')])
  }
  if (left.emptied > 0 && record !== emptyRecord) {
    const emptied = { ...spent(world, 'emptied'), histories: world.histories + 1 }
    moves.push([
      'the server loses everything',
      withServer(emptied, { record: emptyRecord, ledger: emptyLedger }),
    ])
  }
  if (left.setBack > 0) {
    const offMs = world.offMs - world.backMs
    moves.push(['the server’s clock steps back', spent({ ...world, offMs, steady: false }, 'setBack')])
  }
  if (left.promoted > 0 && replica.record !== record) {
    moves.push(['the replica catches up', { ...world, replica: servers.at(-1) as SmallServer }])
  }
  if (left.promoted > 0) {
    const forked = { ...spent(world, 'promoted'), histories: world.histories + 1 }
    moves.push(['the replica takes over', { ...forked, servers: [...servers, replica] }])
  }
  return moves
}

function withServer(world: SmallWorld, server: SmallServer, at = world.servers.length - 1): SmallWorld {
  return { ...world, servers: world.servers.with(at, server) }
}

function addMovesOf(world: SmallWorld, index: number, moves: Move<SmallWorld>[]): void {
  const { left, now, policy } = world
  const instance = world.instances[index] as SmallInstance
  const { name, status, flight, claims, successes, failures, tokens, running } = instance
  const add = (what: string, next: SmallWorld): void => void moves.push([`${name} ${what}`, next])
  const change = (what: string, by: Change): void => add(what, changed(world, index, by))
  if (status === 'closed' && left.calls > 0) {
    const called = spent(world, 'calls')
    if (failures < 2)
      add(
        'counts a failure',
        changed(called, index, (of) => ({ ...of, failures: failures + 1 })),
      )
    if (successes < 1)
      add(
        'counts a success',
        changed(called, index, (of) => ({ ...of, successes: successes + 1 })),
      )
  }
  if (instance.server < world.servers.length - 1)
    change('turns to the new server', (of) => ({ ...of, server: of.server + 1 }))
  if (tokens.length > 0) {
    if (now < (tokens[0]?.until ?? 0)) add('begins a probe', begin(world, index))
    change('hands a probe back', handedBack)
  }
  if (running.length > 0) {
    change('sees a probe succeed', (of) => ended(of, 'succeeded'))
    change('sees a probe fail', (of) => ended(of, 'failed'))
  }
  for (const [place, message] of instance.pushes.entries()) {
    change(`hears of epoch ${message.epoch}`, (of) =>
      withoutOldNews(pushed({ ...of, pushes: of.pushes.toSpliced(place, 1) }, message, now)),
    )
  }
  for (const [place, request] of instance.late.entries()) {
    const without = changed(world, index, (of) => ({ ...of, late: of.late.toSpliced(place, 1) }))
    add(`is served late: ${request.type}`, served(without, instance.server, request).world)
  }
  if (flight === undefined) {
    if (claims || successes + failures > 0) change('flushes', (of) => asked(of, flushOf(world, of), now))
    if (mayProbe(instance, now)) change('asks for a probe', (of) => asked(of, probeOf(world, of), now))
    if (left.looks > 0) {
      add(
        'looks',
        changed(spent(world, 'looks'), index, (of) => asked(of, { type: 'look', id: 'x' }, now)),
      )
    }
    return
  }
  if (flight.reply !== undefined) change('gets the reply', (of) => withoutOldNews(answered(of, policy, now)))
  if (!flight.served) add(`is served: ${flight.request.type}`, serve(world, index))
  if (flight.served && left.doubled > 0) {
    add(`is served twice: ${flight.request.type}`, spent(serve(world, index), 'doubled'))
  }
  if (left.lost > 0) add('gives up', changed(spent(world, 'lost'), index, gaveUp))
}

function mayProbe({ status, until, reports }: SmallInstance, now: number): boolean {
  return reports.length > 0 || status === 'half-open' || (status === 'open' && now >= until)
}

export function flushOf(world: SmallWorld, instance: SmallInstance): Request {
  const { name, successes, failures } = instance
  const [sequence, fleet, claim] = [
    instance.sequence + 1,
    world.instances.length,
    claimOf(instance, world.now),
  ]
  return {
    type: 'flush',
    id: 'x',
    instance: name,
    sequence,
    claim,
    successes,
    failures,
    fleet,
    policy: world.policy,
  }
}

export function probeOf({ now, policy }: SmallWorld, instance: SmallInstance): Request {
  const { reports, status } = instance
  const wanted = status === 'closed' ? 0 : 1
  return { type: 'probe', id: 'x', claim: claimOf(instance, now), reports, wanted, policy }
}

/** A probe runs: at most so many in each epoch of each history, and none that the server has given up. */
export function begin(world: SmallWorld, index: number): SmallWorld {
  const [token] = world.instances[index]?.tokens ?? []
  if (token === undefined) return world
  const count = (world.executed[token.epoch] ?? 0) + 1
  const begun = changed({ ...world, executed: { ...world.executed, [token.epoch]: count } }, index, began)
  const most = world.policy.probes * world.histories
  if (count > most) return { ...begun, wrong: `S3: ${count} probes ran in epoch ${token.epoch}` }
  if (world.now < token.leaseEnds || !world.steady) return begun
  return { ...begun, wrong: `S3: probe ${token.number} began after the server had given it up` }
}

export function serve(world: SmallWorld, index: number): SmallWorld {
  const { flight, server } = world.instances[index] as SmallInstance
  if (flight === undefined) return world
  const done = served(world, server, flight.request)
  return changed(done.world, index, (of) => ({
    ...of,
    flight: { ...flight, served: true, reply: done.reply, servedAt: world.now },
  }))
}

export function served(
  world: SmallWorld,
  at: number,
  request: Request,
): {
  readonly world: SmallWorld
  readonly reply:
    | ReturnType<typeof look>
    | ReturnType<typeof flush>['reply']
    | ReturnType<typeof probe>['reply']
} {
  const { record, ledger } = world.servers[at] as SmallServer
  const now = world.now + world.offMs
  if (request.type !== 'flush' && request.type !== 'probe') {
    return { world, reply: look(record, emptyOverride, now) }
  }
  const step = request.type === 'flush' ? flush(record, request, now) : probe(record, request, now)
  const verdict = judged(ledger, record, request, step, now, world.steady)
  const next = withServer(world, { record: step.record, ledger: verdict.ledger }, at)
  const told = step.message?.type === 'change' ? announced(next, at, step.message) : next
  return { world: verdict.wrong === undefined ? told : { ...told, wrong: verdict.wrong }, reply: step.reply }
}

/** A push is on its way to all who listen to that server. */
function announced(world: SmallWorld, at: number, message: ChangeMessage): SmallWorld {
  const instances = world.instances.map((each) =>
    each.server === at && isNews(each, message) ? { ...each, pushes: [...each.pushes, message] } : each,
  )
  return { ...world, instances }
}

function withoutOldNews(instance: SmallInstance): SmallInstance {
  const pushes = instance.pushes.filter((message) => isNews(instance, message))
  return pushes.length === instance.pushes.length ? instance : { ...instance, pushes }
}

/** What is wrong in this very state. */
export function wrongIn(world: SmallWorld): string | undefined {
  if (world.wrong !== undefined) return world.wrong
  if (world.histories > 1) return undefined
  const statusOf = new Map<number, string>()
  const { record } = world.servers[0] as SmallServer
  for (const { epoch, status } of [record, ...world.instances]) {
    const other = statusOf.get(epoch)
    if (other !== undefined && other !== status) return `S2: epoch ${epoch} is ${other} and ${status}`
    statusOf.set(epoch, status)
  }
  return undefined
}

/** The newest server alone is left, and what was on its way is lost or, if `late`, comes in the end. */
export function healed(world: SmallWorld, late: boolean): SmallWorld {
  let calm: SmallWorld = {
    ...world,
    left: nothingLeft,
    servers: [world.servers.at(-1) as SmallServer],
    instances: world.instances.map((each) => ({ ...each, server: 0 })),
  }
  for (const [index, { flight, late: requests, pushes }] of calm.instances.entries()) {
    if (late) {
      const waiting = flight === undefined || flight.served ? requests : [...requests, flight.request]
      for (const request of waiting) calm = served(calm, 0, request).world
      for (const message of pushes) calm = changed(calm, index, (of) => pushed(of, message, calm.now))
    }
    calm = changed(calm, index, (of) => ({ ...gaveUp(of), late: [], pushes: [] }))
  }
  return calm
}

/** Leaves out servers, whose keys may have expired. */
export function livingRecord({ servers, now, offMs }: SmallWorld): BreakerRecord {
  return living((servers[0] as SmallServer).record, now + offMs)
}
