import type { Store } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/testing'
import { chancesOf } from '../play/chances.ts'
import type { Ground, Outgoing } from '../ground.ts'
import type { Injection } from '../injection.ts'
import { instancesOf, means, replicasOf } from '../places.ts'
import type { Place } from '../places.ts'
import type { ReplicaReport } from '../report.ts'
import { ScenarioError } from '../scenario-error.ts'
import type { Scenario, Service } from '../scenario.ts'
import { SimulatedStore } from '../virtual/simulated-store.ts'
import { FaultLine } from './fault-line.ts'
import { HttpSender } from './http-sender.ts'
import { RunClock } from './run-clock.ts'
import { ServerProcess } from './server-process.ts'

/** How often it is looked whether a run goes on. */
const lookMs = 20
/** At once; each takes three sockets of this process. */
const mostRequests = 2_000

/**
 * A scenario's services as processes, with a proxy on the way from each sender to each replica. The store stays in this
 * process, behind a network that is simulated by the machine's clock.
 */
export class RealGround implements Ground {
  readonly kind = 'real'
  readonly clock: RunClock = new RunClock()
  readonly #scenario: Scenario
  readonly #seed: number
  readonly #places: readonly Place<Service>[]
  readonly #random: SeededRandom
  readonly #store: SimulatedStore
  readonly #servers = new Map<string, ServerProcess>()
  readonly #lines: FaultLine[] = []
  readonly #senders = new Map<string, HttpSender>()
  readonly #injected = new Set<Injection>()
  readonly #failed = Promise.withResolvers<never>()
  #underWay = 0

  /** `random`: drawn from the seed as the processes draw it. */
  constructor(scenario: Scenario, seed: number, random: SeededRandom) {
    this.#scenario = scenario
    this.#seed = seed
    this.#places = replicasOf(scenario)
    const { network, store } = chancesOf(scenario, random)
    this.#random = network
    this.#store = new SimulatedStore(this.clock, store, scenario.store ?? { delayMs: 0.5 })
    this.#failed.promise.catch(() => {})
  }

  /** Starts everything, and then the time of the run. What has been started is ended by `close` alone. */
  async start(): Promise<void> {
    const started = await Promise.allSettled(this.#places.map((to) => this.#startServer(to)))
    for (const each of started) if (each.status === 'rejected') throw each.reason
    for (const { name } of instancesOf(this.#scenario)) {
      this.#senders.set(name, new HttpSender(this.#portsFrom(name)))
    }
    const [scenario, seed] = [this.#scenario, this.#seed]
    await Promise.all(
      Array.from(this.#servers, ([replica, server]) =>
        server.begin({ scenario, seed, replica, ports: this.#portsFrom(replica) }),
      ),
    )
    this.clock.begin()
  }

  async send(request: Outgoing): Promise<unknown> {
    if (this.#underWay >= mostRequests) {
      const problem = `has more than ${mostRequests} requests under way at once, too many for one machine`
      this.#failed.reject(new ScenarioError('', problem))
    }
    this.#underWay++
    try {
      // There is one for each instance.
      return await (this.#senders.get(request.from) as HttpSender).send(request)
    } finally {
      this.#underWay--
    }
  }

  inject(injection: Injection, on: boolean): void {
    if ('client' in injection && !('target' in injection)) return
    if (!('target' in injection)) return this.#store.set(injection, on)
    if (on) this.#injected.add(injection)
    else this.#injected.delete(injection)
    for (const line of this.#lines) line.suffer(this.#injected).catch(this.#failed.reject)
    if ('client' in injection) return
    const place = this.#scenario.injections?.indexOf(injection) ?? -1
    for (const each of this.#places) {
      if (means(injection.target, each)) this.#servers.get(each.name)?.inject(place, on)
    }
  }

  connect(): Store {
    return this.#store.connect()
  }

  async run(at: number, goesOn: () => boolean = () => true): Promise<void> {
    while (this.clock.now() < at && goesOn()) {
      const look = this.clock.until(Math.min(at, this.clock.now() + lookMs))
      await Promise.race([look, this.#failed.promise])
    }
  }

  async replicas(): Promise<Readonly<Record<string, ReplicaReport>>> {
    const reports = Array.from(
      this.#servers,
      async ([name, server]) => [name, await server.report()] as const,
    )
    return Object.fromEntries(await Promise.all(reports))
  }

  async close(): Promise<void> {
    this.clock.end()
    for (const sender of this.#senders.values()) sender.close()
    await Promise.all([
      ...Array.from(this.#lines, (line) => line.close()),
      ...Array.from(this.#servers.values(), (server) => server.end()),
    ])
  }

  async #startServer(to: Place<Service>): Promise<void> {
    const random = this.#random.fork()
    const server = new ServerProcess(to.name)
    this.#servers.set(to.name, server)
    server.lost.catch(this.#failed.reject)
    const port = await server.listening()
    const askers = this.#places.filter(({ kind }) => kind.calls !== undefined)
    const opened = [...instancesOf(this.#scenario), ...askers].map(async (from) => {
      const { network: usual } = this.#scenario
      this.#lines.push(await FaultLine.open({ from, to, usual, random: random.fork() }, port))
    })
    await Promise.all(opened)
  }

  #portsFrom(sender: string): Readonly<Record<string, number>> {
    const lines = this.#lines.filter(({ course }) => course.from.name === sender)
    return Object.fromEntries(lines.map(({ course, port }) => [course.to.name, port]))
  }
}
