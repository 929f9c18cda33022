import { available, rescaled, taken, waitMs } from './gcra.ts'
import type { Cells } from './gcra.ts'
import { Line, Taken } from './line.ts'
import { Warmth } from './warmth.ts'
import type { Rate } from './warmth.ts'

/** How much of the rate one endpoint's calls have used, and who waits for more, in order of arrival. */
export class Meter extends Line {
  #rate: Rate
  #warmth: Warmth | undefined
  /** The theoretical arrival is counted from here, which keeps it small and so exact; moved on when nothing is used. */
  #origin = 0
  #arrival = 0
  /** Changes when what was taken before can no longer be given back. */
  #epoch = 0
  #givenBackMs = 0

  constructor(rate: Rate) {
    super()
    this.#rate = rate
    this.#warmth = rate.warmUp && new Warmth(rate, rate.warmUp, 1)
  }

  /** The time since the origin, never later than the theoretical arrival. */
  #since(now: number): number {
    if (this.#arrival <= now - this.#origin) {
      this.#warmth?.cool(now - this.#origin - this.#arrival)
      this.#origin = now
      this.#arrival = 0
      this.#epoch++
    }
    return now - this.#origin
  }

  /** The theoretical arrival once all who wait have had their turn. */
  get #booked(): number {
    return this.#arrival + this.#costMs(this.waitingWeight)
  }

  #costMs(weight: number): number {
    return this.#warmth === undefined ? weight * this.#rate.intervalMs : this.#warmth.costMs(weight)
  }

  /** The limits for `weight` cells that come behind `behind` others. */
  #cellsFor(weight: number, behind: number = 0): Cells {
    return this.#warmth === undefined ? this.#rate : this.#warmth.cellsFor(weight, behind)
  }

  waitMs(now: number, weight: number): number {
    const since = this.#since(now)
    return waitMs(this.#booked, since, weight, this.#cellsFor(weight, this.waitingWeight))
  }

  affords(weight: number): boolean {
    return waitMs(0, 0, weight, this.#rate) === 0
  }

  available(now: number): number {
    const since = this.#since(now)
    if (this.#warmth === undefined) return available(this.#booked, since, this.#rate)
    return this.#warmth.available(this.#booked, since, this.waitingWeight)
  }

  /** How many cells would be missing yet. */
  used(now: number): number {
    return (this.#arrival - this.#since(now)) / this.#rate.intervalMs
  }

  idle(now: number): boolean {
    const quietMs = now - this.#origin - this.#arrival
    return this.waiting === 0 && quietMs >= 0 && this.#warmth?.isColdAfter(quietMs) !== false
  }

  take(now: number, weight: number): Taken {
    const since = this.#since(now)
    const costMs = this.#costMs(weight)
    this.#arrival = taken(this.#arrival, since, weight, this.#cellsFor(weight))
    this.#warmth?.warm(weight)
    return new Taken(this, weight, costMs, this.#epoch, this.#arrival, this.#givenBackMs)
  }

  /**
   * Gives back what would be missing yet: the cells that have refilled since are not given twice. Their number is
   * what cannot have refilled even if nothing else had been taken, so at times it is too low, never too high.
   */
  override giveBack({ weight, costMs, epoch, arrival, givenBackMs }: Taken, now: number): void {
    const since = this.#since(now)
    if (epoch !== this.#epoch) return
    const leftMs = arrival - (this.#givenBackMs - givenBackMs) - since
    const backMs = Math.max(0, Math.min(costMs, leftMs))
    this.#arrival -= backMs
    this.#givenBackMs += backMs
    if (costMs > 0) this.#warmth?.warm((-weight * backMs) / costMs)
  }

  override serve(now: number, all = false): void {
    for (let { first } = this; first !== undefined; first = this.first) {
      const since = this.#since(now)
      const wait = waitMs(this.#arrival, since, first.weight, this.#cellsFor(first.weight))
      const due = all ? now : Math.min(first.until, now + wait)
      if (due > now) return first.call.host.wheel.add(first, due, now)
      this.leave(first)
      const share = this.take(now, first.weight)
      if (!first.grant(share, now)) this.giveBack(share, now)
    }
  }

  /** As many cells stay taken under the new limits, as long as the new burst holds them; and it is as warm as it was. */
  rescale(rate: Rate, now: number): void {
    const since = this.#since(now)
    this.#arrival = rescaled(this.#arrival, since, this.#rate, rate)
    this.#warmth = rate.warmUp && new Warmth(rate, rate.warmUp, this.#warmth?.coldRatio ?? 0)
    this.#rate = rate
    this.#epoch++
  }
}
