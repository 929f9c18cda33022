import type { ShareNotice } from './event.ts'
import type { Fleet } from './fleet.ts'

/** A rate that a fleet shares. */
export interface StockTerms {
  /** Between two cells at the steady rate, in milliseconds. */
  readonly intervalMs: number
  /** How many cells may be taken at once after a quiet time. */
  readonly burst: number
}

/** Whose calls take cells of a stock. */
export interface StockUser {
  /** How many cells the call costs that is next; 0 where none waits. */
  readonly nextWeight: number
  /** How many all cost that wait. */
  readonly waitingWeight: number
  /** There may be cells now. */
  stocked(now: number): void
  /** Hands over, once, the cells that it let through by itself and that would be missing yet. */
  handOver(now: number): number
  notify(event: ShareNotice): void
}

/** Cells that were taken for calls to come. */
interface Batch {
  cells: number
  readonly until: number
}

/** Cells are taken for so long ahead, or for two round trips, at most so many; unused ones die after so long. */
const aheadMs = 50
const mostAhead = 50
const lifeMs = 200

/** What comes soon is there after about so long. */
const soonMs = 5

/**
 * One instance's stock of the cells of a rate that a fleet shares, paid for in advance. What it lets through is taken from
 * here without waiting; refilled in the background. Beside what traffic needs in the next moments it holds a small reserve
 * that does not die, so that a call that comes after a quiet time finds something.
 */
export class SharedStock {
  readonly fleet: Fleet
  terms: StockTerms
  /** There is reason to ask for more. */
  whenLow: (now: number) => void = () => undefined
  /** Whether the server has never been heard, or cannot be now: each user lets through what it can answer for alone. */
  alone = true
  /** Cells that are used and not paid for yet. */
  debt = 0
  /** After a refusal: nothing is to be had before. */
  dryUntil: number = -Infinity
  /** How long the last answer took. */
  roundTripMs = 0
  #reserve = 0
  #batches: Batch[] = []
  /** The most that one call has cost: less than that in reserve would be of no use to it. */
  #heaviest = 1
  #counted = 0
  #since = -Infinity
  #lately = 0
  readonly #users = new Set<StockUser>()

  constructor(terms: StockTerms, fleet: Fleet) {
    this.terms = terms
    this.fleet = fleet
  }

  /** What was refused under other terms says nothing. */
  retune(terms: StockTerms): void {
    const { intervalMs, burst } = this.terms
    if (terms.intervalMs !== intervalMs || terms.burst !== burst) this.dryUntil = -Infinity
    this.terms = terms
  }

  join(user: StockUser): void {
    this.#users.add(user)
  }

  /** Whether nobody is left. */
  leave(user: StockUser): boolean {
    this.#users.delete(user)
    return this.abandoned
  }

  /** Whether nobody uses it any more. */
  get abandoned(): boolean {
    return this.#users.size === 0
  }

  /** How many cells could be taken now. */
  level(now: number): number {
    while ((this.#batches[0]?.until ?? Infinity) <= now) this.#batches.shift()
    // The fleet may have grown: what is too much then is lost.
    this.#reserve = Math.min(this.#reserve, this.#reserveGoal)
    return this.#batches.reduce((sum, { cells }) => sum + cells, this.#reserve)
  }

  has(weight: number, now: number): boolean {
    return this.level(now) >= weight
  }

  /** Takes what is there, the oldest first. */
  take(weight: number, now: number): void {
    this.#count(weight, now)
    let left = weight
    for (const batch of this.#batches) {
      const taken = Math.min(batch.cells, left)
      batch.cells -= taken
      left -= taken
    }
    if (this.#batches[0]?.cells === 0) this.#batches = this.#batches.filter(({ cells }) => cells > 0)
    this.#reserve -= left
    if (this.isLow(now)) this.whenLow(now)
  }

  /** Whether less than half is there of what should be. */
  isLow(now: number): boolean {
    return 2 * this.level(now) < this.#goal(now)
  }

  /** Takes it whether it is there or not. */
  takeAnyway(weight: number, now: number): void {
    if (this.has(weight, now)) return this.take(weight, now)
    this.#count(weight, now)
    this.debt += weight
    this.whenLow(now)
  }

  /** A call did not find what it costs. Returns in how many milliseconds that may be different. */
  missed(weight: number, now: number): number {
    this.#count(weight, now)
    this.#heaviest = Math.max(this.#heaviest, Math.min(weight, this.terms.burst))
    this.whenLow(now)
    return Math.max(soonMs, this.dryUntil - now)
  }

  /** What was taken was not used after all; what the reserve does not need is lost. */
  putBack(weight: number): void {
    this.#reserve = Math.min(this.#reserveGoal, this.#reserve + weight)
  }

  #count(weight: number, now: number): void {
    this.#expected(now)
    this.#counted += weight
  }

  /** How many cells the next moments need, going by the last. */
  #expected(now: number): number {
    const elapsedMs = now - this.#since
    if (elapsedMs >= aheadMs) {
      this.#lately = (this.#counted * aheadMs) / elapsedMs
      this.#counted = 0
      this.#since = now
    }
    const stretch = Math.min(lifeMs, Math.max(aheadMs, 2 * this.roundTripMs)) / aheadMs
    return Math.min(mostAhead, Math.round(stretch * Math.max(this.#lately, this.#counted)))
  }

  /** This instance's part of the burst, within bounds. */
  get #part(): number {
    return Math.min(mostAhead, Math.max(1, Math.floor(this.terms.burst / this.fleet.size)))
  }

  get #reserveGoal(): number {
    return Math.max(this.#heaviest, this.#part)
  }

  #goal(now: number): number {
    return this.#reserveGoal + this.#expected(now)
  }

  /** How many cells to ask for, and how few are of any use. */
  wish(now: number): { readonly wanted: number; readonly least: number } {
    let [next, waiting] = [0, 0]
    for (const user of this.#users) {
      next = Math.max(next, user.nextWeight)
      waiting += user.waitingWeight
    }
    const level = this.level(now)
    const lack = Math.max(0, next - level)
    const wanted = Math.max(lack, this.#goal(now) - level + Math.min(waiting, mostAhead))
    if (wanted <= 0) return { wanted: 0, least: 0 }
    // A few at a time are fewer requests than one at a time.
    const few = Math.max(1, Math.min(this.#part, Math.floor(this.#expected(now) / 4)))
    return { wanted, least: Math.max(lack, Math.min(few, wanted)) }
  }

  /** Cells have come. */
  fill(cells: number, now: number): void {
    const reserved = Math.min(cells, Math.max(0, this.#reserveGoal - this.#reserve))
    this.#reserve += reserved
    if (cells > reserved) this.#batches.push({ cells: cells - reserved, until: now + lifeMs })
  }

  /** Whether anybody waits. */
  get awaited(): boolean {
    for (const { waitingWeight } of this.#users) if (waitingWeight > 0) return true
    return false
  }

  /** The server is heard again: what was let through alone is to be paid for. */
  accompany(now: number): void {
    if (!this.alone) return
    this.alone = false
    for (const user of this.#users) this.debt += user.handOver(now)
  }

  tellStocked(now: number): void {
    for (const user of this.#users) user.stocked(now)
  }

  notify(event: ShareNotice): void {
    for (const user of this.#users) user.notify(event)
  }

  /** What was taken ahead may be long dead. */
  drop(): void {
    this.#batches = []
  }
}
