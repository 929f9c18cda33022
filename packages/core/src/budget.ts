import { checkOptions, durationMs, givenOptions, integer, number, ratio } from './check.ts'
import type { Rule } from './check.ts'

export interface RetryBudgetOptions {
  /** How many extra attempts one success pays for. Default 0.1. */
  readonly ratio?: number
  /** Extra attempts a second that need no success, so that a quiet client can retry at all. Default 1. */
  readonly reservePerSecond?: number
  /** How far back deposits and reserve add up; what is older expires, by tenths. Default 10 000, at least 10. */
  readonly windowMs?: number
  /** Extra attempts in flight, as a share of the calls in flight. Default 0.2. */
  readonly inFlightRatio?: number
  /** Extra attempts in flight that are allowed however few calls there are. Default 3. */
  readonly inFlightMinimum?: number
}

export interface RetryBudgetStatistics {
  /** Extra attempts that deposits and reserve would pay for now. */
  readonly balance: number
  readonly callsInFlight: number
  readonly extraInFlight: number
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
  statistics(now: number): RetryBudgetStatistics
  describe(): Readonly<Record<string, unknown>>
}

/** The window moves by so many steps a length. */
const slots = 10

/** Ten deposits of a tenth must pay for one attempt, though they add up to a little less. */
const rounding = 1e-9

const rules: Readonly<Record<string, Rule>> = {
  ratio,
  reservePerSecond: number(0, 1e6),
  windowMs: durationMs(slots),
  inFlightRatio: ratio,
  inFlightMinimum: integer(0),
}

/** Makes a budget: success-gated deposits over a window, a small time reserve, and a ceiling on what is in flight. */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new WindowBudget(checkOptions('budget', options, rules))
}

class WindowBudget implements RetryBudget {
  readonly #options: Required<RetryBudgetOptions>
  readonly #slotMs: number
  /** Deposits less withdrawals of each slot of the window. */
  readonly #tokens: Float64Array = new Float64Array(slots)
  /** The newest slot, counted from the clock's zero, its place, and when it ends. */
  #slot = -Infinity
  #index = 0
  #slotEnd = -Infinity
  /** The time reserve, which refills up to what the window holds. */
  #reserve: number
  #refilledAt = Infinity
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
    if (this.#balance(now) < 1 - rounding) return false
    this.#spend(1)
    this.#extras++
    return true
  }

  giveBack(): void {
    this.#extras--
  }

  /** Takes the oldest deposits first, for they would be lost first, and then the reserve. */
  #spend(amount: number): void {
    let left = amount
    for (let back = slots - 1; back >= 0; back--) {
      const index = indexOf(this.#slot - back)
      const held = this.#tokens[index] as number
      const taken = Math.min(left, held)
      this.#tokens[index] = held - taken
      left -= taken
    }
    this.#reserve = Math.max(0, this.#reserve - left)
  }

  #balance(now: number): number {
    this.#slide(now)
    const elapsedMs = Math.max(0, now - this.#refilledAt)
    this.#refilledAt = now
    const refilled = this.#reserve + (elapsedMs * this.#options.reservePerSecond) / 1_000
    this.#reserve = Math.min(this.#fullReserve, refilled)
    let sum = this.#reserve
    for (let index = 0; index < slots; index++) sum += this.#tokens[index] as number
    return sum
  }

  /** Forgets the slots that have left the window; returns the index of the present one. */
  #slide(now: number): number {
    if (now < this.#slotEnd) return this.#index
    const slot = Math.floor(now / this.#slotMs)
    const passed = Math.min(slots, slot - this.#slot)
    for (let back = 0; back < passed; back++) this.#tokens[indexOf(slot - back)] = 0
    this.#slot = slot
    this.#index = indexOf(slot)
    this.#slotEnd = (slot + 1) * this.#slotMs
    return this.#index
  }

  statistics(now: number): RetryBudgetStatistics {
    return { balance: this.#balance(now), callsInFlight: this.#calls, extraInFlight: this.#extras }
  }

  describe(): Readonly<Record<string, unknown>> {
    return { ...this.#options }
  }
}

function indexOf(slot: number): number {
  return ((slot % slots) + slots) % slots
}

const methods = ['enter', 'leave', 'deposit', 'withdraw', 'giveBack', 'statistics', 'describe'] as const

export const budgetRule: Rule = (value) => {
  if (value === false) return undefined
  if (typeof value !== 'object' || value === null) return 'a retryBudget(), its options, or false'
  if (!methods.some((method) => method in value)) return undefined
  const missing = methods.find((method) => typeof (value as Partial<RetryBudget>)[method] !== 'function')
  return missing && `a retryBudget() with ${missing}(), its options, or false`
}

/** The option as a part may keep it: of options a copy. */
export function budgetToKeep(
  option: RetryBudget | RetryBudgetOptions | false,
): RetryBudget | RetryBudgetOptions | false {
  return option === false || 'withdraw' in option ? option : givenOptions('budget', option)
}

/** The budget that an option stands for; undefined for none. */
export function budgetFrom(
  option: RetryBudget | RetryBudgetOptions | false | undefined,
): RetryBudget | undefined {
  if (option === false) return undefined
  return option !== undefined && 'withdraw' in option ? option : retryBudget(option)
}
