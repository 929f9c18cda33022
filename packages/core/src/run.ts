import { Answer } from './answer.ts'
import type { CallRecord, Owner } from './call-record.ts'
import { Rejection } from './error.ts'
import type { Guard } from './guard.ts'
import type { Ending, Outcome } from './outcome.ts'
import type { Next, Reaction } from './policy.ts'
import { linkTo, unlinkFrom } from './signal.ts'
import type { Abortable } from './signal.ts'
import { Tickets } from './stages.ts'
import type { Stage } from './stages.ts'
import { TimeoutError } from './timeout-error.ts'
import { Wait } from './wait.ts'
import type { Ticket, Waiter } from './wait.ts'

/** What an operation returns whose end is told by `Run.end`. */
export const held: unique symbol = Symbol('held')

/** The stages that a run takes its call through, and what they stand around. */
export interface Course {
  readonly stages: readonly Stage[]
  /** The operation where undefined. */
  readonly inner: Next | undefined
  /** The course behind stage `index`. */
  inside(index: number): Next
  readonly pool: Run[]
}

const nowhere: Course = {
  stages: [],
  inner: undefined,
  inside: () => () => Promise.reject(new TypeError('nowhere')),
  pool: [],
}

const pooledRuns = 1_000

/** Runs that have ended, by the number of their stages. */
const pools: Run[][] = []

/** The runs that courses of so many stages reuse. */
export function poolOf(stages: readonly Stage[]): Run[] {
  return (pools[stages.length] ??= [])
}

/** A run for `course`, set out by `execute` or `start`. */
export function takeRun(course: Course): Run {
  const run = course.pool.pop() ?? new Run(course.stages.length)
  run.follow(course)
  return run
}

/**
 * One call on its way through one course. It is admitted stage by stage, runs the inside, and settles the stages in
 * reverse. A deadline or a cancellation settles them before the inside has ended; what it holds is then released
 * when that has happened. Runs are reused: nothing outside may hold one after it has ended.
 */
export class Run extends Answer implements Owner, Abortable, Waiter {
  #course: Course = nowhere
  readonly #tickets: Tickets
  #call: CallRecord | undefined
  #parent: Owner | undefined
  #leaveParent: (() => void) | undefined
  #wait: Wait | undefined
  /** The deadline that the call came with. */
  #ownDeadline = Infinity
  /** How many stages the call is inside of. */
  #depth = 0
  #starting = false
  /** Whether an operation was started, here or below. */
  #started = false
  /** Whose end is awaited: that of the inside, or of a reaction that took over. */
  #awaited: 'inside' | 'recovery' | undefined
  /** What has not ended: the inside, a recovery, runs below. */
  #open = 0
  /** Where a reaction has taken over; its index, or the number of stages. */
  #boundary = 0
  /** What is still open of what ran before it did. */
  #olderOpen = 0
  /** The call that the inside runs with; a recovery has one of its own. */
  #insideCall: CallRecord | undefined
  #parentCall: CallRecord | undefined
  #settled = false

  constructor(size: number) {
    super()
    this.#tickets = new Tickets(size)
  }

  follow(course: Course): void {
    this.#course = course
    this.#tickets.stages = course.stages
  }

  /** Runs the call. With `asOutcome` the promise never rejects. */
  execute(call: CallRecord, asOutcome = false): Promise<unknown> {
    const early = this.start(call)
    if (early === undefined) return this.promise(asOutcome)
    if (asOutcome) return Promise.resolve(early)
    return 'error' in early ? Promise.reject(early.error) : Promise.resolve(early.value)
  }

  /** Rejects or resolves when a call that was started is over. */
  execution(): Promise<unknown> {
    return this.promise(false)
  }

  /** Sets out; returns the outcome if it is there at once. Otherwise the promise must be asked for now. */
  start(call: CallRecord): Outcome | undefined {
    const now = call.host.clock.now()
    this.#call = call
    this.#insideCall = call
    this.#boundary = this.#course.stages.length
    this.#olderOpen = 0
    this.#ownDeadline = call.deadline
    this.#tickets.deadline = call.deadline
    this.#settled = false
    this.#started = false
    this.#starting = true
    call.owner = this
    if (call.parent !== undefined) this.#join(call.parent)
    else if (call.options.signal !== undefined) this.#link(call.options.signal)
    if (!this.#settled) this.#enter(call, now)
    this.#starting = false
    const early = this.takeEarly()
    this.#completeIfEnded(now)
    return early
  }

  #join(parent: CallRecord): void {
    this.#parent = parent.owner
    this.#parentCall = parent
    this.#parent?.childStarted(parent)
    this.#leaveParent = parent.onCancel((reason) => this.#call?.cancel(reason))
  }

