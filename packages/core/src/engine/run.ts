import type { CallRecord } from './call-record.ts'
import type { Course } from './course.ts'
import { Rejection } from '../error.ts'
import { giveUp } from './holdings.ts'
import { isThenable } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import type { Reaction } from '../policy.ts'
import { expiry, passes } from './stages.ts'
import type { Stage } from './stages.ts'
import { TimeoutError } from '../timeout-error.ts'
import type { Ticket } from '../wait.ts'
import { WayIn } from './way-in.ts'

/** Runs that have ended, by the number of their stages; courses of equally many share them. */
const pools: Run[][] = []
const pooledRuns = 10_000

/** A run for `course`, set out by `execute` or `start`. */
export function takeRun(course: Course): Run {
  const size = course.stages.length
  const run = (pools[size] ??= []).pop() ?? new Run(size)
  run.follow(course)
  return run
}

/**
 * One call on its way through one course. It is admitted stage by stage, runs the inside, and settles the stages in
 * reverse. A deadline or a cancellation settles them before the inside has ended; what it holds is then released
 * when that has happened. Runs are reused: nothing outside may hold one after its life.
 *
 * All of it is one object, because one is made for every call in flight: `Answer`, `Holdings`, `Lifetime` and `WayIn`
 * are its parts, each on top of the one before. Here is the way out.
 */
export class Run extends WayIn {
  protected override putBack(size: number): void {
    const pool = pools[size] as Run[]
    if (pool.length < pooledRuns) pool.push(this)
  }

  override end(outcome: Outcome): void {
    this.enterFrame()
    this.open--
    if (this.awaited === 'inside') {
      this.awaited = undefined
      this.unwind(outcome, (this.call as CallRecord).host.clock.now())
    } else this.olderEnded()
    this.leaveFrame()
  }

  /** Settles the stages from the inside out, until a reaction takes over or the caller hears. */
  protected override unwind(outcome: Outcome, now: number): void {
    const call = this.call as CallRecord
    const { stages } = this.course
    let ending = this.#endingOf(outcome)
    while (this.depth > 0) {
      const index = --this.depth
      const stage = stages[index] as Stage
      if (stage.role !== 'reaction') {
        this.leave(stage, index, ending, this.open > 0, call, now)
        continue
      }
      const ticket = this.takeBack(index)
      const verdict = passes(stage, ticket, outcome, call, now)
      if (verdict === true) continue
      if (verdict === false) return this.#recover(stage, index, ticket, outcome, now)
      outcome = verdict
      ending = this.#endingOf(outcome)
    }
    this.finish(outcome)
  }

  /** Refusals within the execution blame nobody, and neither does what never began. */
  #endingOf(outcome: Outcome): Ending {
    if (!('error' in outcome)) return outcome
    if (!this.started) return 'unstarted'
    return Rejection.isOf((this.call as CallRecord).execution, outcome.error) ? 'cancelled' : outcome
  }

  #recover(stage: Stage, index: number, ticket: Ticket, outcome: Outcome, now: number): void {
    // Its own question may have had the call cut short.
    if (this.settled) return void passes(stage, ticket, 'cancelled', this.call as CallRecord, now)
    const call = this.renew(index)
    this.open++
    this.awaited = 'recovery'
    this.watch(now)
    let recovery: unknown
    try {
      recovery = (stage.part as Reaction).recover(ticket, outcome, call, this.course.inside(index))
    } catch (error) {
      return this.#recovered(call, { error })
    }
    if (!isThenable(recovery)) return this.#recovered(call, { value: recovery })
    Promise.resolve(recovery).then(
      (value) => this.#recovered(call, { value }),
      (error: unknown) => this.#recovered(call, { error }),
    )
  }

  #recovered(call: CallRecord, outcome: Outcome): void {
    this.enterFrame()
    this.open--
    if (this.call !== call) this.olderEnded()
    else if (this.awaited === 'recovery') {
      this.awaited = undefined
      this.cancel()
      this.unwind(outcome, call.host.clock.now())
    }
    this.leaveFrame()
  }

  /** The wheel calls at the deadline. */
  override fire(now: number): void {
    this.enterFrame()
    this.expire(now)
    this.leaveFrame()
  }

  protected override expire(now: number): void {
    const call = this.call as CallRecord
    const { stages } = this.course
    if (call.ownDeadline <= now && (this.entering || !call.inherits)) {
      const { key, host } = call
      const message = `${host.pipeline}: the call's deadline has passed`
      return this.#cutTo(0, new TimeoutError(message, { policy: host.pipeline, key }), undefined, now)
    }
    const index = this.firstDue(this.depth, stages, now)
    if (index < 0) return this.watch(now)
    const outcome = expiry(stages[index] as Stage, call, now)
    if (this.settled) return
    if (outcome !== undefined) return this.#cutTo(index + 1, outcome.error, outcome, now)
    this.waive(index)
    this.loosen(call.ownDeadline, this.depth, stages)
    if (this.deadline <= now) this.expire(now)
    else if (this.entering) this.begin(call, now)
    else this.watch(now)
  }

  /** The call was cut short from outside. */
  override cut(reason: unknown): void {
    if (this.settled) return
    this.enterFrame()
    this.#cutTo(0, reason, undefined, (this.call as CallRecord).host.clock.now())
    this.leaveFrame()
  }

  /**
   * Leaves the stages down to `depth` without waiting for the inside. Guards of the layer whose deadline passed hear
   * of `outcome`, those behind a reaction only that the call was cancelled.
   */
  #cutTo(depth: number, reason: unknown, outcome: Outcome | undefined, now: number): void {
    const call = this.call as CallRecord
    const { stages } = this.course
    const { wait } = this
    const waitsAt = stages[this.depth]
    const reaction = stages.findIndex(({ role }, index) => index >= depth && role === 'reaction')
    const layerEnd = reaction < 0 ? stages.length : reaction
    this.awaited = undefined
    this.wait = undefined
    this.cancel()
    while (this.depth > depth) {
      const index = --this.depth
      const stage = stages[index] as Stage
      const heard = index < layerEnd && outcome !== undefined ? outcome : 'cancelled'
      if (stage.role === 'reaction') passes(stage, this.takeBack(index), 'cancelled', call, now)
      else this.leave(stage, index, this.started ? heard : 'unstarted', this.open > 0, call, now)
    }
    if (depth > 0) this.unwind({ error: reason }, now)
    else this.finish({ error: reason })
    if (wait !== undefined) giveUp(wait, waitsAt as Stage, call, now)
    call.abort(reason)
  }
}
