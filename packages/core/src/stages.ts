import type { Call } from './call.ts'
import type { Guard } from './guard.ts'
import type { HookEvent } from './hook.ts'
import type { Ending } from './outcome.ts'
import type { Reaction } from './policy.ts'
import type { Ticket } from './wait.ts'

/**
 * One part on the way of a call: a guard or a reaction. Its methods are taken out once, so that the way of every call
 * looks alike to the engine whatever parts it leads through.
 */
export class Stage {
  readonly part: Guard | Reaction
  readonly reaction: Reaction | undefined
  /** Whether the guard sets deadlines. */
  readonly expires: boolean
  readonly admit: Guard['admit'] | undefined
  readonly begin: Reaction['begin']
  readonly settleGuard: Guard['settle']
  readonly settleReaction: Reaction['settle']
  readonly release: Guard['release']

  constructor(part: Guard | Reaction) {
    this.part = part
    if ('recover' in part) {
      this.reaction = part
      this.expires = false
      this.admit = undefined
      this.begin = part.begin
      this.settleGuard = nothing
      this.settleReaction = part.settle
      this.release = undefined
    } else {
      this.reaction = undefined
      this.expires = part.expire !== undefined
      this.admit = part.admit
      this.begin = undefined
      this.settleGuard = part.settle
      this.settleReaction = passes
      this.release = part.release
    }
  }
}

const nothing = (): void => {}
const passes = (): boolean => true

/** The tickets that one run holds, and the deadlines that they set. */
export class Tickets {
  stages: readonly Stage[] = []
  readonly #held: (Ticket | undefined)[]
  /** The deadline that was in force before each stage. */
  readonly #before: Float64Array
  /** How many tickets are held. */
  count = 0
  /** The tightest deadline in force. */
  deadline: number = Infinity

  constructor(size: number) {
    this.#held = Array.from({ length: size }, () => undefined)
    this.#before = new Float64Array(size)
  }

  take(index: number, ticket: Ticket): void {
    this.#held[index] = ticket
    this.count++
    if ((this.stages[index] as Stage).expires) this.#tighten(index, ticket as number)
  }

  #tighten(index: number, deadline: number): void {
    this.#before[index] = this.deadline
    if (deadline < this.deadline) this.deadline = deadline
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
    this.#drop(index)
    try {
      const { part, settleReaction } = this.stages[index] as Stage
      return settleReaction.call(part as Reaction, ticket, ending, call, now)
    } catch (error) {
      return { error }
    }
  }

  settle(index: number, ending: Ending, call: Call, now: number): void {
    const { part, settleGuard, expires } = this.stages[index] as Stage
    if (expires) this.deadline = this.#before[index] as number
    try {
      settleGuard.call(part as Guard, this.#held[index] as Ticket, ending, now)
    } catch (error) {
      report(call, part, 'settle', error)
    }
  }

  /** Once a ticket: whatever ran under it has ended. */
  release(index: number, call: Call, now: number): void {
    const ticket = this.#held[index]
    if (ticket === undefined) return
    this.#drop(index)
    const { part, release } = this.stages[index] as Stage
    if (release === undefined) return
    try {
      release.call(part as Guard, ticket, now)
    } catch (error) {
      report(call, part, 'release', error)
    }
  }

  #drop(index: number): void {
    this.#held[index] = undefined
    this.count--
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
      if ((this.stages[each] as Stage).expires) this.#tighten(each, this.#held[each] as number)
  }
}

function report(call: Call, part: Guard | Reaction, hook: string, error: unknown): void {
  if (call.host.observed)
    call.emit({ type: 'hook.failed', policy: part.name, hook, error } satisfies HookEvent)
}
