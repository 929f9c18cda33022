import type { ShareNotice } from './event.ts'
import { brokenMs, isOfKeys, sequenceAt } from './exchange.ts'
import type { Exchange, Moment } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import type { BudgetRequest } from './protocol/budget.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { StoreFailure } from './store.ts'

/** How much a fleet may add to its calls. */
export interface BudgetTerms {
  /** Extra attempts, as a share of the calls. */
  readonly ratio: number
  /** Extra attempts a second that the fleet may make however few calls there are. */
  readonly reservePerSecond: number
  /** Over how long calls and extra attempts are counted, in milliseconds. */
  readonly windowMs: number
}

/** Whose extra attempts they are. */
export interface BudgetUser {
  notify(event: ShareNotice): void
}

/** Counts go out so long after the first, sooner where there were retries, and half as soon with whatever else is sent. */
const quietMs = 5_000
const busyMs = 2_000

/**
 * One instance's part in a retry budget that a fleet shares. It tells how many calls began and how many extra attempts were
 * wanted, and lets through the share of those wanted that would keep the whole fleet within its budget.
 */
export class SharedBudget implements Exchange {
  readonly registered: string
  dueAt: number = Infinity
  terms: BudgetTerms
  readonly #id: string
  readonly #fleet: Fleet
  readonly #users = new Set<BudgetUser>()
  #requests = 0
  /** Wanted, whether or not they were made: else the share would follow itself. */
  #retries = 0
  #sequence: number
  /** The share that may pass, and until when that is worth anything. */
  #share = 1
  #until = -Infinity
  /** What this instance may always add, refilled with time. */
  #floor = 1
  #refilledAt: number
  #heardAt = -Infinity
  #broken = false

  constructor(id: string, terms: BudgetTerms, fleet: Fleet) {
    this.registered = `y:${id}`
    this.#id = id
    this.terms = terms
    this.#fleet = fleet
    this.#refilledAt = fleet.now
    this.#sequence = sequenceAt(fleet.now)
  }

  join(user: BudgetUser): void {
    this.#users.add(user)
  }

  leave(user: BudgetUser): void {
    this.#users.delete(user)
    if (this.#users.size === 0) this.#fleet.forget(this)
  }

  /** A call begins. */
  began(): void {
    if (this.#requests++ === 0) this.#dueWithin(quietMs)
  }

  /** A call wants one more attempt. Whether the fleet's budget allows it. */
  wants(now: number): boolean {
    if (this.#retries++ === 0) this.#dueWithin(busyMs)
    if (now >= this.#until || this.#share === 1) return true
    return this.#fleet.random() < this.#share || this.#takesFloor(now)
  }

  #takesFloor(now: number): boolean {
    const perMs = this.terms.reservePerSecond / this.#fleet.size / 1_000
    this.#floor = Math.min(1, this.#floor + (now - this.#refilledAt) * perMs)
    this.#refilledAt = now
    if (this.#floor < 1) return false
    this.#floor = 0
    return true
  }

  #dueWithin(ms: number): void {
    const at = this.#fleet.now + ms
    if (at >= this.dueAt) return
    this.dueAt = at
    this.#fleet.wake(this)
  }

  get slackMs(): number {
    return (this.#retries > 0 ? busyMs : quietMs) / 2
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.#heardAt <= ms
  }

  inquiry(): undefined {
    return undefined
  }

  request(): BudgetRequest | undefined {
    this.dueAt = Infinity
    const [requests, retries] = [this.#requests, this.#retries]
    if (requests + retries === 0) return undefined
    this.#requests = this.#retries = 0
    const bucketMs = Math.max(1, Math.round(this.terms.windowMs / ringSize))
    const [id, sequence, { instance }] = [this.#id, ++this.#sequence, this.#fleet]
    return { type: 'budget', id, instance, sequence, requests, retries, bucketMs }
  }

  answered(_: Request, reply: Reply, { now }: Moment): void {
    if (reply.type !== 'budget') return
    const { requests, retries } = reply
    this.#heardAt = now
    this.#broken = false
    this.#share = retries === 0 ? 1 : Math.min(1, (this.terms.ratio * requests) / retries)
    this.#until = now + this.terms.windowMs
  }

  /** What may have been counted is not said again: it would count twice. */
  failed(request: Request, failure: StoreFailure): void {
    if (request.type !== 'budget') return
    const { reason, message } = failure
    if (reason === 'unreachable') {
      this.#requests += request.requests
      this.#retries += request.retries
    }
    if (this.#requests + this.#retries > 0) this.#dueWithin(busyMs)
    if (!isOfKeys(failure)) return
    if (!this.#broken) for (const user of this.#users) user.notify({ type: 'share.failed', reason, message })
    this.#broken = true
    this.dueAt = this.#fleet.now + brokenMs
  }

  linked(): void {}

  stalled(): void {}

  farewell(): readonly Request[] {
    const last = this.request()
    return last === undefined ? [] : [last]
  }
}
