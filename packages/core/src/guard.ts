import type { Call } from './call.ts'
import { HoldfastConfigError } from './check.ts'
import type { Rejection } from './error.ts'
import type { Host } from './host.ts'
import type { Ending } from './outcome.ts'
import type { Part } from './policy.ts'
import type { Ticket, Wait } from './wait.ts'

/**
 * `enforce` refuses, `shadow` admits and reports what it would have refused, `off` admits and counts nothing.
 */
export type Mode = 'enforce' | 'shadow' | 'off'

/** Decides at the door and hears how it ended. Calls nothing. */
export interface Guard extends Part {
  /** Synchronous. A refusal is returned, not thrown. */
  admit(call: Call, now: number): Ticket | Wait | Rejection
  /** Once an admission, when the caller hears the outcome. `now` is on the pipeline's clock. */
  settle?(ticket: Ticket, ending: Ending, now: number): void
  /**
   * Once an admission, after `settle`, when nothing that ran under it runs any more. Later than `settle` only where
   * a deadline or a cancellation answered before the operation did.
   */
  release?(ticket: Ticket, now: number): void
  /**
   * Makes the guard one that sets deadlines: a ticket that is a number is the moment by which the inside must have
   * ended, `Infinity` or any other ticket sets none. Called when that has passed; returns the error that the caller
   * hears, or nothing to let it run on.
   */
  expire?(call: Call, now: number): unknown
}

export interface GuardOptions {
  /** Default: the kind. Unique in its pipeline. */
  readonly name?: string
  /** Default `enforce`. */
  readonly mode?: Mode
}

/** Whom a guard asks for time that stands in several pipelines: the first. They must have the same clock. */
export function firstHost(guard: string, first: Host | undefined, host: Host): Host {
  if (first === undefined || first.clock === host.clock) return first ?? host
  throw new HoldfastConfigError(`${guard}: the pipelines that share it must have the same clock`)
}

/** One state a guard, and one for each endpoint that a policy outside has chosen. */
export class EndpointStates<State> {
  #own: State | undefined
  #others: Map<string, State> | undefined

  of(endpoint: string | undefined): State | undefined {
    return endpoint === undefined ? this.#own : this.#others?.get(endpoint)
  }

  add(endpoint: string | undefined, state: State): State {
    if (endpoint === undefined) this.#own = state
    else (this.#others ??= new Map()).set(endpoint, state)
    return state
  }

  *all(): Generator<readonly [endpoint: string | undefined, state: State]> {
    if (this.#own !== undefined) yield [undefined, this.#own]
    if (this.#others !== undefined) yield* this.#others
  }
}