  #link(signal: AbortSignal): void {
    if (signal.aborted) this.abort(signal.reason)
    else linkTo(signal, this)
  }

  /** The caller's signal has aborted. */
  abort(reason: unknown): void {
    this.#call?.cancel(reason)
  }

  #enter(call: CallRecord, now: number): void {
    const { stages } = this.#course
    for (; this.#depth < stages.length; this.#depth++) {
      const { part, admit, begin } = stages[this.#depth] as Stage
      if (admit === undefined) {
        this.#tickets.take(this.#depth, begin === undefined ? 0 : begin.call(part as Reaction, call, now))
        continue
      }
      let ticket: Ticket | Wait | Rejection
      try {
        ticket = admit.call(part as Guard, call, now)
      } catch (error) {
        return this.#unwind({ error }, now)
      }
      if (typeof ticket !== 'number') {
        if (ticket instanceof Rejection) return this.refused(ticket, now)
        if (ticket instanceof Wait) return this.#await(ticket, now)
      }
      this.#tickets.take(this.#depth, ticket)
    }
    call.deadline = this.#tickets.deadline
    if (call.deadline <= now) this.fire(now)
    else this.#begin(call, now)
  }

  #await(wait: Wait, now: number): void {
    this.#wait = wait
    wait.listen(this)
    this.#watch(now)
  }

  granted(ticket: Ticket, now: number): void {
    this.#wait = undefined
    this.#tickets.take(this.#depth++, ticket)
    this.#enter(this.#call as CallRecord, now)
  }

  refused(rejection: Rejection, now: number): void {
    this.#wait = undefined
    rejection.arose((this.#call as CallRecord).execution)
    this.#unwind({ error: rejection }, now)
  }

  #begin(call: CallRecord, now: number): void {
    const { inner } = this.#course
    this.#open++
    this.#awaited = 'inside'
    if (inner === undefined) this.operationStarted()
    let result: unknown
    try {
      result = inner === undefined ? call.operation(call) : inner(call)
      if (result === held) return this.#watch(now)
      if (result instanceof Promise || isThenable(result)) {
        this.#watch(now)
        Promise.resolve(result).then(this.#onValue, this.#onError)
        return
      }
    } catch (error) {
      return this.end({ error })
    }
    this.end({ value: result })
  }

  /** Has the wheel call at the deadline in force, if there is one. */
  #watch(now: number): void {
    const { deadline } = this.#tickets
    if (deadline < Infinity && !this.#settled) (this.#call as CallRecord).host.wheel.add(this, deadline, now)
  }

  readonly #onValue = (value: unknown): void => this.end({ value })

  readonly #onError = (error: unknown): void => this.end({ error })

  /** The inside has ended. */
  end(outcome: Outcome): void {
    const call = this.#call as CallRecord
    const now = call.host.clock.now()
    this.#open--
    if (this.#awaited === 'inside') {
      this.#awaited = undefined
      return this.#unwind(outcome, now)
    }
    this.#olderEnded(now)
  }

  /** Settles the stages from the inside out, until a reaction takes over or the caller hears. */
  #unwind(outcome: Outcome, now: number): void {
    const call = this.#call as CallRecord
    let ending = this.#endingOf(outcome)
    while (this.#depth > 0) {
      const index = --this.#depth
      const { reaction } = this.#course.stages[index] as Stage
      if (reaction === undefined) {
        this.#leave(index, ending, now)
        continue
      }
      const ticket = this.#tickets.of(index)
      const passes = this.#tickets.settleReaction(index, outcome, call, now)
      if (passes === false) return this.#recover(index, reaction, ticket, outcome, now)
      if (passes === true) continue
      outcome = passes
      ending = this.#endingOf(outcome)
    }
    this.#finish(outcome, now)
  }

  /** Refusals within the execution blame nobody, and neither does what never began. */
  #endingOf(outcome: Outcome): Ending {
    if (!('error' in outcome)) return outcome
    if (!this.#started) return 'unstarted'
    return Rejection.isOf((this.#call as CallRecord).execution, outcome.error) ? 'cancelled' : outcome
  }

  #leave(index: number, ending: Ending, now: number): void {
    const call = this.#call as CallRecord
    this.#tickets.settle(index, ending, call, now)
    if (this.#open === 0) this.#tickets.release(index, call, now)
  }

  #recover(index: number, reaction: Reaction, ticket: Ticket, outcome: Outcome, now: number): void {
    const before = this.#call as CallRecord
    const call = before.renewed(this.#tickets.deadline)
    call.owner = this
    this.#call = call
    this.#boundary = index
    this.#olderOpen = this.#open++
    this.#awaited = 'recovery'
    this.#watch(now)
    let recovery: Promise<unknown>
    try {
      recovery = reaction.recover(ticket, outcome, call, this.#course.inside(index))
    } catch (error) {
      return this.#recovered(call, { error })
    }
    recovery.then(
      (value) => this.#recovered(call, { value }),
      (error: unknown) => this.#recovered(call, { error }),
    )
  }

  #recovered(call: CallRecord, outcome: Outcome): void {
    const now = call.host.clock.now()
    this.#open--
    if (this.#call !== call) return this.#olderEnded(now)
    if (this.#awaited !== 'recovery') return this.#completeIfEnded(now)
    this.#awaited = undefined
    this.cancel()
    this.#unwind(outcome, now)
  }

  /** A deadline has passed. */
  override fire(now: number): void {
    const call = this.#call as CallRecord
    if (this.#ownDeadline <= now) {
      const error = new TimeoutError(`${call.host.pipeline}: the call's deadline has passed`, {
        policy: call.host.pipeline,
        key: call.key,
      })
      return this.#cutTo(0, error, { error }, now)
    }
    const index = this.#tickets.firstDue(this.#depth, now)
    if (index < 0) return this.#watch(now)
    const { part } = this.#course.stages[index] as Stage
    const error = (part as Guard).expire?.(call, now)
    if (error !== undefined) return this.#cutTo(index + 1, error, { error }, now)
    this.#tickets.waive(index, this.#depth, this.#ownDeadline)
    this.#watch(now)
  }

  /** The call was cut short from outside. */
  cut(reason: unknown): void {
    if (!this.#settled) this.#cutTo(0, reason, undefined, (this.#call as CallRecord).host.clock.now())
  }

  /**
   * Leaves the stages down to `depth` without waiting for the inside. Guards of the layer whose deadline passed hear
   * of `outcome`, those behind a reaction only that the call was cancelled.
   */
  #cutTo(depth: number, reason: unknown, outcome: Outcome | undefined, now: number): void {
    const call = this.#call as CallRecord
    const { stages } = this.#course
    let layerEnd = depth
    if (depth > 0) while (layerEnd < this.#depth && stages[layerEnd]?.reaction === undefined) layerEnd++
    this.#awaited = undefined
    this.cancel()
    const wait = this.#wait
    this.#wait = undefined
    while (this.#depth > depth) {
      const index = --this.#depth
      const { reaction } = stages[index] as Stage
      if (reaction !== undefined) this.#tickets.settleReaction(index, 'cancelled', call, now)
      else if (!this.#started) this.#leave(index, 'unstarted', now)
      else this.#leave(index, index < layerEnd && outcome !== undefined ? outcome : 'cancelled', now)
    }
    if (depth > 0) this.#unwind({ error: reason }, now)
    else this.#finish({ error: reason }, now)
    wait?.abort(now)
    call.abort(reason)
  }

  #finish(outcome: Outcome, now: number): void {
    const call = this.#call as CallRecord
    this.#settled = true
    this.cancel()
    this.#leaveParent?.()
    this.#leaveParent = undefined
    if (call.parent === undefined && call.options.signal !== undefined) unlinkFrom(call.options.signal, this)
    this.answer(outcome)
    this.#completeIfEnded(now)
  }

  #completeIfEnded(now: number): void {
    if (!this.#settled || this.#open > 0 || this.#starting) return
    const call = this.#call as CallRecord
    const parent = this.#parent
    const parentCall = this.#parentCall
    if (this.#tickets.count > 0) this.#releaseAll(0, call, now)
    call.owner = undefined
    if (this.#insideCall !== undefined) this.#insideCall.owner = undefined
    this.#call = undefined
    this.#parent = undefined
    this.#parentCall = undefined
    this.#insideCall = undefined
    const { pool } = this.#course
    this.#course = nowhere
    if (pool.length < pooledRuns) pool.push(this)
    if (parentCall !== undefined) parent?.childEnded(parentCall, now)
  }

  #releaseAll(from: number, call: CallRecord, now: number): void {
    for (let index = this.#course.stages.length - 1; index >= from; index--)
      this.#tickets.release(index, call, now)
  }

  /** Something has ended that ran before a reaction took over, or after the caller was answered. */
  #olderEnded(now: number): void {
    if (this.#olderOpen > 0 && --this.#olderOpen === 0) {
      this.#releaseAll(this.#boundary + 1, this.#call as CallRecord, now)
    }
    this.#completeIfEnded(now)
  }

  childStarted(parent: CallRecord): void {
    this.#open++
    if (parent !== this.#call) this.#olderOpen++
  }

  childEnded(parent: CallRecord, now: number): void {
    this.#open--
    if (parent === this.#call) this.#completeIfEnded(now)
    else this.#olderEnded(now)
  }

  operationStarted(): void {
    if (this.#started) return
    this.#started = true
    this.#parent?.operationStarted()
  }
}

function isThenable(value: unknown): boolean {
  return value !== null && typeof value === 'object' && 'then' in value && typeof value.then === 'function'
}
