import { describe, expect, test } from 'vitest'
import { budgetFrom, budgetRule, retryBudget } from './budget.ts'
import type { RetryBudget, RetryBudgetOptions } from './budget.ts'
import { HoldfastConfigError } from './check.ts'

/** Withdraws as often as it may, giving back at once. */
function drain(budget: RetryBudget, now: number): number {
  let taken = 0
  for (; taken < 1_000 && budget.withdraw(now); taken++) budget.giveBack()
  return taken
}

function deposit(budget: RetryBudget, successes: number, now: number): void {
  for (let each = 0; each < successes; each++) budget.deposit(now)
}

describe('retry budget', () => {
  test('a quiet client may retry from the reserve alone: one a second, ten seconds of them at first', () => {
    const budget = retryBudget()
    expect(drain(budget, 0)).toBe(10)
    expect(drain(budget, 999)).toBe(0)
    expect(drain(budget, 1_000)).toBe(1)
    expect(drain(budget, 1_000_000)).toBe(10)
  })

  test('ten successes pay for one extra attempt', () => {
    const budget = retryBudget({ reservePerSecond: 0 })
    deposit(budget, 9, 0)
    expect(drain(budget, 0)).toBe(0)
    deposit(budget, 1, 0)
    expect(drain(budget, 0)).toBe(1)
  })

  test('ratio is what one success pays for', () => {
    const budget = retryBudget({ ratio: 0.5, reservePerSecond: 0 })
    deposit(budget, 10, 0)
    expect(drain(budget, 0)).toBe(5)
  })

  test('deposits expire after the window', () => {
    const budget = retryBudget({ reservePerSecond: 0, windowMs: 1_000 })
    deposit(budget, 100, 0)
    expect(budget.statistics(899).balance).toBeCloseTo(10)
    expect(drain(budget, 1_000)).toBe(0)
  })

  test('a deposit at the very end of a tenth belongs to the next one', () => {
    const budget = retryBudget({ ratio: 1, reservePerSecond: 0, windowMs: 1_000 })
    budget.deposit(0)
    budget.deposit(100)
    expect([999, 1_000, 1_099, 1_100].map((now) => budget.statistics(now).balance)).toEqual([2, 1, 1, 0])
  })

  test('what expires first is spent first, and the reserve last', () => {
    const budget = retryBudget({ windowMs: 1_000 })
    deposit(budget, 10, 0)
    deposit(budget, 10, 500)
    expect(budget.withdraw(500)).toBe(true)
    expect(budget.statistics(1_000).balance).toBeCloseTo(1 + 1)
  })

  test('of deposits that are all from before, the oldest is spent first', () => {
    const budget = retryBudget({ reservePerSecond: 0, windowMs: 1_000 })
    deposit(budget, 10, 0)
    deposit(budget, 10, 500)
    expect(budget.withdraw(600)).toBe(true)
    expect(budget.statistics(1_000).balance).toBeCloseTo(1)
  })

  test('a moment that is told late takes nothing away', () => {
    const budget = retryBudget({ reservePerSecond: 0 })
    deposit(budget, 10, 5_000)
    budget.statistics(4_999)
    expect(budget.statistics(5_000).balance).toBeCloseTo(1)
  })

  test('reservePerSecond and windowMs bound the reserve', () => {
    const budget = retryBudget({ reservePerSecond: 4, windowMs: 500 })
    expect(drain(budget, 0)).toBe(2)
    expect(drain(budget, 250)).toBe(1)
    expect(drain(budget, 1e15)).toBe(2)
  })

  test('no more extra attempts are in flight than the minimum while there are few calls', () => {
    const budget = retryBudget()
    expect([1, 2, 3, 4].map(() => budget.withdraw(0))).toEqual([true, true, true, false])
    budget.giveBack()
    expect(budget.withdraw(0)).toBe(true)
  })

  test('inFlightMinimum is that minimum', () => {
    const budget = retryBudget({ inFlightMinimum: 1 })
    expect([1, 2].map(() => budget.withdraw(0))).toEqual([true, false])
    expect(retryBudget({ inFlightMinimum: 0 }).withdraw(0)).toBe(false)
  })

  test('with many calls in flight the ceiling is their share', () => {
    const budget = retryBudget({ inFlightRatio: 0.1, reservePerSecond: 100 })
    for (let each = 0; each < 50; each++) budget.enter()
    expect([1, 2, 3, 4, 5, 6].map(() => budget.withdraw(0))).toEqual([true, true, true, true, true, false])
    budget.leave()
    budget.giveBack()
    expect(budget.withdraw(0)).toBe(false)
  })

  test('statistics tell the balance and what is in flight', () => {
    const budget = retryBudget()
    budget.enter()
    budget.withdraw(0)
    expect(budget.statistics(0)).toEqual({ balance: 9, callsInFlight: 1, extraInFlight: 1 })
  })

  test('a refusal by the ceiling costs nothing', () => {
    const budget = retryBudget({ inFlightMinimum: 0 })
    budget.withdraw(0)
    expect(budget.statistics(0).balance).toBe(10)
  })

  test.each<[RetryBudgetOptions, RegExp]>([
    [{ ratio: 1.1 }, /^budget: ratio must be/],
    [{ reservePerSecond: -1 }, /reservePerSecond must be/],
    [{ windowMs: 9 }, /windowMs must be a finite number of milliseconds of at least 10/],
    [{ inFlightRatio: Number.NaN }, /inFlightRatio must be/],
    [{ inFlightMinimum: 0.5 }, /inFlightMinimum must be an integer/],
    [{ maximum: 3 } as RetryBudgetOptions, /unknown option 'maximum'/],
  ])('%o is refused by name', (options, message) => {
    expect(() => retryBudget(options)).toThrow(HoldfastConfigError)
    expect(() => retryBudget(options)).toThrow(message)
  })

  test('describes itself by its options, in a copy', () => {
    const budget = retryBudget({ ratio: 0.2 })
    const described = budget.describe() as { ratio: number }
    described.ratio = 9
    expect(budget.describe()).toEqual({
      ratio: 0.2,
      reservePerSecond: 1,
      windowMs: 10_000,
      inFlightRatio: 0.2,
      inFlightMinimum: 3,
    })
  })
})

describe('the budget option', () => {
  test('is a budget, the options of one, nothing for the default, or false for none', () => {
    const shared = retryBudget()
    expect(budgetFrom(shared)).toBe(shared)
    expect(budgetFrom({ ratio: 0.3 })?.describe()).toMatchObject({ ratio: 0.3 })
    expect(budgetFrom(undefined)?.describe()).toMatchObject({ ratio: 0.1 })
    expect(budgetFrom(false)).toBeUndefined()
  })

  test.each([[true], [1], ['no'], [null]])('is not %o', (value) => {
    expect(budgetRule(value)).toMatch(/^a retryBudget\(\).* or false$/)
  })

  test('is not half of a budget, and what is missing is named', () => {
    expect(budgetRule({ withdraw: () => true })).toBe('a retryBudget() with enter(), its options, or false')
    const { enter, leave, deposit, withdraw, giveBack, statistics } = retryBudget()
    expect(budgetRule({ enter, leave, deposit, withdraw, giveBack, statistics })).toMatch(/with describe\(\)/)
  })

  test('may be any of these', () => {
    expect([false, {}, { ratio: 0.3 }, retryBudget()].map(budgetRule)).toEqual(Array(4).fill(undefined))
  })
})
