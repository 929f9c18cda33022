import type { Call } from '../call.ts'
import { systemClock } from '../clock.ts'
import type { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Counts } from '../window.ts'
import type { Ticket } from '../wait.ts'
import { checkSnapshot } from './check-snapshot.ts'
import { CircuitOpenError, refusals } from './circuit-open-error.ts'
import type { RefusalReason } from './circuit-open-error.ts'
import { Circuit } from './circuit.ts'
import type { Pass, Watcher } from './circuit.ts'
import type { FleetOverride } from '../share/fleet-override.ts'
import type { Status } from '../share/protocol/status.ts'
import type { Result, State } from './machine.ts'
import { settingsFrom } from './options.ts'
import type { CircuitBreakerOptions, Settings } from './options.ts'
import { followed, transition } from './event.ts'
import { misfit } from './misfit.ts'
import type { CircuitBreakerEvent } from './event.ts'
import { overrideFrom } from './override.ts'
import type { Override, OverrideOptions } from './override.ts'
import type { CircuitSnapshot } from './snapshot.ts'
import { joinFleet, policyFrom } from './shared-circuit.ts'
import { retryAfterMs, statisticsOf } from './statistics.ts'
import type { CircuitStatistics } from './statistics.ts'

/** A circuit breaker, with what operators need. Where endpoints are chosen outside it, each has a circuit of its own. */
export interface CircuitBreaker extends Guard {
  statistics(endpoint?: string): CircuitStatistics
  /** Forces every circuit open or closed, whatever is counted, which goes on. The last one said is in force. */
  override(state: 'open' | 'closed', options: OverrideOptions): void
  clearOverride(): void
  /** What it knows, as plain data. Restoring it at the same instant changes nothing. An override is not part of it. */
  snapshot(): Readonly<Record<string, CircuitSnapshot>>
  /**
   * Takes over what a snapshot says, of another process or version of the options too. What is no snapshot is refused
   * with a `HoldfastConfigError`, and nothing changes.
   */
  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void
}

/** Stops calling what fails: opens on failures, waits, lets a few calls probe, closes when they succeed. */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new Breaker(options)
}

class Breaker implements CircuitBreaker, Watcher {
  readonly kind = 'circuit-breaker'
  readonly name: string
  #settings: Settings
  #host: Host | undefined
  #override: Override | undefined
  /** Whether no override stands, as far as one has looked. */
  #unforced = true
  /** The circuit that the fleet knows by the breaker's own name; what operators say of it binds those of all endpoints. */
  #root: Circuit | undefined
  readonly #circuits = new EndpointStates<Circuit>()

  constructor(options: CircuitBreakerOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  attach(host: Host): void {
    const first = this.#host === undefined
    this.#host = firstHost(this.name, this.#host, host)
    if (!first || host.sharing === undefined) return
    for (const [, circuit] of this.#circuits.all()) this.#join(circuit)
    this.#root = this.#circuitOf(undefined)
  }

  detach(): void {
    for (const [, circuit] of this.#circuits.all()) circuit.leaveFleet()
  }

  #now(): number {
    return (this.#host?.clock ?? systemClock).now()
  }

  #circuitOf(endpoint: string | undefined): Circuit {
    return this.#circuits.of(endpoint) ?? this.#addCircuit(endpoint)
  }

  #addCircuit(endpoint: string | undefined): Circuit {
    const circuit = this.#circuits.add(endpoint, this.#newCircuit(endpoint))
    this.#join(circuit)
    return circuit
  }

  #join(circuit: Circuit): void {
    const host = this.#host
    if (host === undefined) return
    joinFleet(
      this.name,
      circuit,
      host,
      () => this.#settings,
      () => this.#lookForOverride(host.clock.now()),
    )
  }

