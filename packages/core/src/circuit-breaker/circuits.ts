import { systemClock } from '../clock.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Host } from '../host.ts'
import { Circuit } from './circuit.ts'
import type { Watcher } from './circuit.ts'
import type { Settings } from './options.ts'
import { joinFleet } from './shared-circuit.ts'

/** Whoever has circuits: what binds them, and what they report to. */
export interface CircuitsOwner extends Watcher {
  readonly name: string
  readonly settings: Settings
  /** What operators say of a circuit in all instances has changed. */
  overridden(): void
}

/** The circuits of one breaker, one for each endpoint, and beside each the fleet's where there is one. */
export class Circuits {
  host: Host | undefined
  readonly #owner: CircuitsOwner
  readonly #states = new EndpointStates<Circuit>()

  constructor(owner: CircuitsOwner) {
    this.#owner = owner
  }

  /** The circuit of the breaker's own name is the fleet's too, even if all calls go to endpoints: operators speak of it. */
  attach(host: Host): void {
    const first = this.host === undefined
    this.host = firstHost(this.#owner.name, this.host, host)
    if (!first || host.sharing === undefined) return
    for (const [, circuit] of this.#states.all()) this.#join(circuit, host)
    this.of(undefined)
  }

  detach(): void {
    for (const [, circuit] of this.#states.all()) circuit.leaveFleet()
  }

  get now(): number {
    return (this.host?.clock ?? systemClock).now()
  }

  all(): Iterable<readonly [endpoint: string | undefined, circuit: Circuit]> {
    return this.#states.all()
  }

  known(endpoint: string | undefined): Circuit | undefined {
    return this.#states.of(endpoint)
  }

  of(endpoint: string | undefined): Circuit {
    return this.#states.of(endpoint) ?? this.#add(endpoint)
  }

  #add(endpoint: string | undefined): Circuit {
    const circuit = this.#states.add(endpoint, this.fresh(endpoint))
    if (this.host !== undefined) this.#join(circuit, this.host)
    return circuit
  }

  /** One that is not kept. */
  fresh(endpoint: string | undefined): Circuit {
    return new Circuit(endpoint, this.now, this.#owner.settings, this.#owner)
  }

  #join(circuit: Circuit, host: Host): void {
    joinFleet(circuit, this.#owner, host)
  }

  /** Whether none holds anything worth keeping. */
  idle(now: number): boolean {
    for (const [, circuit] of this.#states.all()) {
      const { state, running, fleet } = circuit
      if (running > 0 || state.kind !== 'closed' || !state.window.empty(now)) return false
      if (fleet?.passes === false || circuit.refusedShare(now, this.#owner.settings) > 0) return false
    }
    return true
  }
}
