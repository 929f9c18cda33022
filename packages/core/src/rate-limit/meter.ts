import { available, rescaled, taken, waitMs } from './gcra.ts'
import type { Cells } from './gcra.ts'
import { Line, Taken } from './line.ts'

/** How much of the rate one endpoint's calls have used, and who waits for more, in order of arrival. */
export class Meter extends Line {
  #cells: Cells
  /** The theoretical arrival is counted from here, which keeps it small and so exact; moved on when nothing is used. */
  #origin = 0
  #arrival = 0
  /** Changes when what was taken before can no longer be given back. */
  #epoch = 0
  #givenBackMs = 0

  constructor(cells: Cells) {
    super()
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
    return this.#arrival + this.waitingWeight * this.#cells.intervalMs
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

  /** How many cells would be missing yet. */
  used(now: number): number {
    return (this.#arrival - this.#since(now)) / this.#cells.intervalMs
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
  override giveBack({ weight, epoch, arrival, givenBackMs }: Taken, now: number): void {
    const since = this.#since(now)
    if (epoch !== this.#epoch) return
    const leftMs = arrival - (this.#givenBackMs - givenBackMs) - since
    const backMs = Math.max(0, Math.min(weight * this.#cells.intervalMs, leftMs))
    this.#arrival -= backMs
    this.#givenBackMs += backMs
  }

  override serve(now: number, all = false): void {
    for (let { first } = this; first !== undefined; first = this.first) {
      const since = this.#since(now)
      const wait = waitMs(this.#arrival, since, first.weight, this.#cells)
      const due = all ? now : Math.min(first.until, now + wait)
      if (due > now) return first.call.host.wheel.add(first, due, now)
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
