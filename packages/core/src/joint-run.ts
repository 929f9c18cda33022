import { begin } from './begin.ts'
import type { Branch, Call } from './call.ts'
import { recordOf } from './engine/call-record.ts'
import type { CallRecord, Company } from './engine/call-record.ts'
import { Rejection } from './error.ts'
import type { Outcome } from './outcome.ts'
import type { Next } from './policy.ts'

/** One call that waits. */
interface Seat {
  readonly call: CallRecord
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  stopListening: (() => void) | undefined
}

/**
 * One run of the inside that several calls wait for: of all that is said of a call, it has what the first one said.
 * Each hears how it ended, unless it is cut short before; when none is left that waits, so is the run. What holds the
 * first call's place in the parts outside holds it until the run has ended, because it is that call's operation.
 */
export class JointRun implements Company {
  /** On the calls' clock. */
  readonly startedAt: number
  readonly #first: CallRecord
  readonly #branch: Branch
  readonly #seats = new Set<Seat>()
  /** How many endpoints the first call had been to before. */
  readonly #visited: number
  readonly #ended: (outcome: Outcome | undefined) => void
  #over = false

  /** `ended` is told once, before who waits: how it ended, or nothing where nobody waits any more. */
  constructor(first: Call, ended: (outcome: Outcome | undefined) => void) {
    this.#first = recordOf(first)
    this.#branch = this.#first.branchFor(this)
    this.#visited = first.tried.length
    this.#ended = ended
    this.startedAt = first.clock.now()
  }

  get waiting(): number {
    return this.#seats.size
  }

  get deadline(): number {
    let latest = -Infinity
    for (const { call } of this.#seats) latest = Math.max(latest, call.deadline)
    return latest
  }

  begun(): void {
    for (const { call } of this.#seats) call.owner?.operationStarted()
  }

  /** Sets out. Somebody waits already. */
  begin(next: Next): void {
    if (this.#over) return
    begin(next, this.#branch).then(
      (value) => this.#end({ value }),
      (error: unknown) => this.#end({ error }),
    )
  }

  /** Settles as the run does, or rejects with the reason for which `call` is cut short. */
  join(call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const seat: Seat = { call: recordOf(call), resolve, reject, stopListening: undefined }
      this.#seats.add(seat)
      if (this.#branch.began) seat.call.owner?.operationStarted()
      const stop = call.onCancel((reason) => this.#leave(seat, reason))
      seat.stopListening = stop
    })
  }

  #leave(seat: Seat, reason: unknown): void {
    this.#seats.delete(seat)
    seat.reject(reason)
    if (this.#seats.size > 0 || this.#over) return
    this.#over = true
    this.#ended(undefined)
    this.#branch.cancel(reason)
  }

  #end(outcome: Outcome): void {
    if (this.#over) return
    this.#over = true
    this.#ended(outcome)
    for (const seat of this.#seats) {
      seat.stopListening?.()
      this.#account(seat.call, outcome)
      if ('error' in outcome) seat.reject(outcome.error)
      else seat.resolve(outcome.value)
    }
    this.#seats.clear()
  }

  /** What happened in the run has happened to every call that waited for it. */
  #account({ execution }: CallRecord, outcome: Outcome): void {
    const { execution: own, tried } = this.#first
    if (execution === own) return
    for (const endpoint of tried.slice(this.#visited)) execution.visit(endpoint)
    if (!('error' in outcome) || !Rejection.isOf(own, outcome.error)) return
    // It is a refusal: what `isOf` answers for is one.
    const refusal = outcome.error as Rejection
    refusal.reached(execution)
  }
}
