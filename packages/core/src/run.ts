import type { CallRecord, Owner } from './call-record.ts'
import { nowhere } from './course.ts'
import type { Course } from './course.ts'
import { Rejection } from './error.ts'
import type { Guard } from './guard.ts'
import { giveBack, Holdings } from './holdings.ts'
import type { Ending, Outcome } from './outcome.ts'
import type { Reaction } from './policy.ts'
import { linkTo, unlinkFrom } from './signal.ts'
import type { Abortable } from './signal.ts'
import { passes } from './stages.ts'
import type { Stage } from './stages.ts'
import { TimeoutError } from './timeout-error.ts'
import { Wait } from './wait.ts'
import type { Ticket, Waiter } from './wait.ts'

/** What an operation returns whose end is told by `Run.end`. */
export const held: unique symbol = Symbol('held')

/** Runs that have ended, by the number of their stages; courses of equally many share them. */
const pools: Run[][] = []
const pooledRuns = 1_000

/** A run for `course`, set out by `execute` or `start`. */
export function takeRun(course: Course): Run {
  const size = course.stages.length
  const run = (pools[size] ??= []).pop() ?? new Run(size)
  run.follow(course)
  return run
}

function putBack(run: Run, size: number): void {
  const pool = pools[size] as Run[]
  if (pool.length < pooledRuns) pool.push(run)
}

/** What ran before a reaction took over and has not ended. */
interface Older {
  /** The stages from this one on are released when it has. */
  readonly from: number
  open: number
  readonly calls: readonly CallRecord[]
}

/**
 * One call on its way through one course. It is admitted stage by stage, runs the inside, and settles the stages in
 * reverse. A deadline or a cancellation settles them before the inside has ended; what it holds is then released
 * when that has happened. Runs are reused: nothing outside may hold one after it has ended.
 */
export class Run extends Holdings implements Owner, Abortable, Waiter {
  #course: Course = nowhere
  #call: CallRecord | undefined
  #parent: Owner | undefined
  #wait: Wait | undefined
  /** How many stages the call is inside of. */
  #depth = 0
  /** How many of its methods are on the stack. */
  #frames = 0
  /** Whether an operation was started, here or below. */
  #started = false
  /** Whose end is awaited: that of the inside, or of a reaction that took over. */
  #awaited: 'inside' | 'recovery' | undefined
  /** What has not ended: the inside, a recovery, runs below. */
  #open = 0
  #older: Older | undefined
  #settled = false
  /** Whether nothing but the inside can end the call, so that the caller may have a promise that follows its own. */
  #derives = false
  #derived: Promise<unknown> | undefined

  follow(course: Course): void {
    this.#course = course
    course.running++
  }

  /** Runs the call. With `asOutcome` the promise never rejects. */
  execute(call: CallRecord, asOutcome = false): Promise<unknown> {
    this.asOutcome = asOutcome
    this.#derives = call.parent === undefined && call.options.signal === undefined
    const early = this.start(call)
    this.#derives = false
    if (early === undefined) return this.#derived ?? this.promise()
    if (asOutcome) return Promise.resolve(early)
    return 'error' in early ? Promise.reject(early.error) : Promise.resolve(early.value)
  }

  /** Rejects or resolves when a call that was started is over. */
  execution(): Promise<unknown> {
    this.asOutcome = false
    return this.promise()
  }

  /** Sets out; returns the outcome if it is there at once. Otherwise the promise must be asked for now. */
  start(call: CallRecord): Outcome | undefined {
    this.#call = call
    this.deadline = call.ownDeadline
    this.#settled = false
    this.#started = false
    this.#frames++
    call.owner = this
    if (call.parent !== undefined) this.#join(call.parent)
    else if (call.options.signal !== undefined) this.#link(call.options.signal)
    if (!this.#settled) this.#enter(call, call.host.clock.now())
    const early = this.takeEarly()
    this.#leaveFrame()
    return early
  }

  #join(parent: CallRecord): void {
    this.#parent = parent.owner
    this.#parent?.childStarted(parent)
    parent.link(this)
  }

