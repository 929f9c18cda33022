import { AsyncLocalStorage } from 'node:async_hooks'
import type { Call, ExecuteOptions } from '@holdfast/core'
import { attemptOf } from './attempt.ts'
import { criticalityOf, givenCriticalityOf } from './inbound/criticality.ts'
import type { Criticality } from './inbound/criticality.ts'

/** What one incoming request carries along: how long there is time, and whether anybody still wants the answer. */
export interface Scope {
  /** What is protected, as named by the user; never the raw path. */
  readonly name: string
  /** On the pipeline's clock, in milliseconds; `Infinity` where there is none. */
  readonly deadline: number
  /**
   * Aborted when the client has gone (`ClientGoneError`), the deadline has passed (`TimeoutError`) or the service stops
   * (`DrainingError`); never by a normal end. Made when it is first read.
   */
  readonly signal: AbortSignal
  /** What a trusted caller, the route or the door says of it; `critical` where none of them says anything. */
  readonly criticality: Criticality
  /** The same, but undefined where none of them says anything: then requests that are made for it say nothing either. */
  readonly givenCriticality: Criticality | undefined
  /** Which attempt of its caller the request is, where a trusted one says so; 1 is the first. */
  readonly attempt: number
}

/** How a scope is found on its request: not by name, so nothing that lists a request's own names sees it. */
const scope: unique symbol = Symbol('holdfast scope')

interface Carrier {
  [scope]?: Scope
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs `work` so that everything it starts finds `scope`. */
export function runInScope<Result>(inner: Scope, work: () => Result): Result {
  return scopes.run(inner, work)
}

/** Runs `work` so that everything it starts finds a scope of that name, with deadline and signal of `call`. */
export function withScope<Result>(name: string, call: Call, work: () => Result): Result {
  return runInScope(new CallScope(name, call), work)
}

class CallScope implements Scope {
  readonly name: string
  readonly #call: Call

  constructor(name: string, call: Call) {
    this.name = name
    this.#call = call
  }

  get deadline(): number {
    return this.#call.deadline
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get criticality(): Criticality {
    return criticalityOf(this.#call)
  }

  get givenCriticality(): Criticality | undefined {
    return givenCriticalityOf(this.#call)
  }

  get attempt(): number {
    return attemptOf(this.#call)
  }
}

/** The scope of the request that is being served; undefined outside of one. */
export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

/**
 * The scope of `request`, for code that does not run in what the request started; undefined where none was opened. Of
 * several, the one that was opened last.
 */
export function scopeOf(request: object): Scope | undefined {
  return (request as Carrier)[scope]
}

/** Internal: has `scopeOf` find it. */
export function attachScope(request: object, opened: Scope): void {
  const carrier: Carrier = request
  carrier[scope] = opened
}

/**
 * Options for `execute` that hand the request's signal and deadline on to an outgoing call. What is given in
 * `options` replaces them. The pipelines must have the same clock.
 */
export function inScope(options: ExecuteOptions = {}): ExecuteOptions {
  const current = currentScope()
  if (current === undefined) return options
  const { signal = current.signal, deadline = current.deadline } = options
  return { ...options, signal, deadline }
}
