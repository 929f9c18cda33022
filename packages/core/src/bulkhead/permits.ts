import type { Call } from '../call.ts'
import type { Joined } from '../share/share.ts'
import { SharedPermits } from '../share/shared-permits.ts'
import type { SharedSlices } from '../share/shared-slices.ts'
import type { Ending } from '../outcome.ts'
import { Wait } from '../wait.ts'
import type { Ticket } from '../wait.ts'
import type { Adaptation } from './adaptation.ts'
import { PriorityQueue } from './queue.ts'
import type { Order, Place } from './queue.ts'
import { unreserved } from './reserve.ts'
import type { ReservedOptions } from './reserve.ts'

/** Hears that a call has waited for as long as it may. */
export interface Usher {
  tooLate(waiting: Waiting, now: number): void
}

/** A call that waits for a permit. */
export class Waiting extends Wait {
  readonly permits: Permits
  readonly call: Call
  readonly priority: number
  /** The last moment at which it may be admitted. */
  readonly until: number
  readonly #place: Place<Waiting>
  readonly #usher: Usher

  constructor(permits: Permits, call: Call, priority: number, until: number, usher: Usher) {
    super()
    this.permits = permits
    this.call = call
    this.priority = priority
    this.until = until
    this.#usher = usher
    this.#place = permits.queue.add(this, priority)
  }

  /** Takes it out of the queue. */
  leave(): void {
    this.permits.queue.remove(this.#place)
  }

  override fire(now: number): void {
    this.leave()
    this.#usher.tooLate(this, now)
  }

  protected override left(): void {
    this.leave()
  }
}

/** What one endpoint's calls hold and wait for. It is the ticket of each of them, unless more is to be known of them. */
export class Permits {
  /** How many there are; in a fleet, for all instances. */
  limit: number
  running = 0
  abandoned = 0
  rejected = 0
  handingOver = false
  /** What makes the limit follow how calls end; undefined where it is fixed. */
  adaptation: Adaptation | undefined = undefined
  /** What the fleet lets this instance have; undefined where it is on its own. */
  slices: SharedSlices | undefined = undefined
  /** Who is asked before each call; undefined where nobody is. */
  strict: SharedPermits | undefined = undefined
  #leave: (() => void) | undefined
  #queue: PriorityQueue<Waiting> | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  /** Made when it is first needed. */
  get queue(): PriorityQueue<Waiting> {
    return (this.#queue ??= new PriorityQueue())
  }

  get waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.size
  }

  joinFleet({ shared, leave }: Joined<SharedSlices | SharedPermits>): void {
    if (shared instanceof SharedPermits) this.strict = shared
    else this.slices = shared
    this.#leave = leave
  }

  leaveFleet(): void {
    this.#leave?.()
    this.slices = this.strict = this.#leave = undefined
  }

  /** Whether there is one left. */
  hasRoom(now: number): boolean {
    return this.slices === undefined ? this.running < this.limit : this.slices.hasRoom(now)
  }

  /** Whether there is one left for a call of that priority. */
  hasRoomFor(priority: number, reserved: ReservedOptions | undefined, now: number): boolean {
    const { slices, running, limit } = this
    if (!this.hasRoom(now)) return false
    if (reserved === undefined || priority >= reserved.priority) return true
    if (slices === undefined) return running < unreserved(limit, reserved)
    return slices.used < unreserved(slices.limitAt(now), reserved)
  }

  /** Whether a call of that priority need not wait: there is one left for it, and who waits goes after it. */
  isOpenTo(priority: number, reserved: ReservedOptions, order: Order, now: number): boolean {
    const next = this.next(order)
    return (next === undefined || next.priority < priority) && this.hasRoomFor(priority, reserved, now)
  }

  give(now: number): Ticket {
    this.running++
    if (this.slices !== undefined) this.slices.taken(now)
    return this.adaptation === undefined ? this : new MeasuredTicket(this, now)
  }

  takeBack(now: number): void {
    this.running--
    if (this.slices !== undefined) this.slices.givenBack(now)
  }

  /** Who is next of those that wait. */
  next(order: Order): Waiting | undefined {
    return this.#queue?.first(order)
  }
}

/** What a call holds whose end may move the limit. */
export class MeasuredTicket {
  readonly permits: Permits
  readonly #since: number
  /** How many ran when it began, itself included. */
  readonly #running: number

  constructor(permits: Permits, since: number) {
    this.permits = permits
    this.#since = since
    this.#running = permits.running
  }

  ended(ending: Ending, now: number): void {
    const { permits } = this
    const { adaptation } = permits
    if (adaptation === undefined) return
    adaptation.ended(this.#running, now - this.#since, ending, now)
    permits.limit = adaptation.limit
  }
}
