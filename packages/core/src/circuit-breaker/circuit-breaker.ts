import type { Call } from '../call.ts'
import { allowedMs, hiddenErrors } from '../check-composition.ts'
import { HoldfastConfigError } from '../check.ts'
import { systemClock } from '../clock.ts'
import type { Rejection } from '../error.ts'
import { EndpointStates } from '../guard.ts'
import type { Guard, Mode } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Ticket } from '../wait.ts'
import { CircuitOpenError, refusals } from './circuit-open-error.ts'
import type { RefusalReason } from './circuit-open-error.ts'
import { Circuit, Pass } from './circuit.ts'
import type { Watcher } from './circuit.ts'
import type { State } from './machine.ts'
import { checkBreaker, settingsFrom } from './options.ts'
import type { CircuitBreakerOptions, Settings } from './options.ts'
import { transition } from './event.ts'
import type { CircuitBreakerEvent } from './event.ts'
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
  /** What it knows, as plain data. Restoring it at the same instant changes nothing. */
  snapshot(): Readonly<Record<string, CircuitSnapshot>>
  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void
}

/** Stops calling what fails: opens on failures, waits, lets a few calls probe, closes when they succeed. */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new Breaker(options)
}

class Breaker implements CircuitBreaker, Watcher {
  readonly kind = 'circuit-breaker'
  readonly name: string
  #options: CircuitBreakerOptions
  #settings: Settings
  #mode: Mode
  #host: Host | undefined
  #override: Override | undefined
  readonly #circuits: EndpointStates<Circuit> = new EndpointStates(
    () => new Circuit(this.#now(), this.#settings, this),
  )

  constructor(options: CircuitBreakerOptions) {
    this.#options = checkBreaker(this.kind, options)
    this.#settings = settingsFrom(this.#options)
    this.name = this.#options.name ?? this.kind
    this.#mode = this.#options.mode ?? 'enforce'
  }

  attach(host: Host): void {
    if (this.#host !== undefined && this.#host.clock !== host.clock) {
      throw new HoldfastConfigError(`${this.name}: the pipelines that share it must have the same clock`)
    }
    this.#host ??= host
  }

  #now(): number {
    return (this.#host?.clock ?? systemClock).now()
  }

  admit(call: Call, now: number): Ticket | Rejection {
    if (this.#mode === 'off') return 0
    const circuit = this.#circuits.of(call.endpoint?.id)
    const settings = this.#settings
    const override = this.#override === undefined ? undefined : this.#overrideAt(now)
    if (override?.state === 'open')
      return this.#refuse(circuit, 'overridden', override.until - now, call, now)
    const state = circuit.look(now, call.random, settings)
    if (state.kind === 'closed') {
      const share = circuit.refusedShare(now, settings)
      if (share > 0 && override === undefined && call.random() < share) {
        return this.#refuse(circuit, state.recovered ? 'ramp' : 'proportional', undefined, call, now)
      }
      return circuit.pass(now, settings)
    }
    if (override !== undefined) return circuit.pass(now, settings)
    return (
      circuit.probe(now, settings) ?? this.#refuse(circuit, state.kind, retryAfterMs(state, now), call, now)
    )
  }

  #refuse(
    circuit: Circuit,
    reason: RefusalReason,
    retryAfter: number | undefined,
    call: Call,
    now: number,
  ): Ticket | Rejection {
    const shadow = this.#mode === 'shadow'
    circuit.refused++
    if (call.host.observed) {
      call.emit({ type: 'circuit.rejected', policy: this.name, reason, shadow } satisfies CircuitBreakerEvent)
    }
    if (shadow) return circuit.pass(now, this.#settings)
    const because = reason === 'overridden' ? `forced open: ${this.#override?.reason}` : refusals[reason]
    return new CircuitOpenError(`${this.name}: ${because}`, {
      policy: this.name,
      key: call.key,
      retryAfterMs: retryAfter === undefined || retryAfter === Infinity ? undefined : Math.max(0, retryAfter),
      cause: circuit.lastFailure,
    })
  }

  settle(ticket: Ticket, ending: Ending, now: number): void {
    if (!(ticket instanceof Pass)) return
    const { circuit } = ticket
    const result = this.#resultOf(ending)
    const error = typeof ending !== 'string' && isError(ending) ? ending.error : undefined
    const random = this.#host?.random ?? zero
    circuit.ended(ticket, result, error, now, random, this.#settings)
  }

  #resultOf(ending: Ending): Result {
    if (typeof ending === 'string') return 'nothing'
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

  changed(state: State): void {
    const host = this.#host
    if (host?.observed !== true) return
    host.emit(transition(this.name, state))
  }

  #overrideAt(now: number): Override | undefined {
    if (this.#override !== undefined && now >= this.#override.until) this.#setOverride(undefined)
    return this.#override
  }

  #setOverride(override: Override | undefined): void {
    this.#override = override
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
    const circuit = this.#circuits.of(endpoint)
    const state = circuit.look(now, this.#host?.random ?? zero, this.#settings)
    return statisticsOf(circuit, state, now, this.#overrideAt(now))
  }

  snapshot(): Readonly<Record<string, CircuitSnapshot>> {
    const now = this.#now()
    const circuits = [...this.#circuits.all()]
    return Object.fromEntries(circuits.map(([endpoint, circuit]) => [endpoint ?? '', circuit.snapshot(now)]))
  }

  restore(snapshot: Readonly<Record<string, CircuitSnapshot>>): void {
    const now = this.#now()
    for (const [endpoint, circuit] of Object.entries(snapshot)) {
      this.#circuits.of(endpoint === '' ? undefined : endpoint).restore(circuit, now, this.#settings)
    }
  }

  configure(options: CircuitBreakerOptions): void {
    this.#options = checkBreaker(this.name, { ...this.#options, ...options })
    this.#settings = settingsFrom(this.#options)
    this.#mode = this.#options.mode ?? 'enforce'
  }

  draft(options: CircuitBreakerOptions): Part {
    return circuitBreaker({ ...this.#options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    return { ...this.#settings, mode: this.#mode }
  }

  check(inner: readonly Part[]): string | undefined {
    if (this.#mode === 'off') return undefined
    const { isFailure, tripWhen, slowCallMs } = this.#settings
    const errorsAlone = isFailure === undefined && tripWhen === undefined && slowCallMs === Infinity
    return (errorsAlone ? hiddenErrors(this.name, inner) : undefined) ?? this.#checkWindow(inner)
  }

  #checkWindow(inner: readonly Part[]): string | undefined {
    const { window } = this.#settings
    const attempt = inner.map(allowedMs).find((each) => each !== undefined)
    if (window.type !== 'time' || attempt === undefined) return undefined
    const { durationMs = 10_000 } = window
    if (durationMs >= 2 * attempt) return undefined
    return `the window of '${this.name}' is ${durationMs} ms, shorter than two attempts of ${attempt} ms, so timeouts leave it before they add up; make it at least ${2 * attempt} ms`
  }

  idle(now: number): boolean {
    if (this.#overrideAt(now) !== undefined) return false
    for (const [, { state, running }] of this.#circuits.all()) {
      if (running > 0 || state.kind !== 'closed' || !state.window.empty(now)) return false
    }
    return true
  }
}

type Result = 'success' | 'failure' | 'nothing'

const zero = (): number => 0
