import type { Host } from '../host.ts'
import { Wait } from '../wait.ts'
import { available, rescaled, taken, waitMs } from './gcra.ts'
import type { Cells } from './gcra.ts'

/** What was taken for one call. */
export class Taken {
  readonly meter: Meter
  readonly weight: number
  /** The meter's at that time. */
  readonly epoch: number
  /** The meter's theoretical arrival right after. */
  readonly arrival: number
  /** What the meter had been given back until then. */
  readonly givenBackMs: number

  constructor(meter: Meter, weight: number, epoch: number, arrival: number, givenBackMs: number) {
    this.meter = meter
    this.weight = weight
    this.epoch = epoch
    this.arrival = arrival
    this.givenBackMs = givenBackMs
  }
}

/** A call that waits for its turn. */
export class Turn extends Wait {
  readonly meter: Meter
  readonly weight: number
  readonly host: Host
  /** When its turn comes at the latest. */
  readonly promised: number
  ahead: Turn | undefined
  behind: Turn | undefined

  constructor(meter: Meter, weight: number, promised: number, host: Host) {
    super()
    this.meter = meter
    this.weight = weight
    this.promised = promised
    this.host = host
  }

  override fire(now: number): void {
    this.meter.serve(now)
  }

  protected override left(now: number): void {
    this.meter.leave(this)
    this.meter.serve(now)
  }
}

/** How much of the rate one endpoint's calls have used, and who waits for more, in order of arrival. */
export class Meter {
  #cells: Cells
  /** The theoretical arrival is counted from here, which keeps it small and so exact; moved on when nothing is used. */
  #origin = 0
  #arrival = 0
  /** Changes when what was taken before can no longer be given back. */
  #epoch = 0
  #givenBackMs = 0
  #first: Turn | undefined
  #last: Turn | undefined
  #waitingWeight = 0
  waiting = 0
  rejected = 0

  constructor(cells: Cells) {
    this.#cells = cells
  }

  /** The time since the origin, never later than the theoretical arrival. */
  #since(now: number): number {
    if (this.#arrival <= now - this.#origin) {
      this.#origin = now
      this.#arrival = 0
      this.#epoch++
    }
    return now - this.#origin
  }

  /** The theoretical arrival once all who wait have had their turn. */
  get #booked(): number {
    return this.#arrival + this.#waitingWeight * this.#cells.intervalMs
  }

  waitMs(now: number, weight: number): number {
    const since = this.#since(now)
    return waitMs(this.#booked, since, weight, this.#cells)
  }

  affords(weight: number): boolean {
    return waitMs(0, 0, weight, this.#cells) === 0
  }

  available(now: number): number {
    return available(this.#booked, now - this.#origin, this.#cells)
  }

  idle(now: number): boolean {
    return this.waiting === 0 && this.#arrival <= now - this.#origin
  }

  take(now: number, weight: number): Taken {
    const since = this.#since(now)
    this.#arrival = taken(this.#arrival, since, weight, this.#cells)
    return new Taken(this, weight, this.#epoch, this.#arrival, this.#givenBackMs)
  }

  /**
   * Gives back what would be missing yet: the cells that have refilled since are not given twice. Their number is
   * what cannot have refilled even if nothing else had been taken, so at times it is too low, never too high.
   */
  giveBack({ weight, epoch, arrival, givenBackMs }: Taken, now: number): void {
    const since = this.#since(now)
    if (epoch !== this.#epoch) return
    const leftMs = arrival - (this.#givenBackMs - givenBackMs) - since
    const backMs = Math.max(0, Math.min(weight * this.#cells.intervalMs, leftMs))
    this.#arrival -= backMs
    this.#givenBackMs += backMs
  }

  /** Puts a call at the end of those who wait. */
  queue(turn: Turn, now: number): void {
    turn.ahead = this.#last
    if (this.#last === undefined) this.#first = turn
    else this.#last.behind = turn
    this.#last = turn
    this.#waitingWeight += turn.weight
    this.waiting++
    if (turn === this.#first) this.serve(now)
  }

  leave(turn: Turn): void {
    const { ahead, behind } = turn
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    this.waiting--
    this.#waitingWeight = this.waiting === 0 ? 0 : this.#waitingWeight - turn.weight
  }

  /** Lets everybody pass whose turn it is, and has the wheel call when it is the next one's. */
  serve(now: number, all = false): void {
    for (let first = this.#first; first !== undefined; first = this.#first) {
      const since = this.#since(now)
      const wait = waitMs(this.#arrival, since, first.weight, this.#cells)
      const due = all ? now : Math.min(first.promised, now + wait)
      if (due > now) return first.host.wheel.add(first, due, now)
      this.leave(first)
      const share = this.take(now, first.weight)
      if (!first.grant(share, now)) this.giveBack(share, now)
    }
  }

  /** As many cells stay taken under the new limits, as long as the new burst holds them. */
  rescale(cells: Cells, now: number): void {
    const since = this.#since(now)
    this.#arrival = rescaled(this.#arrival, since, this.#cells, cells)
    this.#cells = cells
    this.#epoch++
  }
}
