import { AsyncLocalStorage } from 'node:async_hooks'
import type { Call, ExecuteOptions } from '@holdfast/core'

/** What one incoming request carries along: how long there is time, and whether anybody still wants the answer. */
export interface Scope {
  /** What is protected, as named by the user; never the raw path. */
  readonly name: string
  /** On the pipeline's clock, in milliseconds; `Infinity` where there is none. */
  readonly deadline: number
  /** Aborted when the client has gone or the deadline has passed; never by a normal end. */
  readonly signal: AbortSignal
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs `work` so that everything it starts finds the scope of `call`. */
export function withScope<Result>(name: string, call: Call, work: () => Result): Result {
  const scope: Scope = {
    name,
    deadline: call.deadline,
    get signal() {
      return call.signal
    },
  }
  return scopes.run(scope, work)
}

/** The scope of the request that is being served; undefined outside of one. */
export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

/**
 * Options for `execute` that hand the request's signal and deadline on to an outgoing call. What is given in
 * `options` replaces them. The pipelines must have the same clock.
 */
export function inScope(options: ExecuteOptions = {}): ExecuteOptions {
  const scope = currentScope()
  if (scope === undefined) return options
  const { signal = scope.signal, deadline = scope.deadline } = options
  return { ...options, signal, deadline }
}
