import type { CallRecord, Owner } from './call-record.ts'
import { nowhere } from './course.ts'
import type { Course } from './course.ts'
import { Holdings } from './holdings.ts'
import type { Outcome } from '../outcome.ts'
import { linkTo, unlinkFrom } from '../signal.ts'
import type { Abortable } from '../signal.ts'

/** What ran before a reaction took over and has not ended. */
interface Older {
  /** The stages from this one on are released when it has. */
  readonly from: number
  open: number
  readonly calls: readonly CallRecord[]
}

/**
 * From when a run is given a course and a call until the caller has been answered and nothing that it started runs any
 * more. Then what it still holds is released, and it is put back to be used again.
 */
export abstract class Lifetime extends Holdings implements Owner, Abortable {
  protected course: Course = nowhere
  /** The call of what is awaited; undefined between two lives. */
  protected call: CallRecord | undefined
  #parent: Owner | undefined
  /** Whether the caller has been answered. */
  protected settled = false
  /** Whether an operation was started, here or below. */
  protected started = false
  /** What has not ended: the inside, a recovery, runs below. */
  protected open = 0
  #older: Older | undefined
  /** How many of its methods are on the stack. Only the outermost may end the life: the others still work on it. */
  #frames = 0

  abstract cut(reason: unknown): void

  protected abstract putBack(size: number): void

  follow(course: Course): void {
    this.course = course
    course.running++
  }

  /** Binds it to a call, and to what may cut that short. */
  protected live(call: CallRecord): void {
    this.call = call
    this.due = call.ownDeadline
    this.settled = false
    this.started = false
    call.owner = this
    const { parent, options } = call
    if (parent !== undefined) {
      this.#parent = parent.owner
      this.#parent?.childStarted(parent)
      if (!call.outlives) parent.link(this)
    } else if (options.signal !== undefined) {
      if (options.signal.aborted) this.abort(options.signal.reason)
      else linkTo(options.signal, this)
    }
  }

  /** The caller's signal has aborted, or the call that this one is a branch of was cut short. */
  abort(reason: unknown): void {
    this.call?.cancel(reason)
  }

  /** Answers the caller, once. */
  protected finish(outcome: Outcome): void {
    if (this.settled) return
    const { parent, options } = this.call as CallRecord
    this.settled = true
    this.cancel()
    if (parent !== undefined) parent.unlink(this)
    else if (options.signal !== undefined) unlinkFrom(options.signal, this)
    this.answer(outcome)
  }

  protected enterFrame(): void {
    this.#frames++
  }

  protected leaveFrame(): void {
    if (--this.#frames === 0 && this.settled && this.open === 0) this.#complete()
  }

  #complete(): void {
    const call = this.call as CallRecord
    const { course } = this
    const parent = this.#parent
    this.releaseFrom(0, course.stages, call)
    call.owner = undefined
    for (const older of this.#older?.calls ?? none) older.owner = undefined
    this.call = undefined
    this.#parent = undefined
    this.#older = undefined
    this.course = nowhere
    course.running--
    this.putBack(course.stages.length)
    if (call.parent !== undefined) parent?.childEnded(call.parent)
  }

  /** A reaction takes over from the stages behind `index`, with a call of its own. What is open then is older. */
  protected renew(index: number): CallRecord {
    const before = this.call as CallRecord
    this.loosen(before.ownDeadline, index, this.course.stages)
    this.call = before.renewed()
    this.call.owner = this
    this.#older = { from: index + 1, open: this.open, calls: [before, ...(this.#older?.calls ?? none)] }
    return this.call
  }

  /** Something has ended that ran before a reaction took over, or after the caller was answered. */
  protected olderEnded(): void {
    const older = this.#older
    if (older === undefined || older.open === 0 || --older.open > 0) return
    this.releaseFrom(older.from, this.course.stages, this.call as CallRecord)
  }

  childStarted(parent: CallRecord): void {
    this.open++
    if (this.#older !== undefined && parent !== this.call) this.#older.open++
  }

  childEnded(parent: CallRecord): void {
    this.enterFrame()
    this.open--
    if (parent !== this.call) this.olderEnded()
    this.leaveFrame()
  }

  operationStarted(): void {
    if (this.started) return
    this.started = true
    if (this.#parent === undefined) return
    // What it was given: a reaction may have taken over since.
    const given = this.#older?.calls.at(-1) ?? this.call
    given?.begin()
    this.#parent.operationStarted()
  }
}

const none: readonly CallRecord[] = []
