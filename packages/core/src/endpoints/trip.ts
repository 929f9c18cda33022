import { begin } from '../begin.ts'
import type { Branch, Call } from '../call.ts'
import { Rejection } from '../error.ts'
import type { Outcome } from '../outcome.ts'
import type { Next } from '../policy.ts'
import type { SharedProbe } from '../share/probes.ts'
import type { Candidate, VisitEnding } from './candidate.ts'

/** What one call to one endpoint is held against when it has ended. */
export interface Visit {
  readonly candidate: Candidate
  /** The candidate's, when the call was sent. */
  readonly epoch: number
  readonly isProbe: boolean
  readonly startedAt: number
  /** The epoch of what the fleet knows of the candidate, then; and the fleet's probe that the call is, if it is one. */
  readonly fleetEpoch: number
  readonly fleetProbe: SharedProbe | undefined
}

/** Who sends calls to endpoints. */
export interface Dispatcher {
  /** Whether that counts against the endpoint; errors alone do where the user says nothing. */
  readonly isFailure: ((outcome: Outcome, call: Call) => boolean) | undefined
  /** An endpoint that the call's execution has not been to; undefined where there is none. */
  untried(call: Call, now: number): Candidate | undefined
  /** A call goes there. Whether it finds out if the endpoint is well again. */
  sent(candidate: Candidate, now: number): boolean
  ended(visit: Visit, ending: VisitEnding, error: unknown, now: number): void
}

const pool: Trip[] = []
const pooledTrips = 1_000

/** A trip for `call`, to be sent out. */
export function takeTrip(dispatcher: Dispatcher, call: Call, next: Next): Trip {
  const trip = pool.pop() ?? new Trip()
  trip.prepare(dispatcher, call, next)
  return trip
}

/**
 * One call's way to an endpoint, and on to the next one where a guard inside refuses it. Trips are reused: with the two
 * functions that await the end, they take no memory for each call.
 */
export class Trip implements Visit {
  #dispatcher: Dispatcher | undefined
  #call: Call | undefined
  #next: Next | undefined
  #branch: Branch | undefined
  #refusal: Rejection | undefined
  #candidate: Candidate | undefined
  epoch = 0
  isProbe = false
  startedAt = 0
  fleetEpoch = 0
  fleetProbe: SharedProbe | undefined = undefined

  prepare(dispatcher: Dispatcher, call: Call, next: Next): void {
    this.#dispatcher = dispatcher
    this.#call = call
    this.#next = next
  }

  get candidate(): Candidate {
    return this.#candidate as Candidate
  }

  send(candidate: Candidate, now: number): Promise<unknown> {
    // Both are there between `prepare` and the end.
    const [call, next] = [this.#call as Call, this.#next as Next]
    this.#candidate = candidate
    this.isProbe = (this.#dispatcher as Dispatcher).sent(candidate, now)
    this.epoch = candidate.epoch
    this.fleetEpoch = candidate.fleet?.epoch ?? 0
    this.fleetProbe = candidate.grant
    candidate.grant = undefined
    this.startedAt = now
    candidate.inFlight++
    const branch = call.branch({ endpoint: candidate.endpoint })
    this.#branch = branch
    return begin(next, branch).then(this.#onValue, this.#onError)
  }

  readonly #onValue = (value: unknown): unknown => {
    const { isFailure } = this.#dispatcher as Dispatcher
    const failed = isFailure !== undefined && isFailure({ value }, this.#call as Call)
    this.#end(failed ? 'failed' : 'succeeded', undefined)
    this.#putBack()
    return value
  }

  readonly #onError = (error: unknown): unknown => {
    const ending = this.#endingOf(error)
    const now = this.#end(ending, error)
    if (ending === 'unstarted') {
      this.#refusal = moreUseful(this.#refusal, error as Rejection)
      const other = (this.#dispatcher as Dispatcher).untried(this.#call as Call, now)
      if (other !== undefined) return this.send(other, now)
    }
    const heard = ending === 'unstarted' ? this.#refusal : error
    this.#putBack()
    throw heard
  }

  #endingOf(error: unknown): VisitEnding {
    const [call, branch] = [this.#call as Call, this.#branch as Branch]
    if (call.cancelled) return 'cancelled'
    if (Rejection.isOf(call.execution, error)) return branch.began ? 'cancelled' : 'unstarted'
    if (!branch.began && call.deadline <= call.clock.now()) return 'cancelled'
    const { isFailure } = this.#dispatcher as Dispatcher
    return isFailure === undefined || isFailure({ error }, call) ? 'failed' : 'succeeded'
  }

  #end(ending: VisitEnding, error: unknown): number {
    const now = (this.#call as Call).clock.now()
    this.candidate.inFlight -= 1
    ;(this.#dispatcher as Dispatcher).ended(this, ending, error, now)
    return now
  }

  #putBack(): void {
    this.#dispatcher = this.#call = this.#next = this.#branch = this.#refusal = this.#candidate = undefined
    if (pool.length < pooledTrips) pool.push(this)
  }
}

/** The one after which another try makes sense sooner. */
function moreUseful(before: Rejection | undefined, refusal: Rejection): Rejection {
  if (before === undefined) return refusal
  return (refusal.retryAfterMs ?? Infinity) < (before.retryAfterMs ?? Infinity) ? refusal : before
}
