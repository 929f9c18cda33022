import { askedMs } from '../asked-ms.ts'
import type { RetryBudget } from '../budget.ts'
import type { Call } from '../call.ts'
import { withCause } from '../cause.ts'
import { hiddenErrors, leavesNoTime } from '../check-composition.ts'
import { leaveFleets, withFleets, withoutFleets } from '../fleet-budget.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { Rejection } from '../error.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Next, Part, Reaction } from '../policy.ts'
import { sleep } from '../sleep.ts'
import type { Ticket } from '../wait.ts'
import type { RetryEvent } from './event.ts'
import { checkRetry, settingsFrom } from './options.ts'
import type { RetryOptions, Settings } from './options.ts'

export type { RetryEvent } from './event.ts'

/** One call, where there is more to remember of it than its settings. */
interface Timed {
  readonly settings: Settings
  /** No further attempt begins at this moment or later. */
  readonly until: number
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
  #host: Host | undefined

  constructor(given: RetryOptions) {
    this.#options = checkRetry(this.kind, given)
    this.#settings = settingsFrom(this.#options)
    this.name = this.#options.name ?? this.kind
  }

  attach(host: Host): void {
    if (this.#host !== undefined) return
    this.#host = host
    this.#settings = { ...this.#settings, budget: this.#bound(this.#settings.budget) }
  }

  detach(): void {
    leaveFleets(this.#settings.budget)
  }

  /** A budget that the fleet's binds too, if it is to. */
  #bound(budget: RetryBudget | undefined): RetryBudget | undefined {
    return this.#options.shared === false ? budget : withFleets(budget, this.name, this.#host)
  }

  begin(_call: Call, now: number): Settings | Timed {
    const settings = this.#settings
    settings.budget?.enter()
    const { maximumDurationMs } = settings
    return maximumDurationMs === Infinity ? settings : { settings, until: now + maximumDurationMs }
  }

  settle(ticket: Ticket, ending: Ending, call: Call, now: number): boolean {
    const { settings } = timed(ticket)
    let passes = true
    try {
      passes = typeof ending === 'string' || !wantsRetry(settings, ending, call)
    } finally {
      // A predicate that throws ends the call.
      if (passes) settings.budget?.leave()
    }
    if (passes && typeof ending !== 'string' && !isError(ending)) settings.budget?.deposit(now)
    return passes
  }

  async recover(ticket: Ticket, first: Outcome, call: Call, next: Next): Promise<unknown> {
    const { settings, until } = timed(ticket)
    const { budget } = settings
    const delays = settings.backoff.start()
    let outcome = first
    try {
      for (let attempts = 1; ; attempts++) {
        const delayMs = Math.max(delays.next(attempts, call.random), this.#askedMs(settings, outcome, call))
        if (!this.#mayGoOn(settings, attempts, delayMs, until, call, outcome)) return conclude(outcome, first)
        outcome = await again(call, next, attempts + 1, delayMs, budget)
        if (wantsRetry(settings, outcome, call)) continue
        if (!isError(outcome)) budget?.deposit(call.clock.now())
        return conclude(outcome, first)
      }
    } finally {
      budget?.leave()
    }
  }

  #askedMs({ delayFrom }: Settings, outcome: Outcome, call: Call): number {
    const { host } = call
    const asked = delayFrom && ask(host, this.name, 'delayFrom', () => delayFrom(outcome, call), undefined)
    const number = typeof asked === 'number' ? asked : isError(outcome) ? askedMs(outcome.error) : 0
    return Number.isNaN(number) ? 0 : number
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
      const event: RetryEvent =
        reason === undefined
          ? { type: 'retry.scheduled', policy, next: attempts + 1, delayMs, outcome }
          : { type: 'retry.gave-up', policy, reason, attempts, outcome }
      call.emit(event)
    }
    return reason === undefined
  }

  describe(): Readonly<Record<string, unknown>> {
    const { attempts, maximumDurationMs, backoff: delays, budget, retryWhen } = this.#settings
    return {
      attempts,
      maximumDurationMs,
      backoff: delays.describe(),
      budget: budget?.describe() ?? false,
      retryWhen,
    }
  }

  /** A budget that is not among the options stays, with what it holds. */
  configure(options: RetryOptions): void {
    const merged = checkRetry(this.name, { ...this.#options, ...options })
    const settings = settingsFrom(merged)
    const { budget: before } = this.#settings
    const budget = options.budget === undefined ? withoutFleets(before) : settings.budget
    this.#options = merged
    this.#settings = { ...settings, budget: this.#bound(budget) }
    leaveFleets(before)
  }

  draft(options: RetryOptions): Part {
    return retry({ ...this.#options, ...options })
  }

  check(inner: readonly Part[], outer: readonly Part[]): string | undefined {
    const { attempts, retryWhen } = this.#settings
    if (attempts === 1) return undefined
    const other = inner.find((part) => part.kind === this.kind && part.describe?.()['attempts'] !== 1)
    if (other !== undefined) {
      return `'${this.name}' is around another retry, '${other.name}': their attempts multiply; keep one of them`
    }
    const hidden = retryWhen === undefined ? hiddenErrors(this.name, inner) : undefined
    return hidden ?? this.#checkWait(outer)
  }

  /** The backoff alone must leave time for a second attempt. */
  #checkWait(outer: readonly Part[]): string | undefined {
    const { maximumDurationMs, backoff: delays } = this.#settings
    const { shortestMs } = delays
    if (shortestMs === 0) return undefined
    const waiter = `'${this.name}' waits at least ${shortestMs} ms before it tries again`
    const remedy = 'make backoff.baseMs shorter'
    if (shortestMs >= maximumDurationMs) {
      return `${waiter}, all of its maximumDurationMs of ${maximumDurationMs}; ${remedy}`
    }
    return leavesNoTime(outer, shortestMs, waiter, remedy)
  }
}

function timed(ticket: Ticket): Timed {
  // A ticket is what `begin` made.
  const either = ticket as Settings | Timed
  return 'until' in either ? either : { settings: either, until: Infinity }
}

/** One more attempt, paid for already. Throws only what ends the call. */
async function again(
  call: Call,
  next: Next,
  attempt: number,
  delayMs: number,
  budget: RetryBudget | undefined,
): Promise<Outcome> {
  try {
    await sleep(call, delayMs)
    return { value: await next(call.branch({ attempt })) }
  } catch (error) {
    if (call.cancelled) throw error
    return { error }
  } finally {
    budget?.giveBack()
  }
}

function wantsRetry({ retryWhen }: Settings, outcome: Outcome, call: Call): boolean {
  return retryWhen === undefined ? isError(outcome) : retryWhen(outcome, call)
}

/** A refusal of the last attempt must not hide why there was more than one. */
function conclude(outcome: Outcome, first: Outcome): unknown {
  if (!isError(outcome)) return outcome.value
  const { error } = outcome
  throw error instanceof Rejection && isError(first) ? withCause(error, first.error) : error
}
