import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryBudget } from './budget.ts'
import type { RetryBudgetOptions } from './budget.ts'

type Step =
  | { readonly does: 'enter' | 'leave' | 'succeed' | 'withdraw' | 'giveBack'; readonly times: number }
  | { readonly does: 'wait'; readonly ms: number }

const options: fc.Arbitrary<Required<RetryBudgetOptions>> = fc.record({
  ratio: fc.constantFrom(0, 0.1, 0.25, 1),
  reservePerSecond: fc.constantFrom(0, 0.5, 1, 100),
  windowMs: fc.constantFrom(10, 1_000, 10_000),
  inFlightRatio: fc.constantFrom(0, 0.2, 1),
  inFlightMinimum: fc.constantFrom(0, 1, 3, 1_000),
})

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constantFrom('enter', 'leave', 'succeed', 'withdraw', 'giveBack' as const),
      times: fc.constantFrom(1, 2, 9, 10, 11),
    }),
    fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 99, 100, 999, 1_000, 1_001, 9_999, 10_000, 10_001, 1e15),
    }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 60 },
)

/** Keeps every deposit by itself and counts again each time it is asked. */
class Model {
  readonly #options: Required<RetryBudgetOptions>
  #deposits: { slot: number; left: number }[] = []
  #reserve: number
  #at = 0
  calls = 0
  extras = 0

  constructor(given: Required<RetryBudgetOptions>) {
    this.#options = given
    this.#reserve = (given.reservePerSecond * given.windowMs) / 1_000
  }

  #catchUp(now: number): void {
    const { reservePerSecond, windowMs } = this.#options
    const full = (reservePerSecond * windowMs) / 1_000
    this.#reserve = Math.min(full, this.#reserve + ((now - this.#at) * reservePerSecond) / 1_000)
    this.#at = now
    const present = Math.floor((now / windowMs) * 10)
    this.#deposits = this.#deposits.filter(({ slot }) => present - slot < 10)
  }

  deposit(now: number): void {
    this.#catchUp(now)
    this.#deposits.push({ slot: Math.floor((now / this.#options.windowMs) * 10), left: this.#options.ratio })
  }

  balance(now: number): number {
    this.#catchUp(now)
    return this.#deposits.reduce((sum, { left }) => sum + left, this.#reserve)
  }

  withdraw(now: number): boolean {
    const { inFlightMinimum, inFlightRatio } = this.#options
    if (this.extras >= Math.max(inFlightMinimum, Math.floor(inFlightRatio * this.calls))) return false
    if (this.balance(now) < 1 - 1e-6) return false
    let due = 1
    for (const each of this.#deposits) {
      const taken = Math.min(due, each.left)
      each.left -= taken
      due -= taken
    }
    this.#reserve = Math.max(0, this.#reserve - due)
    this.extras++
    return true
  }
}

test('a budget decides like a recount of every deposit', () => {
  fc.assert(
    fc.property(options, steps, (given, history) => {
      const budget = retryBudget(given)
      const model = new Model(given)
      let now = 0
      let agrees = true
      // The reserve is full and stands until the budget is first asked; the model begins at 0.
      budget.statistics(0)
      for (const step of history) {
        if (step.does === 'wait') {
          now += step.ms
          continue
        }
        for (let each = 0; each < step.times; each++) {
          if (step.does === 'enter') {
            budget.enter()
            model.calls++
          } else if (step.does === 'leave' && model.calls > 0) {
            budget.leave()
            model.calls--
          } else if (step.does === 'succeed') {
            budget.deposit(now)
            model.deposit(now)
          } else if (step.does === 'withdraw') {
            agrees &&= budget.withdraw(now) === model.withdraw(now)
          } else if (step.does === 'giveBack' && model.extras > 0) {
            budget.giveBack()
            model.extras--
          }
        }
        expect(agrees).toBe(true)
        expect(budget.statistics(now).balance).toBeCloseTo(model.balance(now), 6)
        expect(budget.statistics(now)).toMatchObject({
          callsInFlight: model.calls,
          extraInFlight: model.extras,
        })
      }
    }),
  )
})

test('D24: extra attempts never exceed their share of the successes, the reserve of the time, and the first reserve', () => {
  fc.assert(
    fc.property(options, steps, (given, history) => {
      const budget = retryBudget({ ...given, inFlightMinimum: Number.MAX_SAFE_INTEGER })
      const first = (given.reservePerSecond * given.windowMs) / 1_000
      let now = 0
      let successes = 0
      let extras = 0
      for (const step of history) {
        if (step.does === 'wait') now += step.ms
        else if (step.does === 'succeed') {
          for (let each = 0; each < step.times; each++) budget.deposit(now)
          successes += step.times
        } else if (step.does === 'withdraw') while (extras < 10_000 && budget.withdraw(now)) extras++
      }
      const allowed = given.ratio * successes + (given.reservePerSecond * now) / 1_000 + first
      expect(extras).toBeLessThanOrEqual(allowed + 1e-3)
    }),
  )
})

test('extra attempts in flight never exceed the ceiling at the moment they are taken', () => {
  fc.assert(
    fc.property(options, fc.nat({ max: 200 }), (given, calls) => {
      const budget = retryBudget({ ...given, reservePerSecond: 1_000 })
      for (let each = 0; each < calls; each++) budget.enter()
      let taken = 0
      while (taken < 2_000 && budget.withdraw(0)) taken++
      expect(taken).toBeLessThanOrEqual(Math.max(given.inFlightMinimum, given.inFlightRatio * calls))
    }),
  )
})
