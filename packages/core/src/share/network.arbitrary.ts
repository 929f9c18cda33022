import type { VirtualClock } from '@holdfast/testing'
import type { Alarm, Clock } from '../clock.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import { emptyRecord, idleMs, living } from './protocol/breaker-record.ts'
import type { BreakerRecord } from './protocol/breaker-record.ts'
import { emptyLedger, judged } from './protocol/ledger.arbitrary.ts'
import type { Ledger } from './protocol/ledger.arbitrary.ts'
import { encodeMessage } from './protocol/message.ts'
import type { Reply, Request } from './protocol/request.ts'
import { World } from './protocol/world.ts'
import type { Answer, Store, StoreFailure, StoreListener } from './store.ts'

/** How long a store waits for an answer. */
export const commandTimeoutMs = 250

/** One process's clocks. While the process is paused time goes on, and nothing in it runs. */
export class ProcessClock implements Clock {
  readonly #time: VirtualClock
  readonly #monotonicMs: number
  #calendarMs: number
  #paused = false
  #missed: (() => void)[] = []
  /** What is looked at whenever something has run. */
  readonly #look: () => void

  constructor(time: VirtualClock, monotonicMs: number, calendarMs: number, look: () => void) {
    this.#time = time
    this.#monotonicMs = monotonicMs
    this.#calendarMs = calendarMs
    this.#look = look
  }

  now(): number {
    return this.#time.now() + this.#monotonicMs
  }

  wallTime(): number {
    return this.#time.wallTime() + this.#calendarMs
  }

  jump(ms: number): void {
    this.#calendarMs += ms
  }

