import { budgetFrom, budgetRule } from '../budget.ts'
import type { RetryBudget, RetryBudgetOptions } from '../budget.ts'
import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, HoldfastConfigError, integer, partRules } from '../check.ts'
import type { Rule } from '../check.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Next, Part, Reaction } from '../policy.ts'
import { sleep } from '../sleep.ts'
import type { Ticket } from '../wait.ts'
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
   * Milliseconds that the outcome itself asks to wait, or nothing. Default: the error's `retryAfterMs`. The longer of
   * this and the backoff is waited.
   */
  readonly delayFrom?: (outcome: Outcome, call: Call) => number | undefined
  /** No attempt begins later than this many milliseconds after the call reached the retry. Default: no cap. */
  readonly maximumDurationMs?: number
  /** What extra attempts are paid from: a shared budget, its options, or `false` for none. Default: a budget of its own. */
  readonly budget?: RetryBudget | RetryBudgetOptions | false
}

export type RetryEvent =
  | {
      readonly type: 'retry.scheduled'
      readonly policy: string
      /** The attempt that comes; 2 is the first retry. */
      readonly next: number
      readonly delayMs: number
      readonly outcome: Outcome
    }
  | {
      readonly type: 'retry.gave-up'
      readonly policy: string
      readonly reason: 'attempts' | 'budget' | 'deadline'
      readonly attempts: number
      readonly outcome: Outcome
    }

const isBackoff: Rule = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'backoff options'

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  attempts: integer(1),
  backoff: isBackoff,
  retryWhen: callable,
  delayFrom: callable,
  maximumDurationMs: durationMs(),
  budget: budgetRule,
}

interface Settings {
  readonly attempts: number
  readonly backoff: Backoff
  readonly retryWhen: ((outcome: Outcome, call: Call) => boolean) | undefined
  readonly delayFrom: (outcome: Outcome, call: Call) => number | undefined
  readonly maximumDurationMs: number
  readonly budget: RetryBudget | undefined
}

/**
 * Runs the inside again while it fails. Gives up, with the last outcome untouched, when the attempts or the budget are
 * used up, or when the wait would pass the call's deadline.
 */
export function retry(options: RetryOptions = {}): Reaction {
  return new Retry(options)
}

class Retry implements Reaction {
  readonly kind = 'retry'
  readonly name: string
  #options: RetryOptions
  #settings: Settings

  constructor(options: RetryOptions) {
    this.#options = { ...options }
    this.#settings = settingsFrom(this.kind, options, undefined)
    this.name = options.name ?? this.kind
  }

  begin(_call: Call, now: number): number {
    const { budget, maximumDurationMs } = this.#settings
    budget?.enter()
    return maximumDurationMs === Infinity ? Infinity : now + maximumDurationMs
  }

  settle(_until: Ticket, ending: Ending, call: Call, now: number): boolean {
    const { budget, retryWhen } = this.#settings
    if (typeof ending !== 'string') {
      if (retryWhen === undefined ? isError(ending) : wants(retryWhen, ending, call, budget)) return false
      if (!isError(ending)) budget?.deposit(now)
    }
    budget?.leave()
    return true
  }

  async recover(until: Ticket, first: Outcome, call: Call, next: Next): Promise<unknown> {
    const settings = this.#settings
    const { budget } = settings
    const delays = settings.backoff.start()
    let outcome = first
    try {
      for (let attempts = 1; wantsRetry(settings, outcome, call); attempts++) {
        const delayMs = Math.max(delays.next(attempts, call.random), askedDelayMs(settings, outcome, call))
        if (!this.#mayGoOn(settings, attempts, delayMs, until as number, call, outcome)) break
        try {
          await sleep(call, delayMs)
          outcome = { value: await next(call.branch({ attempt: attempts + 1 })) }
        } catch (error) {
          if (call.cancelled) throw error
          outcome = { error }
        } finally {
          budget?.giveBack()
        }
      }
      if (isError(outcome)) throw outcome.error
      budget?.deposit(call.clock.now())
      return outcome.value
    } finally {
      budget?.leave()
    }
  }

  /** Takes a token for one more attempt, unless something forbids it. */
  #mayGoOn(
    settings: Settings,
    attempts: number,
    delayMs: number,
    until: number,
    call: Call,
    outcome: Outcome,
  ): boolean {
    const now = call.clock.now()
    let reason: 'attempts' | 'budget' | 'deadline' | undefined
    if (attempts >= settings.attempts) reason = 'attempts'
    else if (now + delayMs >= Math.min(call.deadline, until)) reason = 'deadline'
    else if (settings.budget !== undefined && !settings.budget.withdraw(now)) reason = 'budget'
    if (call.host.observed) {
      const { name: policy } = this
      if (reason !== undefined) {
        call.emit({ type: 'retry.gave-up', policy, reason, attempts, outcome } satisfies RetryEvent)
      } else {
        call.emit({
          type: 'retry.scheduled',
          policy,
          next: attempts + 1,
          delayMs,
          outcome,
        } satisfies RetryEvent)
      }
    }
    return reason === undefined
  }

  describe(): Readonly<Record<string, unknown>> {
    const { attempts, maximumDurationMs, backoff: delays, budget } = this.#settings
    return { attempts, maximumDurationMs, backoff: delays.describe(), budget: budget?.describe() ?? false }
  }

  configure(options: RetryOptions): void {
    const merged = { ...this.#options, ...options }
    this.#settings = settingsFrom(
      this.name,
      merged,
      options.budget === undefined ? this.#settings : undefined,
    )
    this.#options = merged
  }

  check(inner: readonly Part[]): string | undefined {
    const other = inner.find((part) => part.kind === this.kind)
    if (other === undefined) return undefined
    return `'${this.name}' is around another retry, '${other.name}': their attempts multiply; keep one of them`
  }
}

function settingsFrom(name: string, options: RetryOptions, learned: Settings | undefined): Settings {
  checkOptions(name, options, rules)
  const { attempts = 3, maximumDurationMs = Infinity, budget } = options
  return {
    attempts,
    backoff: backoff(options.backoff),
    retryWhen: options.retryWhen,
    delayFrom: options.delayFrom ?? retryAfter,
    maximumDurationMs,
    budget: learned === undefined ? budgetFrom(budget) : learned.budget,
  }
}

function wantsRetry({ retryWhen }: Settings, outcome: Outcome, call: Call): boolean {
  return retryWhen === undefined ? isError(outcome) : retryWhen(outcome, call)
}

/** A predicate that throws ends the call, which then is no longer in flight. */
function wants(
  retryWhen: (outcome: Outcome, call: Call) => boolean,
  outcome: Outcome,
  call: Call,
  budget: RetryBudget | undefined,
): boolean {
  try {
    return retryWhen(outcome, call)
  } catch (error) {
    budget?.leave()
    throw error
  }
}

function retryAfter(outcome: Outcome): number | undefined {
  if (!isError(outcome) || typeof outcome.error !== 'object' || outcome.error === null) return undefined
  return 'retryAfterMs' in outcome.error ? (outcome.error.retryAfterMs as number | undefined) : undefined
}

function askedDelayMs({ delayFrom }: Settings, outcome: Outcome, call: Call): number {
  const asked = delayFrom(outcome, call)
  if (asked === undefined || Number.isNaN(asked)) return 0
  if (typeof asked !== 'number')
    throw new HoldfastConfigError('delayFrom() must return milliseconds or nothing')
  return asked
}
