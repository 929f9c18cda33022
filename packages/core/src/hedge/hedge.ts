import { budgetFrom, budgetRule, budgetToKeep } from '../budget.ts'
import type { RetryBudget, RetryBudgetOptions } from '../budget.ts'
import type { Call } from '../call.ts'
import { hiddenErrors, leavesNoTime } from '../check-composition.ts'
import { callable, checkOptions, durationMs, integer, number, partRules, required } from '../check.ts'
import type { Rule } from '../check.ts'
import { leaveFleets, withFleets } from '../fleet-budget.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Outcome } from '../outcome.ts'
import type { Next, Part, Policy } from '../policy.ts'
import { movingPercentile } from './latency.ts'
import type { MovingPercentile } from './latency.ts'
import { Race } from './race.ts'

/** Hedges once so many in a hundred successful calls would have answered. */
export interface PercentileDelay {
  /** 0.001 to 0.999. */
  readonly percentile: number
  /** No hedge before so many successes were measured. Default 100. */
  readonly warmUp?: number
}

export interface HedgeOptions {
  readonly name?: string
  /** How many extra attempts a call may have beside its first. Default 1. */
  readonly hedges?: number
  /**
   * How long to wait for an answer before the next attempt begins beside it: milliseconds (0: all at once), a function
   * of the call and the attempt to come, or a percentile of the latency of successes. Default: the 95th percentile.
   */
  readonly delayMs?: number | ((call: Call, next: number) => number) | PercentileDelay
  /** What extra attempts are paid from. Share one between hedge and retry. Default: a budget of its own. */
  readonly budget?: RetryBudget | RetryBudgetOptions | false
  /** Which errors end the call at once instead of starting the next attempt. A value always wins. Default: none. */
  readonly isFatal?: (outcome: Outcome) => boolean
  /** Which calls may run more than once. The others pass as if there were no hedge. Default: all. */
  readonly hedgeWhen?: (call: Call) => boolean
}

export type { HedgeEvent } from './race.ts'

const percentileRules: Readonly<Record<string, Rule>> = {
  percentile: number(0.001, 0.999),
  warmUp: integer(1),
}

const delay: Rule = (value) => {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) return undefined
  return durationMs()(value) === undefined ? undefined : 'milliseconds, a function or { percentile }'
}

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  hedges: integer(1, 100),
  delayMs: delay,
  budget: budgetRule,
  isFatal: callable,
  hedgeWhen: callable,
}

/**
 * Starts another attempt beside one that is slow, and takes whichever succeeds first; the others are aborted. Only for
 * operations that may run twice. When all fail, the first attempt's own error is what the caller hears.
 */
export function hedge(options: HedgeOptions = {}): Policy {
  return new Hedge(options)
}

class Hedge implements Policy {
  readonly kind = 'hedge'
  readonly name: string
  #options: HedgeOptions
  #latency: MovingPercentile | undefined
  #budget: RetryBudget | undefined
  #host: Host | undefined

  constructor(options: HedgeOptions) {
    this.#options = checkHedge(this.kind, options)
    this.name = this.#options.name ?? this.kind
    this.#budget = budgetFrom(this.#options.budget)
    this.#latency = latencyFrom(this.#options.delayMs)
  }

  attach(host: Host): void {
    if (this.#host !== undefined) return
    this.#host = host
    this.#budget = withFleets(this.#budget, this.name, host)
  }

  detach(): void {
    leaveFleets(this.#budget)
  }

  wrap(next: Next): Next {
    return (call) => {
      const { hedges = 1, isFatal, hedgeWhen } = this.#options
      if (hedgeWhen !== undefined && !ask(call.host, this.name, 'hedgeWhen', () => hedgeWhen(call), false)) {
        return next(call)
      }
      return new Race({
        call,
        next,
        policy: this.name,
        attempts: hedges + 1,
        budget: this.#budget,
        delayMs: (attempt) => this.#delayMs(call, attempt),
        isFatal: (outcome) =>
          isFatal !== undefined && ask(call.host, this.name, 'isFatal', () => isFatal(outcome), false),
        measured: (elapsedMs) => this.#latency?.record(elapsedMs),
      }).run()
    }
  }

  #delayMs(call: Call, attempt: number): number {
    const { delayMs } = this.#options
    if (this.#latency !== undefined) return this.#latency.value() ?? Infinity
    if (typeof delayMs !== 'function') return typeof delayMs === 'number' ? delayMs : Infinity
    const asked: unknown = ask(call.host, this.name, 'delayMs', () => delayMs(call, attempt), Infinity)
    return typeof asked === 'number' && asked >= 0 ? asked : Infinity
  }

  describe(): Readonly<Record<string, unknown>> {
    const { hedges = 1, delayMs = defaultDelay } = this.#options
    const described = typeof delayMs === 'object' ? { ...delayMs } : delayMs
    return { hedges, delayMs: described, budget: this.#budget?.describe() ?? false }
  }

  /** A budget or a latency that is not among the options stays, with what it holds. */
  configure(options: HedgeOptions): void {
    const merged = checkHedge(this.name, { ...this.#options, ...options })
    if (options.budget !== undefined) {
      leaveFleets(this.#budget)
      this.#budget = withFleets(budgetFrom(merged.budget), this.name, this.#host)
    }
    if (options.delayMs !== undefined) this.#latency = latencyFrom(merged.delayMs)
    this.#options = merged
  }

  draft(options: HedgeOptions): Part {
    return hedge({ ...this.#options, ...options })
  }

  check(inner: readonly Part[], outer: readonly Part[]): string | undefined {
    const other = inner.find((part) => part.kind === this.kind)
    if (other !== undefined) {
      return `'${this.name}' is around another hedge, '${other.name}': their attempts multiply; keep one of them`
    }
    const { delayMs } = this.#options
    const hidden = hiddenErrors(this.name, inner)
    if (hidden !== undefined) return hidden
    if (typeof delayMs !== 'number' || delayMs === 0) return undefined
    const waiter = `'${this.name}' waits ${delayMs} ms before it hedges`
    return leavesNoTime(outer, delayMs, waiter, 'make delayMs shorter')
  }
}

const defaultDelay: PercentileDelay = { percentile: 0.95 }

function latencyFrom(delayMs: HedgeOptions['delayMs'] = defaultDelay): MovingPercentile | undefined {
  return typeof delayMs === 'object' ? movingPercentile(delayMs.percentile, delayMs.warmUp ?? 100) : undefined
}

function checkHedge(name: string, given: HedgeOptions): HedgeOptions {
  const { delayMs, budget, ...options } = checkOptions(name, given, rules)
  return {
    ...options,
    ...(delayMs !== undefined && { delayMs: checkDelay(name, delayMs) }),
    ...(budget !== undefined && { budget: budgetToKeep(budget) }),
  }
}

function checkDelay(
  name: string,
  delayMs: NonNullable<HedgeOptions['delayMs']>,
): NonNullable<HedgeOptions['delayMs']> {
  if (typeof delayMs !== 'object') return delayMs
  const checked = checkOptions(`${name}.delayMs`, delayMs, percentileRules)
  required(name, 'delayMs.percentile', checked.percentile, 'a number from 0.001 to 0.999')
  return checked
}
