import type { Call } from '../call.ts'
import type { Joined } from '../share/share.ts'
import { SharedPermits } from '../share/shared-permits.ts'
import type { SharedSlices } from '../share/shared-slices.ts'
import { Wait } from '../wait.ts'
import { PriorityQueue } from './queue.ts'
import type { Order, Place } from './queue.ts'

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

/** What one endpoint's calls hold and wait for. It is the ticket of each of them. */
export class Permits {
  running = 0
  abandoned = 0
  rejected = 0
  handingOver = false
  /** What the fleet lets this instance have; undefined where it is on its own. */
  slices: SharedSlices | undefined = undefined
  /** Who is asked before each call; undefined where nobody is. */
  strict: SharedPermits | undefined = undefined
  #leave: (() => void) | undefined
  #queue: PriorityQueue<Waiting> | undefined

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

  give(now: number): this {
    this.running++
    if (this.slices !== undefined) this.slices.taken(now)
    return this
  }

  takeBack(now: number): void {
    this.running--
    if (this.slices !== undefined) this.slices.givenBack(now)
  }

  /** Takes out of the queue who is next. */
  next(order: Order): Waiting | undefined {
    const waiting = this.#queue?.first(order)
    waiting?.leave()
    return waiting
  }
}
