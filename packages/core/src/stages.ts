import type { Call } from './call.ts'
import type { Guard } from './guard.ts'
import type { HookEvent } from './hook.ts'
import type { Ending } from './outcome.ts'
import type { Reaction } from './policy.ts'
import type { Ticket } from './wait.ts'

/** One part on the way of a call: a guard or a reaction. */
export interface Stage {
  readonly guard: Guard | undefined
  readonly reaction: Reaction | undefined
  /** Whether the guard sets deadlines. */
  readonly expires: boolean
}

/** The tickets that one run holds, and the deadlines that they set. */
export class Tickets {
  stages: readonly Stage[] = []
  readonly #held: (Ticket | undefined)[]
  /** The deadline that was in force before each stage. */
  readonly #before: Float64Array
  /** The tightest deadline in force. */
  deadline = Infinity

  constructor(size: number) {
    this.#held = Array.from({ length: size }, () => undefined)
    this.#before = new Float64Array(size)
  }

  take(index: number, ticket: Ticket): void {
    this.#held[index] = ticket
    if ((this.stages[index] as Stage).expires) {
      this.#before[index] = this.deadline
      if ((ticket as number) < this.deadline) this.deadline = ticket as number
    }
  }

  of(index: number): Ticket {
    return this.#held[index] as Ticket
  }

  /** Whether the reaction at `index` lets the ending pass; what it throws takes the outcome's place. */
  settleReaction(
    index: number,
    ending: Ending,
    call: Call,
    now: number,
  ): boolean | { readonly error: unknown } {
    const ticket = this.#held[index] as Ticket
    this.#held[index] = undefined
    try {
      return (this.stages[index] as Stage).reaction?.settle(ticket, ending, call, now) ?? true
    } catch (error) {
      return { error }
    }
  }

  settle(index: number, ending: Ending, call: Call, now: number): void {
    const { guard, expires } = this.stages[index] as Stage
    if (expires) this.deadline = this.#before[index] as number
    try {
      guard?.settle(this.#held[index] as Ticket, ending, now)
    } catch (error) {
      report(call, guard as Guard, 'settle', error)
    }
  }

  /** Once a ticket: whatever ran under it has ended. */
  release(index: number, call: Call, now: number): void {
    const ticket = this.#held[index]
    if (ticket === undefined) return
    this.#held[index] = undefined
    const { guard } = this.stages[index] as Stage
    if (guard?.release === undefined) return
    try {
      guard.release(ticket, now)
    } catch (error) {
      report(call, guard, 'release', error)
    }
  }

  /** The outermost of the first `depth` stages whose deadline has passed; -1 for none. */
  firstDue(depth: number, now: number): number {
    for (let index = 0; index < depth; index++) {
      if ((this.stages[index] as Stage).expires && (this.#held[index] as number) <= now) return index
    }
    return -1
  }

  /** The guard at `index` lets its deadline pass; `outermost` is the deadline that the call came with. */
  waive(index: number, depth: number, outermost: number): void {
    this.#held[index] = Infinity
    this.deadline = outermost
    for (let each = 0; each < depth; each++)
      if ((this.stages[each] as Stage).expires) this.take(each, this.#held[each] as Ticket)
  }
}

function report(call: Call, part: Guard, hook: string, error: unknown): void {
  if (call.host.observed)
    call.emit({ type: 'hook.failed', policy: part.name, hook, error } satisfies HookEvent)
}
