import { checkOptions, durationMs, integer, number, ratio } from './check.ts'
import type { Rule } from './check.ts'

export interface RetryBudgetOptions {
  /** How many extra attempts one success pays for. Default 0.1. */
  readonly ratio?: number
  /** Extra attempts a second that need no success, so that a quiet client can retry at all. Default 1. */
  readonly reservePerSecond?: number
  /** How far back deposits and reserve add up. Default 10 000. */
  readonly windowMs?: number
  /** Extra attempts in flight, as a share of the calls in flight. Default 0.2. */
  readonly inFlightRatio?: number
  /** Extra attempts in flight that are allowed however few calls there are. Default 3. */
  readonly inFlightMinimum?: number
}

/**
 * What retries and hedges are paid from. Give one object to several of them and they share it. It bounds the load that
 * they add when everything fails: nothing succeeds, so nothing is deposited.
 */
export interface RetryBudget {
  /** A call begins. */
  enter(): void
  /** A call has ended. */
  leave(): void
  /** A call succeeded. */
  deposit(now: number): void
  /** Takes one extra attempt; false if there is none left. */
  withdraw(now: number): boolean
  /** An extra attempt has ended. */
  giveBack(): void
  /** Extra attempts that could be taken now, were nothing in flight. */
  balance(now: number): number
  describe(): Readonly<Record<string, unknown>>
}

const rules: Readonly<Record<string, Rule>> = {
  ratio,
  reservePerSecond: number(0, 1e6),
  windowMs: durationMs(1),
  inFlightRatio: ratio,
  inFlightMinimum: integer(0),
}

const slots = 10

/** Makes a budget: success-gated deposits over a window, a small time reserve, and a ceiling on what is in flight. */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  checkOptions('budget', options, rules)
  return new WindowBudget(options)
}

class WindowBudget implements RetryBudget {
  readonly #options: Required<RetryBudgetOptions>
  readonly #slotMs: number
  /** Deposits less withdrawals of each slot of the window. */
  readonly #tokens: Float64Array = new Float64Array(slots)
  #slot = -Infinity
  /** The time reserve, which refills up to what the window holds. */
  #reserve: number
  #refilledAt: number | undefined
  #calls = 0
  #extras = 0

  constructor(options: RetryBudgetOptions) {
    this.#options = {
      ratio: options.ratio ?? 0.1,
      reservePerSecond: options.reservePerSecond ?? 1,
      windowMs: options.windowMs ?? 10_000,
      inFlightRatio: options.inFlightRatio ?? 0.2,
      inFlightMinimum: options.inFlightMinimum ?? 3,
    }
    this.#slotMs = this.#options.windowMs / slots
    this.#reserve = this.#fullReserve
  }

  get #fullReserve(): number {
    return (this.#options.reservePerSecond * this.#options.windowMs) / 1_000
  }

  enter(): void {
    this.#calls++
  }

  leave(): void {
    this.#calls--
  }

  deposit(now: number): void {
    const index = this.#slide(now)
    this.#tokens[index] = (this.#tokens[index] as number) + this.#options.ratio
  }

  withdraw(now: number): boolean {
    const { inFlightMinimum, inFlightRatio } = this.#options
    if (this.#extras + 1 > Math.max(inFlightMinimum, inFlightRatio * this.#calls)) return false
    if (this.balance(now) < 1 - 1e-9) return false
    this.#spend(1)
    this.#extras++
    return true
  }

  /** Takes the oldest deposits first, for they would be lost first, and then the reserve. */
  #spend(amount: number): void {
    for (let back = slots - 1; back >= 0 && amount > 0; back--) {
      const index = (((this.#slot - back) % slots) + slots) % slots
      const taken = Math.min(amount, this.#tokens[index] as number)
      this.#tokens[index] = (this.#tokens[index] as number) - taken
      amount -= taken
    }
    this.#reserve = Math.max(0, this.#reserve - amount)
  }

  giveBack(): void {
    this.#extras--
  }

  balance(now: number): number {
    this.#slide(now)
    this.#refill(now)
    return this.#tokens.reduce((sum, tokens) => sum + tokens, this.#reserve)
  }

  #refill(now: number): void {
    const elapsedMs = now - (this.#refilledAt ?? now)
    this.#refilledAt = now
    const refilled = this.#reserve + (elapsedMs * this.#options.reservePerSecond) / 1_000
    this.#reserve = Math.min(this.#fullReserve, refilled)
  }

  /** Forgets the slots that have left the window; returns the index of the present one. */
  #slide(now: number): number {
    const slot = Math.floor(now / this.#slotMs)
    if (slot - this.#slot >= slots) this.#tokens.fill(0)
    else
      for (let each = this.#slot + 1; each <= slot; each++) this.#tokens[((each % slots) + slots) % slots] = 0
    if (slot > this.#slot) this.#slot = slot
    return ((this.#slot % slots) + slots) % slots
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.#options
  }
}

export const budgetRule: Rule = (value) =>
  value === false || (typeof value === 'object' && value !== null)
    ? undefined
    : 'a retryBudget(), its options, or false'

/** The budget that an option stands for; undefined for none. */
export function budgetFrom(
  option: RetryBudget | RetryBudgetOptions | false | undefined,
): RetryBudget | undefined {
  if (option === false) return undefined
  return option !== undefined && 'withdraw' in option ? option : retryBudget(option)
}
