import type { ShareNotice } from '../share/event.ts'
import type { SharedStock, StockUser } from '../share/shared-stock.ts'
import type { Cells } from './gcra.ts'
import { Line, Taken } from './line.ts'
import type { Turn } from './line.ts'
import { Meter } from './meter.ts'

/** Hears what a meter cannot do by itself. */
export interface FleetMeterOwner {
  /** A call has waited for as long as it may. */
  tooLate(turn: Turn, retryAfterMs: number, now: number): void
  notify(event: ShareNotice): void
}

/**
 * The meter of a rate that a fleet shares: it takes cells from this instance's stock, and goes by its part of the rate
 * while nothing is heard of the fleet. When a turn comes is not known before it does.
 */
export class FleetMeter extends Line implements StockUser {
  readonly stock: SharedStock
  readonly #owner: FleetMeterOwner
  #cells: Cells
  /** What it lets through alone, and for how many instances that is reckoned. */
  #own: Meter
  #size: number

  constructor(cells: Cells, stock: SharedStock, owner: FleetMeterOwner) {
    super()
    this.#cells = cells
    this.stock = stock
    this.#owner = owner
    this.#size = stock.fleet.size
    this.#own = new Meter(this.#part)
  }

  get #burst(): number {
    return this.#cells.toleranceMs / this.#cells.intervalMs
  }

  /** This instance's part of the rate, with room for one call at least. */
  get #part(): Cells {
    const intervalMs = this.#cells.intervalMs * this.#size
    return { intervalMs, toleranceMs: intervalMs * Math.max(1, this.#burst / this.#size) }
  }

  #ownAt(now: number): Meter {
    const { size } = this.stock.fleet
    if (size !== this.#size) {
      this.#size = size
      this.#own.rescale(this.#part, now)
    }
    return this.#own
  }

  /** Alone, a call that costs more than the part of the burst passes when that is whole. */
  #ownWaitMs(now: number, weight: number): number {
    return this.#ownAt(now).waitMs(now, Math.min(weight, Math.max(1, this.#burst / this.#size)))
  }

  #has(weight: number, now: number): boolean {
    const { stock } = this
    return stock.has(weight, now) || (stock.alone && this.#ownWaitMs(now, weight) === 0)
  }

  /** How long a call of that weight has to wait at least: 0 when it passes at once. */
  waitMs(now: number, weight: number): number {
    if (this.waiting === 0 && this.#has(weight, now)) return 0
    if (!this.affords(weight)) return Infinity
    const { stock } = this
    const soonestMs = stock.missed(weight, now)
    if (stock.alone) return this.#ownWaitMs(now, weight) + this.waitingWeight * this.#part.intervalMs
    return stock.dryUntil > now ? soonestMs + this.waitingWeight * this.#cells.intervalMs : soonestMs
  }

  affords(weight: number): boolean {
    return weight <= this.#burst
  }

  available(now: number): number {
    return this.stock.level(now) + (this.stock.alone ? this.#ownAt(now).available(now) : 0)
  }

  idle(now: number): boolean {
    return this.waiting === 0 && this.#own.idle(now)
  }

  /** Takes it even where it is not there. */
  take(now: number, weight: number): Taken {
    const { stock } = this
    if (stock.alone && !stock.has(weight, now)) return this.#ownAt(now).take(now, weight)
    stock.takeAnyway(weight, now)
    return new Taken(this, weight, 0, 0, 0, 0)
  }

  override giveBack({ weight }: Taken): void {
    this.stock.putBack(weight)
  }

  get nextWeight(): number {
    return this.first?.weight ?? 0
  }

  stocked(now: number): void {
    this.serve(now)
  }

  handOver(now: number): number {
    const used = this.#ownAt(now).used(now)
    this.#own = new Meter(this.#part)
    return used
  }

  notify(event: ShareNotice): void {
    this.#owner.notify(event)
  }

  override serve(now: number, all = false): void {
    for (let { first } = this; first !== undefined; first = this.first) {
      if (all || this.#has(first.weight, now)) {
        this.leave(first)
        const taken = this.take(now, first.weight)
        if (!first.grant(taken, now)) taken.meter.giveBack(taken, now)
      } else if (first.until <= now) {
        this.leave(first)
        this.#owner.tooLate(first, this.stock.missed(first.weight, now), now)
      } else return this.#wait(first, now)
    }
  }

  #wait(first: Turn, now: number): void {
    this.stock.whenLow(now)
    const ownMs = this.stock.alone ? this.#ownWaitMs(now, first.weight) : Infinity
    first.call.host.wheel.add(first, Math.min(first.until, now + ownMs), now)
  }

  rescale(cells: Cells, now: number): void {
    this.#cells = cells
    this.#own.rescale(this.#part, now)
    this.stock.retune({ intervalMs: cells.intervalMs, burst: this.#burst })
  }
}
