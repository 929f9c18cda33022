import type { Store } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/testing'
import { chancesOf } from '../play/chances.ts'
import { dependenciesOf } from '../services/dependencies.ts'
import type { Ground, Outgoing } from '../ground.ts'
import type { Injection, NetworkInjection } from '../injection.ts'
import { networkBetween } from '../services/network-between.ts'
import { NetworkLink } from './network-link.ts'
import { instancesOf, means, replicasOf } from '../places.ts'
import { Replica } from '../services/replica.ts'
import type { ReplicaReport } from '../report.ts'
import type { Scenario } from '../scenario.ts'
import type { ServiceError } from '../services/service-error.ts'
import { SimulationClock } from './simulation-clock.ts'
import { SimulatedStore } from './simulated-store.ts'

/** Between one sender and one replica, each way. */
interface Line {
  readonly there: NetworkLink
  readonly back: NetworkLink
}

/** A scenario's services, in virtual time. */
export class SimulatedGround implements Ground {
  readonly kind = 'simulated'
  readonly clock: SimulationClock = new SimulationClock()
  readonly #scenario: Scenario
  readonly #random: SeededRandom
  readonly #services = new Map<string, string>()
  readonly #senders = new Map<string, string>()
  readonly #replicas = new Map<string, Replica>()
  /** By sender and replica; made when first used. */
  readonly #lines = new Map<string, Line>()
  readonly #networkFaults = new Set<NetworkInjection>()
  readonly #store: SimulatedStore

  constructor(scenario: Scenario, random: SeededRandom, stepMs: number) {
    const { clock } = this
    this.#scenario = scenario
    const chances = chancesOf(scenario, random)
    this.#random = chances.network
    this.#store = new SimulatedStore(clock, chances.store, scenario.store ?? { delayMs: 0.5 })
    for (const { name, of } of instancesOf(scenario)) this.#senders.set(name, of)
    for (const place of replicasOf(scenario)) {
      // There is one for each replica.
      const chance = chances.replicas.get(place.name) as SeededRandom
      const ask = dependenciesOf(scenario, place, this, chance)
      const around = { clock, random: chance, stepMs }
      this.#replicas.set(place.name, new Replica(place, ask === undefined ? around : { ...around, ask }))
      this.#services.set(place.name, place.of)
      this.#senders.set(place.name, place.of)
    }
  }

  send({ from, replica, key, attempt }: Outgoing): Promise<unknown> {
    const { there, back } = this.#line(from, replica)
    return new Promise((resolve, reject) => {
      let leave: (() => void) | undefined
      let hasLeft = false
      const stopListening = attempt.onCancel((reason) => {
        reject(reason)
        there.carry(() => {
          hasLeft = true
          leave?.()
        })
      })
      const hear = (error: ServiceError | undefined): void => {
        stopListening()
        if (error === undefined) resolve(undefined)
        else reject(error)
      }
      there.carry(() => {
        leave = this.#replica(replica).receive({ key, answer: (error) => back.carry(() => hear(error)) })
        if (hasLeft) leave()
      })
    })
  }

  inject(injection: Injection, on: boolean): void {
    switch (injection.kind) {
      case 'down':
      case 'hang':
      case 'slow':
      case 'errors':
      case 'capacity':
        for (const [name, replica] of this.#replicas) {
          if (means(injection.target, { name, of: this.#services.get(name) ?? name }))
            replica.set(injection, on)
        }
        break
      case 'partition':
      case 'network':
        if (on) this.#networkFaults.add(injection)
        else this.#networkFaults.delete(injection)
        for (const [between, line] of this.#lines)
          this.#adapt(line, ...(between.split('\n') as [string, string]))
        break
      case 'store-down':
      case 'store-slow':
      case 'store-flush':
        this.#store.set(injection, on)
        break
      default:
    }
  }

  connect(): Store {
    return this.#store.connect()
  }

  run(at: number, goesOn?: () => boolean): Promise<void> {
    return this.clock.run(at, goesOn)
  }

  replicas(): Promise<Readonly<Record<string, ReplicaReport>>> {
    const reports = Array.from(this.#replicas, ([name, replica]) => [name, replica.report()] as const)
    return Promise.resolve(Object.fromEntries(reports))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #replica(name: string): Replica {
    const found = this.#replicas.get(name)
    if (found === undefined) throw new Error(`there is no replica '${name}'`)
    return found
  }

  #line(from: string, to: string): Line {
    const between = `${from}\n${to}`
    let line = this.#lines.get(between)
    if (line === undefined) {
      const link = (): NetworkLink => new NetworkLink(this.clock, this.#random.fork(), {})
      line = { there: link(), back: link() }
      this.#lines.set(between, line)
      this.#adapt(line, from, to)
    }
    return line
  }

  #adapt(line: Line, from: string, to: string): void {
    const network = networkBetween(
      { name: from, of: this.#senders.get(from) ?? from },
      { name: to, of: this.#services.get(to) ?? to },
      this.#scenario.network,
      this.#networkFaults,
    )
    line.there.become(network)
    line.back.become(network)
  }
}
