import { systemClock } from '../clock.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Host } from '../host.ts'
import { Circuit } from './circuit.ts'
import type { Watcher } from './circuit.ts'
import type { Settings } from './options.ts'
import type { CircuitSnapshot } from './snapshot.ts'
import { joinFleet, policyFrom, takesPart } from './shared-circuit.ts'

/** Whoever has circuits: what binds them, and what they report to. */
export interface CircuitsOwner extends Watcher {
  readonly name: string
  readonly settings: Settings
  /** What operators say of a circuit in all instances has changed. */
  overridden(): void
}

/** The circuits of one breaker, one for each endpoint, and beside each the fleet's where there is one. */
export class Circuits extends EndpointStates<Circuit> {
  host: Host | undefined
  readonly #owner: CircuitsOwner

  constructor(owner: CircuitsOwner) {
    super()
    this.#owner = owner
  }

  /** The circuit of the breaker's own name is the fleet's too, even if all calls go to endpoints: operators speak of it. */
  attach(host: Host): void {
    const first = this.host === undefined
    this.host = firstHost(this.#owner.name, this.host, host)
    if (!first || host.sharing === undefined) return
    for (const [, circuit] of this.all()) joinFleet(circuit, this.#owner, host)
    this.at(undefined)
  }

  detach(): void {
    for (const [, circuit] of this.all()) circuit.leaveFleet()
  }

  get now(): number {
    return (this.host?.clock ?? systemClock).now()
  }

  /** The circuit of that endpoint, made if it is asked for the first time. */
  at(endpoint: string | undefined): Circuit {
    return this.of(endpoint) ?? this.#make(endpoint)
  }

  #make(endpoint: string | undefined): Circuit {
    const circuit = this.add(endpoint, this.fresh(endpoint))
    if (this.host !== undefined) joinFleet(circuit, this.#owner, this.host)
    return circuit
  }

  /** One that is not kept. */
  fresh(endpoint: string | undefined): Circuit {
    return new Circuit(endpoint, this.now, this.#owner.settings, this.#owner)
  }

  /** All go on under the owner's new settings, and take part in the fleet's or not as those say. */
  refit(): void {
    const { now, host } = this
    const { settings } = this.#owner
    for (const [, circuit] of this.all()) {
      circuit.refit(now, settings)
      if (!takesPart(settings)) circuit.leaveFleet()
      else if (circuit.fleet !== undefined) circuit.fleet.policy = policyFrom(settings)
      else if (host !== undefined) joinFleet(circuit, this.#owner, host)
    }
  }

  snapshot(): Readonly<Record<string, CircuitSnapshot>> {
    const { now } = this
    return Object.fromEntries(
      [...this.all()].map(([endpoint, circuit]) => [endpoint ?? '', circuit.snapshot(now)]),
    )
  }

  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void {
    const { now } = this
    for (const [endpoint, circuit] of Object.entries(snapshot)) {
      this.at(endpoint === '' ? undefined : endpoint).restore(circuit, now, this.#owner.settings)
    }
  }

  /** Whether none holds anything worth keeping. */
  idle(now: number): boolean {
    for (const [, circuit] of this.all()) {
      const { state, running, fleet } = circuit
      if (running > 0 || state.kind !== 'closed' || !state.window.empty(now)) return false
      if (fleet?.passes === false || circuit.refusedShare(now, this.#owner.settings) > 0) return false
    }
    return true
  }
}
