import { Answer } from './answer.ts'
import type { CallRecord } from './call-record.ts'
import type { Guard } from '../guard.ts'
import type { HookEvent } from '../hook.ts'
import type { Ending } from '../outcome.ts'
import type { Stage } from './stages.ts'
import type { Ticket, Wait } from '../wait.ts'

/** What a run holds of the stages that let it in: a ticket each, and the deadlines among them. */
export abstract class Holdings extends Answer {
  readonly #tickets: (Ticket | undefined)[]
  /** Whether tickets may be held of stages that are settled: something runs on under them. */
  #owes = false

  constructor(size: number) {
    super()
    this.#tickets = Array.from({ length: size }, () => undefined)
  }

  /** The tightest in force: what the call came with, or what a stage set. */
  get deadline(): number {
    return this.due
  }

  protected take(index: number, ticket: Ticket, { role }: Stage): void {
    this.#tickets[index] = ticket
    if (role === 'deadline' && typeof ticket === 'number' && ticket < this.due) this.due = ticket
  }

  /** A reaction's ticket, which needs no release. */
  protected takeBack(index: number): Ticket {
    const ticket = this.#tickets[index] as Ticket
    this.#tickets[index] = undefined
    return ticket
  }

  /** Settles a guard, and releases it unless something runs on under it. */
  protected leave(
    stage: Stage,
    index: number,
    ending: Ending,
    runsOn: boolean,
    call: CallRecord,
    now: number,
  ): void {
    const ticket = this.#tickets[index] as Ticket
    settle(stage, ticket, ending, call, now)
    if (runsOn) {
      this.#owes = true
      return
    }
    this.#tickets[index] = undefined
    release(stage, ticket, call, now)
  }

  /** Releases what is held of the stages from `first` on. */
  protected releaseFrom(first: number, stages: readonly Stage[], call: CallRecord): void {
    if (!this.#owes) return
    const now = call.host.clock.now()
    if (first === 0) this.#owes = false
    for (let index = stages.length - 1; index >= first; index--) {
      const ticket = this.#tickets[index]
      if (ticket === undefined) continue
      this.#tickets[index] = undefined
      release(stages[index] as Stage, ticket, call, now)
    }
  }

  /** Puts the deadline in force that the first `depth` stages set, or else `own`. */
  protected loosen(own: number, depth: number, stages: readonly Stage[]): void {
    this.due = own
    for (let index = 0; index < depth; index++)
      this.take(index, this.#tickets[index] as Ticket, stages[index] as Stage)
  }

  /** A stage lets its deadline pass. */
  protected waive(index: number): void {
    this.#tickets[index] = Infinity
  }

  /** The outermost of the first `depth` stages whose deadline has passed; -1 for none. */
  protected firstDue(depth: number, stages: readonly Stage[], now: number): number {
    for (let index = 0; index < depth; index++) {
      const ticket = this.#tickets[index]
      const { role } = stages[index] as Stage
      if (role === 'deadline' && typeof ticket === 'number' && ticket <= now) return index
    }
    return -1
  }
}

/** Settles and releases a guard whose ticket was never held. */
export function giveBack(stage: Stage, ticket: Ticket, call: CallRecord, now: number): void {
  settle(stage, ticket, 'unstarted', call, now)
  release(stage, ticket, call, now)
}

/** Leaves a guard's queue. What it throws is reported. */
export function giveUp(wait: Wait, stage: Stage, call: CallRecord, now: number): void {
  try {
    wait.abort(now)
  } catch (error) {
    report(call, stage, 'left', error)
  }
}

/** Tells a guard how it ended, once. What it throws is reported. */
function settle(stage: Stage, ticket: Ticket, ending: Ending, call: CallRecord, now: number): void {
  const method = stage.settle as Guard['settle']
  if (method === undefined) return
  try {
    method.call(stage.part as Guard, ticket, ending, now)
  } catch (error) {
    report(call, stage, 'settle', error)
  }
}

/** Tells a guard, once, that nothing runs on. What it throws is reported. */
function release(stage: Stage, ticket: Ticket, call: CallRecord, now: number): void {
  if (stage.release === undefined) return
  try {
    stage.release.call(stage.part as Guard, ticket, now)
  } catch (error) {
    report(call, stage, 'release', error)
  }
}

function report({ host }: CallRecord, { part }: Stage, hook: string, error: unknown): void {
  if (host.observed) host.emit({ type: 'hook.failed', policy: part.name, hook, error } satisfies HookEvent)
}