  alarm(wake: () => void): Alarm {
    const alarm = this.#time.alarm(() => this.run(wake))
    return { set: (at) => alarm.set(at - this.#monotonicMs), clear: () => alarm.clear() }
  }

  /** Now, or when the process goes on. */
  run(work: () => void): void {
    if (this.#paused) return void this.#missed.push(work)
    work()
    this.#look()
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
  }

  /** Goes on, with what comes `first` before what was missed. */
  resume(first: () => void = () => undefined): void {
    if (!this.#paused) return
    this.#paused = false
    first()
    const missed = this.#missed
    this.#missed = []
    for (const work of missed) this.run(work)
  }
}

/** A server, and by its side what it must have heard. */
interface Server {
  readonly world: World
  readonly ledger: Ledger
}

/** What the network does to what it carries. Ratios of chance. */
export interface Weather {
  readonly delayMs: number
  /** A request does not arrive; a reply does not; a request arrives twice, the second time late. */
  readonly lostRequests: number
  readonly lostReplies: number
  readonly doubled: number
  readonly lostPushes: number
  readonly doubledPushes: number
}

export const calm: Weather = {
  delayMs: 2,
  lostRequests: 0,
  lostReplies: 0,
  doubled: 0,
  lostPushes: 0,
  doubledPushes: 0,
}

/** A circuit's names and id in all schedules. */
export const names: readonly [pipeline: string, policy: string] = ['inventory', 'circuit-breaker']
const circuit: string = names.join('/')

/** The rules of all circuits in all schedules. */
export const rules: BreakerPolicy = {
  version: 0,
  bucketMs: 100,
  minimumCalls: 2,
  failureRatio: 0.5,
  burstRatio: 0.9,
  openMs: 300,
  maximumOpenMs: 600,
  probes: 2,
  probeSuccesses: 2,
  probeLeaseMs: 400,
  quorumRatio: 0.1,
  quorumMinimum: 2,
  quorumMaximum: 20,
}

/** Servers, and the ways to them, in virtual time. */
export class Network {
  readonly time: VirtualClock
  readonly random: () => number
  weather: Weather = calm
  /** Off the true time. */
  offMs = 0
  /** The server's clock has never stepped. */
  steady = true
  /** More than one where a server has lost something: an epoch may have been given out in each. */
  histories = 1
  readonly wrong: string[] = []
  /** Why there were new epochs. */
  readonly reasons: Set<string> = new Set<string>()
  /** When each probe was granted, as `epoch:number`. */
  readonly grants: Map<string, number> = new Map()
  /** Those that two servers have granted, of which one did not know what the other had done. */
  readonly grantedAgain: Set<string> = new Set()
  servers: readonly [Server, ...Server[]]
  #copy: Server
  readonly #onTheWay = new Set<() => void>()
  readonly links: Link[] = []

  constructor(time: VirtualClock, random: () => number) {
    this.time = time
    this.random = random
    this.servers = [{ world: new World(), ledger: emptyLedger }]
    this.#copy = { world: new World(), ledger: emptyLedger }
  }

  get newest(): Server {
    return this.servers.at(-1) ?? this.servers[0]
  }

  /** In whole milliseconds. */
  get serverNow(): number {
    return Math.floor(this.time.wallTime()) + this.offMs
  }

  /** The circuit as the newest server would tell of it: what has expired it knows no longer. */
  get told(): Pick<BreakerRecord, 'epoch' | 'status'> {
    return living(this.newest.world.breaker(circuit), this.serverNow)
  }

  #replace(server: Server, at = this.servers.length - 1): void {
    // There is always one server at least.
    this.servers = this.servers.with(at, server) as unknown as typeof this.servers
  }

  serve(at: number, request: Request): Reply {
    const { world, ledger } = this.servers[at] ?? this.newest
    const { serverNow: now } = this
    const found = world.breaker(circuit)
    const { reply, messages } = world.serve(request, now)
    const [message] = messages
    if ((request.type === 'flush' || request.type === 'probe') && reply.type === request.type) {
      // The reply is of the request's type.
      const step = { record: world.breaker(circuit), reply, ...(message && { message }) } as never
      const verdict = judged(ledger, found, request, step, now, this.steady)
      if (verdict.wrong !== undefined) this.wrong.push(verdict.wrong)
      this.#replace({ world, ledger: verdict.ledger }, at)
    }
    if (reply.type === 'probe') {
      for (let index = 0; index < reply.tokens; index++) {
        const name = `${reply.epoch}:${reply.firstToken + index}`
        if (this.grants.has(name)) this.grantedAgain.add(name)
        this.grants.set(name, this.time.now())
      }
    }
    for (const each of messages) {
      if (each.type === 'change') this.reasons.add(each.reason)
      this.#push(at, encodeMessage(each))
    }
    return reply
  }

  #push(at: number, text: string): void {
    for (const link of this.links) {
      if (link.server !== at) continue
      const { lostPushes, doubledPushes } = this.weather
      if (this.random() >= lostPushes) this.after(() => link.hear(text))
      if (this.random() < doubledPushes) this.after(() => link.hear(text), 10)
    }
  }

  /** After a delay of the weather, up to `times` as long. */
  after(work: () => void, times = 1): void {
    const arrive = (): void => {
      alarm.clear()
      this.#onTheWay.delete(arrive)
      work()
    }
    const alarm = this.time.alarm(arrive)
    alarm.set(this.time.now() + Math.round(this.random() * times * this.weather.delayMs))
    this.#onTheWay.add(arrive)
  }

  empty(): void {
    if (this.newest.world.breaker(circuit) === emptyRecord) return
    this.histories++
    this.newest.world.clear()
    this.#replace({ world: this.newest.world, ledger: emptyLedger })
  }

  /** A replica has what the server has now. */
  copy(): void {
    this.#copy = { world: this.newest.world.copy(), ledger: this.newest.ledger }
  }

  /** The replica takes over. The old server goes on for those who have not noticed. */
  promote(): void {
    this.histories++
    this.servers = [...this.servers, { world: this.#copy.world.copy(), ledger: this.#copy.ledger }]
  }

  /** Another server takes over that has given the same epoch to another state. */
  forge(): void {
    const { epoch, status } = this.newest.world.breaker(circuit)
    if (epoch === 0) return
    this.histories++
    const world = new World()
    const at = Math.min(this.serverNow, epoch - 1)
    const other = status === 'closed' ? 'open' : 'closed'
    const claim = { epoch: epoch - 1, status: other, remainingMs: 300, openings: 1 } as const
    const instance = 'nobody'
    const counts = { sequence: 1, successes: 0, failures: 0, fleet: 1 }
    world.serve({ type: 'flush', id: circuit, instance, claim, ...counts, policy: rules }, at)
    this.servers = [...this.servers, { world, ledger: { ...emptyLedger, epoch, since: at } }]
  }

  step(ms: number): void {
    this.offMs += ms
    this.steady = false
    if (ms < idleMs) return
    // All keys have expired: to the server it is as if it had lost them.
    this.histories++
    for (const [at, { world }] of this.servers.entries()) this.#replace({ world, ledger: emptyLedger }, at)
  }

  /** From now on nothing fails: all has arrived, the newest server is the only one, and everybody reaches it. */
  heal(): void {
    this.weather = calm
    for (const arrive of [...this.#onTheWay]) arrive()
    this.servers = [this.newest]
    for (const link of this.links) link.heal()
  }
}

/** One process's way to a server. */
export class Link implements Store {
  readonly #network: Network
  readonly #clock: ProcessClock
  #listener: StoreListener | undefined
  server = 0
  /** `hole`: what is sent disappears. `refused`: there is no connection, and the process knows. */
  #cut: 'no' | 'hole' | 'refused' = 'no'
  #disconnected = false
  sent = 0
  /** All that the server is told, for whoever wants to check. */
  onRequest: (request: Request) => void = () => undefined

  constructor(network: Network, clock: ProcessClock) {
    this.#network = network
    this.#clock = clock
    network.links.push(this)
  }

  open(listener: StoreListener): void {
    this.#listener = listener
    this.#network.after(() => this.#clock.run(() => listener.connected()))
  }

  close(): Promise<void> {
    this.#listener = undefined
    return Promise.resolve()
  }

  hear(text: string): void {
    if (this.#cut === 'no') this.#clock.run(() => this.#listener?.pushed(text))
  }

  send(requests: readonly Request[]): Promise<readonly Answer[]> {
    this.sent++
    const network = this.#network
    const failure = (reason: 'timeout' | 'unreachable'): readonly StoreFailure[] =>
      requests.map(() => ({ type: 'failure', reason, message: reason }))
    if (this.#cut === 'refused') return Promise.resolve(failure('unreachable'))
    return new Promise((resolve) => {
      const limit = network.time.alarm(() => this.#clock.run(() => resolve(failure('timeout'))))
      limit.set(network.time.now() + commandTimeoutMs)
      const answer = (answers: readonly Answer[]): void => {
        if (this.#cut !== 'no' || network.random() < network.weather.lostReplies) return
        network.after(() => {
          limit.clear()
          this.#clock.run(() => resolve(answers))
        })
      }
      if (this.#cut === 'hole') return
      const { weather, random } = network
      if (random() >= weather.lostRequests) network.after(() => answer(this.#carry(requests)))
      if (random() < weather.doubled) network.after(() => answer(this.#carry(requests)), 10)
    })
  }

  #carry(requests: readonly Request[]): readonly Answer[] {
    return requests.map((request) => {
      this.onRequest(request)
      return this.#network.serve(this.server, request)
    })
  }

  cut(how: 'hole' | 'refused'): void {
    this.#cut = how
    if (how === 'refused' && !this.#disconnected) {
      this.#disconnected = true
      const failure: StoreFailure = { type: 'failure', reason: 'unreachable', message: 'refused' }
      this.#clock.run(() => this.#listener?.disconnected(failure))
    }
  }

  /** Reaches the newest server again, and notices unless it never noticed that it was gone. */
  heal(): void {
    const newest = this.#network.servers.length - 1
    const noticed = this.#disconnected || this.server !== newest
    this.#cut = 'no'
    this.#disconnected = false
    this.server = newest
    if (noticed) this.#clock.run(() => this.#listener?.connected())
  }
}
