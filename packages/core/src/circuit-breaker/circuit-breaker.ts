import type { Call } from '../call.ts'
import type { Rejection } from '../error.ts'
import type { Guard } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Counts } from '../window.ts'
import type { Ticket } from '../wait.ts'
import { checkSnapshot } from './check-snapshot.ts'
import { circuitOpen } from './circuit-open-error.ts'
import type { RefusalReason } from './circuit-open-error.ts'
import type { Circuit } from './circuit.ts'
import { Circuits } from './circuits.ts'
import type { CircuitsOwner } from './circuits.ts'
import type { Pass } from './pass.ts'
import type { Result } from './machine.ts'
import { settingsFrom } from './options.ts'
import type { CircuitBreakerOptions, Settings } from './options.ts'
import { misfit } from './misfit.ts'
import type { CircuitBreakerEvent } from './event.ts'
import { Overrides } from './overrides.ts'
import { overrideFrom } from './override.ts'
import type { Override, OverrideOptions } from './override.ts'
import type { CircuitSnapshot } from './snapshot.ts'
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

class Breaker implements CircuitBreaker, CircuitsOwner {
  #settings: Settings
  #overrides: Overrides | undefined
  readonly #circuits: Circuits

  constructor(options: CircuitBreakerOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.#circuits = new Circuits(this)
  }

  // Neither is a field: a `keyed` may have very many breakers.
  get kind(): 'circuit-breaker' {
    return 'circuit-breaker'
  }

  get name(): string {
    return this.#settings.options.name ?? this.kind
  }

  attach(host: Host): void {
    this.#circuits.attach(host)
    this.#followFleet()
  }

  #followFleet(): void {
    const root = this.#circuits.of(undefined)?.fleet
    if (root !== undefined) this.#allOverrides.follow(root, this.#circuits.now)
    else this.#overrides?.follow(undefined, this.#circuits.now)
  }

  detach(): void {
    this.#circuits.detach()
  }

  /** Made when something is said for the first time, or might be. */
  get #allOverrides(): Overrides {
    return (this.#overrides ??= new Overrides())
  }

  get settings(): Settings {
    return this.#settings
  }

  admit(call: Call, now: number): Ticket | Rejection {
    const circuit = this.#circuits.at(call.endpoint?.id)
    const settings = this.#settings
    if (settings.letsAllThrough && this.#overrides?.none !== false && circuit.clear(now, settings)) {
      return circuit.pass(now, settings)
    }
    return settings.mode === 'off' ? 0 : this.#decide(circuit, settings, call, now)
  }

  #decide(circuit: Circuit, settings: Settings, call: Call, now: number): Ticket | Rejection {
    const override = this.#overrideAt(now) ?? this.#overrides?.ofFleet(circuit.fleet, now)
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
    const fleets = this.#overrides?.ofFleet(circuit.fleet, now)
    const shadow = this.#settings.mode === 'shadow' || fleets?.state === 'shadow'
    circuit.refused++
    if (call.host.observed) {
      call.emit({ type: 'circuit.rejected', policy: this.name, reason, shadow } satisfies CircuitBreakerEvent)
    }
    if (shadow) return circuit.pass(now, this.#settings)
    const why = reason === 'overridden' ? (this.#overrides?.own ?? fleets)?.reason : undefined
    return circuitOpen(this.name, reason, why, retryAfter, call.key, circuit.lastFailure)
  }

  settle(ticket: Ticket, ending: Ending, now: number): void {
    if (typeof ticket === 'number') return
    // Its own tickets are passes.
    const pass = ticket as Pass
    const error = typeof ending !== 'string' && isError(ending) ? ending.error : undefined
    pass.gate.ended(pass, this.#resultOf(ending), error, now, this.#settings)
  }

  #resultOf(ending: Ending): Result {
    if (typeof ending === 'string') return ending === 'unstarted' ? 'unstarted' : 'nothing'
    const { isFailure } = this.#settings
    const failed = isError(ending)
    if (isFailure === undefined || this.#circuits.host === undefined) return failed ? 'failure' : 'success'
    return this.#asked(this.#circuits.host, isFailure, ending)
  }

  #asked(host: Host, isFailure: (outcome: Outcome) => boolean | 'ignored', ending: Outcome): Result {
    const verdict = ask(host, this.name, 'isFailure', () => isFailure(ending), isError(ending))
    if (verdict === 'ignored') return 'nothing'
    return verdict ? 'failure' : 'success'
  }

  tell({ endpoint }: Circuit, event: (policy: string) => CircuitBreakerEvent): void {
    const { host } = this.#circuits
    if (host?.observed !== true) return
    host.emit(event(this.name), endpoint === undefined ? {} : { endpoint: { id: endpoint } })
  }

  chance(): number {
    return this.#circuits.host === undefined ? 0 : this.#circuits.host.random()
  }

  agrees(tripWhen: (counts: Counts) => boolean, counts: Counts): boolean {
    const host = this.#circuits.host
    return host !== undefined && ask(host, this.name, 'tripWhen', () => tripWhen(counts) === true, false)
  }

  #overrideAt(now: number): Override | undefined {
    const own = this.#overrides?.own
    if (own !== undefined && now >= own.until) this.#setOverride(undefined)
    return this.#overrides?.own
  }

  #setOverride(override: Override | undefined): void {
    this.#allOverrides.set(override, this.#circuits.now)
    const { host } = this.#circuits
    const event: CircuitBreakerEvent = { type: 'circuit.overridden', policy: this.name, override }
    if (host?.observed === true) host.emit(event)
  }

  overridden(): void {
    this.#overrides?.look(this.#circuits.now)
  }

  override(state: 'open' | 'closed', options: OverrideOptions): void {
    this.#setOverride(overrideFrom(this.name, state, options, this.#circuits.now))
  }

  clearOverride(): void {
    if (this.#overrides?.own !== undefined) this.#setOverride(undefined)
  }

  statistics(endpoint?: string): CircuitStatistics {
    const now = this.#circuits.now
    // Reading must not keep a circuit for every endpoint that somebody asks for.
    const circuit = this.#circuits.of(endpoint) ?? this.#circuits.fresh(endpoint)
    const state = circuit.look(now, this.#settings)
    const override = this.#overrideAt(now) ?? this.#overrides?.ofFleet(circuit.fleet, now)
    return statisticsOf(circuit, state, now, override, this.#settings)
  }

  snapshot(): Readonly<Record<string, CircuitSnapshot>> {
    return this.#circuits.snapshot()
  }

  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void {
    checkSnapshot(this.name, snapshot)
    this.#circuits.restore(snapshot)
  }

  configure(options: CircuitBreakerOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    this.#circuits.refit()
    this.#followFleet()
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
    return this.#overrideAt(now) === undefined && this.#circuits.idle(now)
  }
}