  #link(signal: AbortSignal): void {
    if (signal.aborted) this.abort(signal.reason)
    else linkTo(signal, this)
  }

  /** The caller's signal has aborted, or the call that this one is a branch of was cut short. */
  abort(reason: unknown): void {
    this.#call?.cancel(reason)
  }

  #enter(call: CallRecord, now: number): void {
    const { stages } = this.#course
    for (; this.#depth < stages.length; this.#depth++) {
      const stage = stages[this.#depth] as Stage
      let ticket: Ticket | Wait | Rejection = 0
      try {
        if (stage.enter !== undefined) ticket = stage.enter.call(stage.part, call, now)
      } catch (error) {
        return this.#unwind({ error }, now)
      }
      if (this.#settled) return this.#decline(stage, ticket, now)
      if (typeof ticket !== 'number') {
        if (ticket instanceof Rejection) return this.#refuse(ticket, now)
        if (ticket instanceof Wait) return this.#await(ticket, now)
      }
      this.take(this.#depth, ticket, stage)
    }
    if (this.deadline <= now) this.#expire(now)
    else this.#begin(call, now)
  }

  /** The call was cut short while `stage` admitted it. */
  #decline(stage: Stage, ticket: Ticket | Wait | Rejection, now: number): void {
    const call = this.#call as CallRecord
    if (ticket instanceof Wait) ticket.abort(now)
    else if (stage.isReaction) passes(stage, ticket, 'cancelled', call, now)
    else if (!(ticket instanceof Rejection)) giveBack(stage, ticket, call, now)
  }

  #await(wait: Wait, now: number): void {
    this.#wait = wait
    wait.listen(this)
    if (this.#wait === wait) this.#watch(now)
  }

  granted(ticket: Ticket, now: number): void {
    this.#frames++
    this.#wait = undefined
    this.take(this.#depth, ticket, this.#course.stages[this.#depth] as Stage)
    this.#depth++
    this.#enter(this.#call as CallRecord, now)
    this.#leaveFrame()
  }

  refused(rejection: Rejection, now: number): void {
    this.#frames++
    this.#wait = undefined
    this.#refuse(rejection, now)
    this.#leaveFrame()
  }

  #refuse(rejection: Rejection, now: number): void {
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
    } catch (error) {
      return this.end({ error })
    }
    if (result instanceof Promise) this.#follow(result, now)
    else if (result === held) this.#watch(now)
    else if (isThenable(result)) this.#follow(Promise.resolve(result), now)
    else this.end({ value: result })
  }

  #follow(promise: Promise<unknown>, now: number): void {
    const followed = promise.then(this.#onValue, this.#onError)
    if (this.#derives && this.deadline === Infinity) this.#derived = followed
    else this.#watch(now)
  }

  /** Has the wheel call at the deadline in force, if there is one. */
  #watch(now: number): void {
    if (this.deadline === Infinity || this.#settled) return
    const { host } = this.#call as CallRecord
    host.wheel.add(this, this.deadline, now)
  }

  readonly #onValue = (value: unknown): unknown =>
    this.#derived === undefined ? this.end({ value }) : this.#conclude({ value })

  readonly #onError = (error: unknown): unknown =>
    this.#derived === undefined ? this.end({ error }) : this.#conclude({ error })

  /** The inside has ended. Returns or throws what the caller hears, whose promise follows that of the inside. */
  #conclude(outcome: Outcome): unknown {
    const { asOutcome } = this
    this.#frames++
    this.#derived = undefined
    this.end(outcome)
    const early = this.takeEarly()
    const later = early === undefined ? this.promise() : undefined
    this.#leaveFrame()
    if (early === undefined) return later
    if (asOutcome) return early
    if ('error' in early) throw early.error
    return early.value
  }

  /** The inside has ended. */
  end(outcome: Outcome): void {
    this.#frames++
    this.#open--
    const now = (this.#call as CallRecord).host.clock.now()
    if (this.#awaited === 'inside') {
      this.#awaited = undefined
      this.#unwind(outcome, now)
    } else this.#olderEnded()
    this.#leaveFrame()
  }

  /** Settles the stages from the inside out, until a reaction takes over or the caller hears. */
  #unwind(outcome: Outcome, now: number): void {
    const call = this.#call as CallRecord
    const { stages } = this.#course
    let ending = this.#endingOf(outcome)
    while (this.#depth > 0) {
      const index = --this.#depth
      const stage = stages[index] as Stage
      if (!stage.isReaction) {
        this.leave(stage, index, ending, this.#open > 0, call, now)
        continue
      }
      const ticket = this.takeBack(index)
      const verdict = passes(stage, ticket, outcome, call, now)
      if (verdict === true) continue
      if (verdict === false) return this.#recover(stage, index, ticket, outcome, now)
      outcome = verdict
      ending = this.#endingOf(outcome)
    }
    this.#finish(outcome)
  }

  /** Refusals within the execution blame nobody, and neither does what never began. */
  #endingOf(outcome: Outcome): Ending {
    if (!('error' in outcome)) return outcome
    if (!this.#started) return 'unstarted'
    return Rejection.isOf((this.#call as CallRecord).execution, outcome.error) ? 'cancelled' : outcome
  }

  #recover(stage: Stage, index: number, ticket: Ticket, outcome: Outcome, now: number): void {
    const before = this.#call as CallRecord
    if (this.#settled) return void passes(stage, ticket, 'cancelled', before, now)
    const call = before.renewed()
    this.loosen(before.ownDeadline, index, this.#course.stages)
    call.owner = this
    this.#call = call
    this.#older = { from: index + 1, open: this.#open++, calls: [before, ...(this.#older?.calls ?? [])] }
    this.#awaited = 'recovery'
    this.#watch(now)
    let recovery: Promise<unknown>
    try {
      recovery = (stage.part as Reaction).recover(ticket, outcome, call, this.#course.inside(index))
    } catch (error) {
      return this.#recovered(call, { error })
    }
    recovery.then(
      (value) => this.#recovered(call, { value }),
      (error: unknown) => this.#recovered(call, { error }),
    )
  }

  #recovered(call: CallRecord, outcome: Outcome): void {
    this.#frames++
    this.#open--
    if (this.#call !== call) this.#olderEnded()
    else if (this.#awaited === 'recovery') {
      this.#awaited = undefined
      this.cancel()
      this.#unwind(outcome, call.host.clock.now())
    }
    this.#leaveFrame()
  }

  /** A deadline has passed. */
  override fire(now: number): void {
    this.#frames++
    this.#expire(now)
    this.#leaveFrame()
  }

  #expire(now: number): void {
    const call = this.#call as CallRecord
    const { stages } = this.#course
    if (call.ownDeadline <= now) {
      const error = new TimeoutError(`${call.host.pipeline}: the call's deadline has passed`, {
        policy: call.host.pipeline,
        key: call.key,
      })
      return this.#cutTo(0, error, undefined, now)
    }
    const index = this.firstDue(this.#depth, stages, now)
    if (index < 0) return this.#watch(now)
    const error = (stages[index]?.part as Guard).expire?.(call, now)
    if (this.#settled) return
    if (error !== undefined) return this.#cutTo(index + 1, error, { error }, now)
    this.waive(index)
    this.loosen(call.ownDeadline, this.#depth, stages)
    if (this.deadline <= now) this.#expire(now)
    else if (this.#awaited === undefined && this.#wait === undefined) this.#begin(call, now)
    else this.#watch(now)
  }

  /** The call was cut short from outside. */
  cut(reason: unknown): void {
    if (this.#settled) return
    this.#frames++
    this.#cutTo(0, reason, undefined, (this.#call as CallRecord).host.clock.now())
    this.#leaveFrame()
  }

  /**
   * Leaves the stages down to `depth` without waiting for the inside. Guards of the layer whose deadline passed hear
   * of `outcome`, those behind a reaction only that the call was cancelled.
   */
  #cutTo(depth: number, reason: unknown, outcome: Outcome | undefined, now: number): void {
    const call = this.#call as CallRecord
    const { stages } = this.#course
    let layerEnd = depth
    while (outcome !== undefined && stages[layerEnd]?.isReaction === false) layerEnd++
    this.#awaited = undefined
    this.cancel()
    const wait = this.#wait
    this.#wait = undefined
    while (this.#depth > depth) {
      const index = --this.#depth
      const stage = stages[index] as Stage
      const heard = index < layerEnd && outcome !== undefined ? outcome : 'cancelled'
      if (stage.isReaction) passes(stage, this.takeBack(index), 'cancelled', call, now)
      else this.leave(stage, index, this.#started ? heard : 'unstarted', this.#open > 0, call, now)
    }
    if (depth > 0) this.#unwind({ error: reason }, now)
    else this.#finish({ error: reason })
    wait?.abort(now)
    call.abort(reason)
  }

  #finish(outcome: Outcome): void {
    if (this.#settled) return
    const { parent, options } = this.#call as CallRecord
    this.#settled = true
    this.cancel()
    if (parent !== undefined) parent.unlink(this)
    else if (options.signal !== undefined) unlinkFrom(options.signal, this)
    this.answer(outcome)
  }

  /** What is inside of a frame may end the run, but only the outermost gives it away. */
  #leaveFrame(): void {
    if (--this.#frames === 0 && this.#settled && this.#open === 0) this.#complete()
  }

  #complete(): void {
    const call = this.#call as CallRecord
    const parent = this.#parent
    this.releaseFrom(0, this.#course.stages, call)
    call.owner = undefined
    if (this.#older !== undefined) for (const older of this.#older.calls) older.owner = undefined
    this.#call = undefined
    this.#parent = undefined
    this.#older = undefined
    const course = this.#course
    course.running--
    this.#course = nowhere
    putBack(this, course.stages.length)
    if (call.parent !== undefined) parent?.childEnded(call.parent)
  }

  /** Something has ended that ran before a reaction took over, or after the caller was answered. */
  #olderEnded(): void {
    const older = this.#older
    if (older === undefined || older.open === 0 || --older.open > 0) return
    this.releaseFrom(older.from, this.#course.stages, this.#call as CallRecord)
  }

  childStarted(parent: CallRecord): void {
    this.#open++
    if (this.#older !== undefined && parent !== this.#call) this.#older.open++
  }

  childEnded(parent: CallRecord): void {
    this.#frames++
    this.#open--
    if (parent !== this.#call) this.#olderEnded()
    this.#leaveFrame()
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
