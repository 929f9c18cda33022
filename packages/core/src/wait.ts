import { Timer } from './deadline-wheel.ts'
import type { Rejection } from './error.ts'

/** What a guard remembers of one admission. Numbers cost nothing. */
export type Ticket = number | object

/** Whether what a guard answered is a ticket. */
export function isTicket(answer: Ticket | Wait | Rejection): answer is Ticket {
  return typeof answer === 'number' || (answer as { readonly admits?: unknown }).admits !== false
}

/** Who is told when a wait ends. */
export interface Waiter {
  granted(ticket: Ticket, now: number): void
  refused(rejection: Rejection, now: number): void
}

/**
 * A guard's answer "not yet". The guard ends it by `grant` or `refuse`, the pipeline by `abort`, whichever is first.
 * It is a timer too, for guards whose waits are bounded or end at a known moment: `fire` is theirs to define.
 */
export abstract class Wait extends Timer {
  #waiter: Waiter | undefined
  #over = false
  /** An end that came while the guard was still admitting, before anybody listened. */
  #missed: ((waiter: Waiter) => void) | undefined

  /** Tells it from a ticket. */
  get admits(): false {
    return false
  }

  /** The pipeline listens. If the wait is over already, it is told at once. */
  listen(waiter: Waiter): void {
    this.#waiter = waiter
    this.#missed?.(waiter)
  }

  /** Whether the ticket was taken. If not, it is the guard's again. */
  grant(ticket: Ticket, now: number): boolean {
    if (!this.#end()) return false
    this.#tell((waiter) => waiter.granted(ticket, now))
    return true
  }

  refuse(rejection: Rejection, now: number): void {
    if (this.#end()) this.#tell((waiter) => waiter.refused(rejection, now))
  }

  /** The call is no longer interested. */
  abort(now: number): void {
    if (this.#end()) this.left(now)
  }

  get over(): boolean {
    return this.#over
  }

  /** The guard forgets the wait: it was aborted. */
  protected abstract left(now: number): void

  #tell(news: (waiter: Waiter) => void): void {
    if (this.#waiter === undefined) this.#missed = news
    else news(this.#waiter)
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.cancel()
    return true
  }
}
