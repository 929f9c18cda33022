import { begin } from '../begin.ts'
import type { RetryBudget } from '../budget.ts'
import type { Branch, Call } from '../call.ts'
import { Timer } from '../deadline-wheel.ts'
import { HoldfastError } from '../error.ts'
import type { Outcome } from '../outcome.ts'
import type { Next } from '../policy.ts'

export type HedgeEvent =
  | {
      readonly type: 'hedge.launched'
      readonly policy: string
      /** The attempt that begins; 2 is the first hedge. */
      readonly next: number
    }
  | { readonly type: 'hedge.won'; readonly policy: string; readonly winner: number }
  | {
      readonly type: 'hedge.refused'
      readonly policy: string
      readonly next: number
      readonly reason: 'budget'
    }

/** Why the signal of a slower attempt is aborted. Nobody hears it but that attempt. */
export class HedgeLostError extends HoldfastError {
  readonly code = 'ERR_HEDGE_LOST'
}

export interface RaceOptions {
  readonly call: Call
  readonly next: Next
  readonly policy: string
  readonly attempts: number
  readonly budget: RetryBudget | undefined
  /** Milliseconds between the last launch and that of `attempt`; `Infinity` for never. */
  readonly delayMs: (attempt: number) => number
  readonly isFatal: (outcome: Outcome) => boolean
  /** Told how long the oldest attempt that had not failed ran until one succeeded: it won or lost. */
  readonly measured: (elapsedMs: number) => void
}

/** One call's attempts side by side. Its timer launches the next one. */
export class Race extends Timer {
  readonly #options: RaceOptions
  /** When each attempt that runs began, the oldest first. */
  readonly #running = new Map<Branch, number>()
  #stopListening: (() => void) | undefined
  #launched = 0
  #firstError: { readonly error: unknown } | undefined
  #resolve: ((value: unknown) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor(options: RaceOptions) {
    super()
    this.#options = options
  }

  run(): Promise<unknown> {
    const { call, budget } = this.#options
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      budget?.enter()
      this.#stopListening = call.onCancel((reason) => this.#end(() => reject(reason)))
      if (!this.#over) this.#launch(call.clock.now())
    })
  }

  get #over(): boolean {
    return this.#resolve === undefined
  }

  #launch(now: number): void {
    const { call, next } = this.#options
    const attempt = ++this.#launched
    const branch = call.branch({ attempt: call.attempt + attempt - 1 })
    this.#running.set(branch, now)
    begin(next, branch).then(
      (value) => this.#succeeded(branch, attempt, value),
      (error: unknown) => this.#failed(branch, attempt, error),
    )
    this.#schedule(now)
  }

  #schedule(now: number): void {
    const { call, attempts, delayMs } = this.#options
    if (this.#over || this.#launched >= attempts) return
    const wait = delayMs(this.#launched + 1)
    if (wait === 0) this.#hedge(now)
    else if (wait < Infinity) call.host.wheel.add(this, now + wait, now)
  }

  override fire(now: number): void {
    if (!this.#over) this.#hedge(now)
  }

  /** Launches one more attempt if it can be paid for. */
  #hedge(now: number): boolean {
    const { attempts, budget, call, policy } = this.#options
    if (this.#launched >= attempts) return false
    const next = this.#launched + 1
    if (budget !== undefined && !budget.withdraw(now)) {
      if (call.host.observed)
        call.emit({ type: 'hedge.refused', policy, next, reason: 'budget' } satisfies HedgeEvent)
      return false
    }
    if (call.host.observed) call.emit({ type: 'hedge.launched', policy, next } satisfies HedgeEvent)
    this.#launch(now)
    return true
  }

  #leave(branch: Branch, attempt: number): void {
    this.#running.delete(branch)
    if (attempt > 1) this.#options.budget?.giveBack()
  }

  #succeeded(branch: Branch, attempt: number, value: unknown): void {
    const [startedAt = 0] = this.#running.values()
    this.#leave(branch, attempt)
    if (this.#over) return
    const { call, policy, budget } = this.#options
    const now = call.clock.now()
    this.#options.measured(now - startedAt)
    budget?.deposit(now)
    if (this.#launched > 1 && call.host.observed) {
      call.emit({ type: 'hedge.won', policy, winner: attempt } satisfies HedgeEvent)
    }
    const resolve = this.#resolve
    this.#end(() => resolve?.(value))
  }

  #failed(branch: Branch, attempt: number, error: unknown): void {
    this.#leave(branch, attempt)
    if (this.#over) return
    if (attempt === 1 || this.#firstError === undefined) this.#firstError = { error }
    const reject = this.#reject
    if (this.#options.isFatal({ error })) return this.#end(() => reject?.(error))
    this.cancel()
    const now = this.#options.call.clock.now()
    if (this.#hedge(now) || this.#running.size > 0) return
    const { error: first } = this.#firstError
    this.#end(() => reject?.(first))
  }

  #end(tell: () => void): void {
    if (this.#over) return
    this.#resolve = undefined
    this.#reject = undefined
    this.#stopListening?.()
    this.cancel()
    tell()
    const { budget, policy } = this.#options
    budget?.leave()
    if (this.#running.size === 0) return
    const lost = new HedgeLostError(`${policy}: another attempt was faster`, { policy })
    for (const branch of [...this.#running.keys()]) branch.cancel(lost)
  }
}
