import { budgetFrom, budgetRule, budgetToKeep } from '../budget.ts'
import type { RetryBudget, RetryBudgetOptions } from '../budget.ts'
import type { Call } from '../call.ts'
import {
  callable,
  checkOptions,
  durationMs,
  flag,
  givenOptions,
  integer,
  object,
  partRules,
} from '../check.ts'
import type { Rule } from '../check.ts'
import type { Outcome } from '../outcome.ts'
import { backoff } from './backoff.ts'
import type { Backoff, BackoffOptions } from './backoff.ts'

export interface RetryOptions {
  readonly name?: string
  /** How often the inside may run in all; 1 is the first. Default 3. */
  readonly attempts?: number
  /** How long to wait between attempts. Default: exponential from 100 ms to 2 s, decorrelated jitter. */
  readonly backoff?: BackoffOptions
  /** Which outcomes are tried again, values included. Default: every error. What it throws is what the caller hears. */
  readonly retryWhen?: (outcome: Outcome, call: Call) => boolean
  /**
   * Milliseconds that the outcome itself asks to wait. The longer of this and the backoff is waited. Default, and where
   * it throws or answers no number: the error's `retryAfterMs`, so an open circuit is not retried before its time.
   */
  readonly delayFrom?: (outcome: Outcome, call: Call) => number | undefined
  /** No further attempt begins once the call has been here for so many milliseconds. Default: no cap. */
  readonly maximumDurationMs?: number
  /** What extra attempts are paid from: a shared budget, its options, or `false` for none. Default: a budget of its own. */
  readonly budget?: RetryBudget | RetryBudgetOptions | false
  /**
   * Whether it takes part where its pipeline has a share: then all instances together keep to the budget, which is a
   * share of all calls, beside each to its own. Default true.
   */
  readonly shared?: boolean
}

const isBackoff: Rule = (value) => object(value) && 'backoff options'

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  attempts: integer(1),
  backoff: isBackoff,
  retryWhen: callable,
  delayFrom: callable,
  maximumDurationMs: durationMs(),
  budget: budgetRule,
  shared: flag,
}

/** What a call goes by from its beginning to its end, whatever is updated meanwhile. */
export interface Settings {
  readonly attempts: number
  readonly backoff: Backoff
  readonly retryWhen: ((outcome: Outcome, call: Call) => boolean) | undefined
  readonly delayFrom: ((outcome: Outcome, call: Call) => number | undefined) | undefined
  readonly maximumDurationMs: number
  readonly budget: RetryBudget | undefined
}

/** Checks the options; returns a copy. */
export function checkRetry(name: string, given: RetryOptions): RetryOptions {
  const { backoff: delays, budget, ...options } = checkOptions(name, given, rules)
  return {
    ...options,
    ...(delays !== undefined && { backoff: givenOptions('backoff', delays) }),
    ...(budget !== undefined && { budget: budgetToKeep(budget) }),
  }
}

/** Checks what belongs to backoff and budget, and fills in the defaults. */
export function settingsFrom(options: RetryOptions): Settings {
  return {
    attempts: options.attempts ?? 3,
    backoff: backoff(options.backoff),
    retryWhen: options.retryWhen,
    delayFrom: options.delayFrom,
    maximumDurationMs: options.maximumDurationMs ?? Infinity,
    budget: budgetFrom(options.budget),
  }
}