  #fleetsOverride({ fleet }: Circuit, now: number): FleetOverride | undefined {
    return fleet?.override(now) ?? this.#root?.fleet?.override(now)
  }

  #lookForOverride(now: number): void {
    this.#unforced = this.#override === undefined && this.#root?.fleet?.override(now) === undefined
  }

  #newCircuit(endpoint: string | undefined): Circuit {
    return new Circuit(endpoint, this.#now(), this.#settings, this)
  }

  admit(call: Call, now: number): Ticket | Rejection {
    const circuit = this.#circuitOf(call.endpoint?.id)
    const settings = this.#settings
    if (settings.letsAllThrough && this.#unforced && circuit.clear(now)) {
      return circuit.pass(now, settings)
    }
    return settings.mode === 'off' ? 0 : this.#decide(circuit, settings, call, now)
  }

  #decide(circuit: Circuit, settings: Settings, call: Call, now: number): Ticket | Rejection {
    const override = this.#overrideAt(now) ?? this.#fleetsOverride(circuit, now)
    if (override?.state === 'open')
      return this.#refuse(circuit, 'overridden', override.until - now, call, now)
    const verdict = circuit.fleet?.decide(now)
    if (verdict !== undefined && 'number' in verdict) return circuit.fleetProbe(verdict, now)
    if (verdict !== undefined && override?.state !== 'closed') {
      return this.#refuse(circuit, verdict.reason, verdict.retryAfterMs, call, now)
    }
    const state = circuit.look(now, settings)
    if (state.kind === 'closed') {
      const share = circuit.refusedShare(now, settings)
      if (share > 0 && override?.state !== 'closed' && call.random() < share) {
        return this.#refuse(circuit, state.recovered ? 'ramp' : 'proportional', undefined, call, now)
      }
      return circuit.pass(now, settings)
    }
    const probe = circuit.probe(now, settings)
    if (probe !== undefined) return probe
    if (override?.state === 'closed') return circuit.pass(now, settings)
    return this.#refuse(circuit, state.kind, retryAfterMs(state, now, settings), call, now)
  }

  #refuse(
    circuit: Circuit,
    reason: RefusalReason,
    retryAfter: number | undefined,
    call: Call,
    now: number,
  ): Ticket | Rejection {
    const fleets = this.#fleetsOverride(circuit, now)
    const shadow = this.#settings.mode === 'shadow' || fleets?.state === 'shadow'
    circuit.refused++
    if (call.host.observed) {
      call.emit({ type: 'circuit.rejected', policy: this.name, reason, shadow } satisfies CircuitBreakerEvent)
    }
    if (shadow) return circuit.pass(now, this.#settings)
    const why = (this.#override ?? fleets)?.reason
    const because = reason === 'overridden' ? `forced open${why ? `: ${why}` : ''}` : refusals[reason]
    return new CircuitOpenError(`${this.name}: ${because}`, {
      policy: this.name,
      key: call.key,
      retryAfterMs: retryAfter === undefined || retryAfter === Infinity ? undefined : Math.max(0, retryAfter),
      cause: circuit.lastFailure,
    })
  }

  settle(ticket: Ticket, ending: Ending, now: number): void {
    if (typeof ticket === 'number') return
    // Its own tickets are passes.
    const pass = ticket as Pass
    const error = typeof ending !== 'string' && isError(ending) ? ending.error : undefined
    pass.circuit.ended(pass, this.#resultOf(ending), error, now, this.#settings)
  }

  #resultOf(ending: Ending): Result {
    if (typeof ending === 'string') return ending === 'unstarted' ? 'unstarted' : 'nothing'
    const { isFailure } = this.#settings
    const failed = isError(ending)
    if (isFailure === undefined || this.#host === undefined) return failed ? 'failure' : 'success'
    return this.#asked(this.#host, isFailure, ending)
  }

  #asked(host: Host, isFailure: (outcome: Outcome) => boolean | 'ignored', ending: Outcome): Result {
    const verdict = ask(host, this.name, 'isFailure', () => isFailure(ending), isError(ending))
    if (verdict === 'ignored') return 'nothing'
    return verdict ? 'failure' : 'success'
  }

  changed({ endpoint }: Circuit, state: State): void {
    const host = this.#host
    if (host?.observed !== true) return
    host.emit(transition(this.name, state), endpoint === undefined ? {} : { endpoint: { id: endpoint } })
  }

  followed({ endpoint }: Circuit, status: Status, openMs: number, openings: number): void {
    const host = this.#host
    if (host?.observed !== true) return
    const event = followed(this.name, status, openMs, openings)
    host.emit(event, endpoint === undefined ? {} : { endpoint: { id: endpoint } })
  }

  chance(): number {
    return this.#host === undefined ? 0 : this.#host.random()
  }

  agrees(tripWhen: (counts: Counts) => boolean, counts: Counts): boolean {
    const host = this.#host
    return host !== undefined && ask(host, this.name, 'tripWhen', () => tripWhen(counts) === true, false)
  }

  #overrideAt(now: number): Override | undefined {
    if (this.#override !== undefined && now >= this.#override.until) this.#setOverride(undefined)
    return this.#override
  }

  #setOverride(override: Override | undefined): void {
    this.#override = override
    this.#lookForOverride(this.#now())
    const event: CircuitBreakerEvent = { type: 'circuit.overridden', policy: this.name, override }
    if (this.#host?.observed === true) this.#host.emit(event)
  }

  override(state: 'open' | 'closed', options: OverrideOptions): void {
    this.#setOverride(overrideFrom(this.name, state, options, this.#now()))
  }

  clearOverride(): void {
    if (this.#override !== undefined) this.#setOverride(undefined)
  }

  statistics(endpoint?: string): CircuitStatistics {
    const now = this.#now()
    // Reading must not keep a circuit for every endpoint that somebody asks for.
    const circuit = this.#circuits.of(endpoint) ?? this.#newCircuit(endpoint)
    const state = circuit.look(now, this.#settings)
    return statisticsOf(circuit, state, now, this.#overrideAt(now), this.#settings)
  }

  snapshot(): Readonly<Record<string, CircuitSnapshot>> {
    const now = this.#now()
    const circuits = [...this.#circuits.all()]
    return Object.fromEntries(circuits.map(([endpoint, circuit]) => [endpoint ?? '', circuit.snapshot(now)]))
  }

  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void {
    checkSnapshot(this.name, snapshot)
    const now = this.#now()
    for (const [endpoint, circuit] of Object.entries(snapshot)) {
      this.#circuitOf(endpoint === '' ? undefined : endpoint).restore(circuit, now, this.#settings)
    }
  }

  configure(options: CircuitBreakerOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    for (const [, circuit] of this.#circuits.all()) {
      circuit.refit(this.#now(), this.#settings)
      circuit.fleet?.retune(policyFrom(this.#settings))
    }
  }

  draft(options: CircuitBreakerOptions): Part {
    return circuitBreaker({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { multiplier, options: _, letsAllThrough: __, rampMs = 0, ...settings } = this.#settings
    return { ...settings, rampMs, proportional: multiplier !== Infinity && { multiplier } }
  }

  check(inner: readonly Part[]): string | undefined {
    return misfit(this.name, this.#settings, inner)
  }

  idle(now: number): boolean {
    if (this.#overrideAt(now) !== undefined) return false
    for (const [, circuit] of this.#circuits.all()) {
      const { state, running, fleet } = circuit
      if (fleet !== undefined && !fleet.passes) return false
      if (running > 0 || state.kind !== 'closed' || !state.window.empty(now)) return false
      if (circuit.refusedShare(now, this.#settings) > 0) return false
    }
    return true
  }
}
