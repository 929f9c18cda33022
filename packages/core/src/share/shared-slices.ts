import { Timer } from '../deadline-wheel.ts'
import type { ShareNotice } from './event.ts'
import type { Fleet } from './fleet.ts'

/** What one instance says of a limit that a fleet shares. */
export interface SliceTerms {
  readonly limit: number
  /** How many permits it has at least while it cannot ask; 0: it has none then. */
  readonly degradedMinimum: number
  /** For how long a call may hold its permit, in milliseconds. Asked each time. */
  drainMs(): number
}

/** Whose calls take permits of a slice. */
export interface SliceUser {
  /** How many it has taken. */
  readonly running: number
  /** How many calls wait for one. */
  readonly waiting: number
  /** There may be room now. */
  grown(now: number): void
  notify(event: ShareNotice): void
}

/** Who asks the server for a slice. */
export interface SliceCarrier {
  /** It is used again. */
  used(now: number): void
  /** It is too small. */
  short(now: number): void
}

/** What the server has set aside for this instance. */
export interface Grant {
  /** How many permits may be out. */
  readonly permits: number
  /** The moment from which none of them may be given out. */
  readonly until: number
}

/** Whether the process has stood still is looked at so often at most, since the calendar costs as much as a permit. */
const watchMs = 50

const nothing: Grant = { permits: 0, until: -Infinity }

/**
 * One instance's slice of a limit that a fleet shares: permits that nobody else is given while its lease lasts. Asked
 * without waiting, renewed in the background. What is out never exceeds what the server has set aside, whatever is lost
 * on the way and however long the process stands still, as long as calls end in time.
 */
export class SharedSlices {
  readonly fleet: Fleet
  carrier: SliceCarrier = { used: () => undefined, short: () => undefined }
  terms: SliceTerms
  grant: Grant = nothing
  /** What may be out until a reply has come. */
  cap: number = Infinity
  /** Whether the server has never been heard, or cannot be now. */
  alone = true
  used = 0
  /** The most that were out at a time since the server was asked, and how many calls found no permit. */
  peak = 0
  missing = 0
  readonly #users = new Set<SliceUser>()
  readonly #turn = new Turn((now) => this.tellGrown(now))

  constructor(terms: SliceTerms, fleet: Fleet) {
    this.terms = terms
    this.fleet = fleet
  }

  join(user: SliceUser): void {
    this.#users.add(user)
    this.used += user.running
  }

  /** Whether nobody is left. */
  leave(user: SliceUser): boolean {
    if (this.#users.delete(user)) this.used -= user.running
    return this.abandoned
  }

  /** Whether nobody uses it any more. */
  get abandoned(): boolean {
    return this.#users.size === 0
  }

  retune(terms: SliceTerms): void {
    const changed = terms.limit !== this.terms.limit
    this.terms = terms
    if (changed) this.carrier.short(this.fleet.now)
  }

  /** How many permits may be out at `now`. */
  limitAt(now: number): number {
    const { permits, until } = this.grant
    const granted = now < until ? permits : this.alone ? this.#assumed : 0
    return Math.min(granted, this.cap, this.terms.limit)
  }

  hasRoom(now: number): boolean {
    this.fleet.watch(now, watchMs)
    return this.used < this.limitAt(now)
  }

  /** Whether the limit is only what this instance assumes. */
  degradedAt(now: number): boolean {
    return this.alone && now >= this.grant.until
  }

  /** Where nothing can be asked, all have the same. */
  get #assumed(): number {
    const { limit, degradedMinimum } = this.terms
    return degradedMinimum === 0 ? 0 : Math.max(degradedMinimum, Math.floor(limit / this.fleet.size))
  }

  /** A permit was taken. Who takes the last has more asked for before the next call misses one. */
  taken(now: number): void {
    this.used++
    if (this.used > this.peak) this.peak = this.used
    if (this.used === 1) this.carrier.used(now)
    if (this.used === this.grant.permits && this.used < this.terms.limit) this.carrier.short(now)
  }

  givenBack(now: number): void {
    this.used--
    if (this.#users.size > 1) this.tellGrown(now)
  }

  /** A call found no permit. */
  missed(now: number): void {
    this.missing++
    this.#wantMore(now)
  }

  /** A call has begun to wait for one. */
  waits(now: number): void {
    this.#wantMore(now)
    this.awaitEnd(now)
  }

  #wantMore(now: number): void {
    if (this.limitAt(now) < this.terms.limit) this.carrier.short(now)
  }

  get waiting(): number {
    let sum = 0
    for (const { waiting } of this.#users) sum += waiting
    return sum
  }

  tellGrown(now: number): void {
    for (const user of this.#users) user.grown(now)
  }

  notify(event: ShareNotice): void {
    for (const user of this.#users) user.notify(event)
  }

  /** Who waits is let in when it can be assumed that nothing more is to be heard. */
  awaitEnd(now: number): void {
    const { until } = this.grant
    if (this.alone && now < until && this.waiting > 0) this.fleet.wheel.add(this.#turn, until, now)
    else this.#turn.cancel()
  }

  /** There is nobody to ask any more. */
  end(): void {
    this.alone = true
    this.grant = nothing
    this.cap = Infinity
    this.#turn.cancel()
  }
}

/** The moment from which on an instance that cannot ask goes by what it assumes. */
class Turn extends Timer {
  readonly #come: (now: number) => void

  constructor(come: (now: number) => void) {
    super()
    this.#come = come
  }

  override fire(now: number): void {
    this.#come(now)
  }
}
