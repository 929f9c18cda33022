import type { CallRecord } from './call-record.ts'
import { HoldfastConfigError } from '../check.ts'
import { Rejection } from '../error.ts'
import { held, hold } from './hold.ts'
import { giveBack, giveUp } from './holdings.ts'
import { Lifetime } from './lifetime.ts'
import { isThenable } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import type { Alteration } from '../policy.ts'
import { passes } from './stages.ts'
import type { Stage } from './stages.ts'
import { isTicket, Wait } from '../wait.ts'
import type { Ticket, Waiter } from '../wait.ts'

/** Takes a call through the stages, waits where they say so, and starts the inside. */
export abstract class WayIn extends Lifetime implements Waiter {
  /** How many stages the call is inside of. */
  protected depth = 0
  protected wait: Wait | undefined
  /** Whose end is awaited: that of the inside, or of a reaction that took over. */
  protected awaited: 'inside' | 'recovery' | undefined
  /** Whether nothing but the inside can end the call, so that the caller may have a promise that follows its own. */
  #derives = false
  #derived: Promise<unknown> | undefined

  /** The inside has ended. */
  abstract end(outcome: Outcome): void

  /** Settles the stages from the inside out. */
  protected abstract unwind(outcome: Outcome, now: number): void

  /** The deadline in force has passed. */
  protected abstract expire(now: number): void

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

  /** Sets out; returns the outcome if it is there at once. Otherwise `answerTo` must be told now who hears it. */
  start(call: CallRecord): Outcome | undefined {
    this.enterFrame()
    this.live(call)
    if (!this.settled) this.#enter(call, call.host.clock.now())
    const early = this.takeEarly()
    this.leaveFrame()
    return early
  }

  #enter(call: CallRecord, now: number): void {
    const { stages } = this.course
    for (; this.depth < stages.length; this.depth++) {
      const stage = stages[this.depth] as Stage
      let ticket: Ticket | Wait | Rejection = 0
      try {
        if (stage.enter !== undefined) ticket = stage.enter.call(stage.part, call, now)
      } catch (error) {
        return this.unwind({ error }, now)
      }
      if (this.settled) return this.#decline(stage, ticket, now)
      if (!isTicket(ticket)) return this.#deny(ticket, now)
      this.take(this.depth, ticket, stage)
    }
    if (this.deadline <= now) this.expire(now)
    else this.begin(call, now)
  }

  /** The call was cut short while `stage` admitted it. */
  #decline(stage: Stage, ticket: Ticket | Wait | Rejection, now: number): void {
    const call = this.call as CallRecord
    if (ticket instanceof Wait) giveUp(ticket, stage, call, now)
    else if (!isTicket(ticket)) return
    else if (stage.role === 'reaction') passes(stage, ticket, 'cancelled', call, now)
    else giveBack(stage, ticket, call, now)
  }

  #deny(answer: Wait | Rejection, now: number): void {
    if (answer instanceof Rejection) return this.#refuse(answer, now)
    this.wait = answer
    answer.listen(this)
    if (this.wait === answer) this.watch(now)
  }

  granted(ticket: Ticket, now: number): void {
    this.enterFrame()
    this.wait = undefined
    this.take(this.depth, ticket, this.course.stages[this.depth] as Stage)
    this.depth++
    this.#enter(this.call as CallRecord, now)
    this.leaveFrame()
  }

  refused(rejection: Rejection, now: number): void {
    this.enterFrame()
    this.wait = undefined
    this.#refuse(rejection, now)
    this.leaveFrame()
  }

  #refuse(rejection: Rejection, now: number): void {
    rejection.arose((this.call as CallRecord).execution)
    this.unwind({ error: rejection }, now)
  }

  protected begin(call: CallRecord, now: number): void {
    const { inner, alteration } = this.course
    const altered = alteration?.active === true
    this.open++
    this.awaited = 'inside'
    if (inner === undefined || altered) this.operationStarted()
    let result: unknown
    try {
      if (altered) result = this.#alter(alteration, call, now)
      else result = inner === undefined ? call.operation(call) : inner(call)
      if (result instanceof Promise) return this.#followPromise(result, now)
      if (result === held) return this.watch(now)
      if (isThenable(result)) return this.#followPromise(Promise.resolve(result), now)
    } catch (error) {
      return this.end({ error })
    }
    this.end({ value: result })
  }

  #alter(alteration: Alteration, call: CallRecord, now: number): unknown {
    const { operation, host } = call
    if (operation !== hold) return alteration.alter(this.course.inner ?? operation, call, now)
    throw new HoldfastConfigError(
      `${host.pipeline}: '${alteration.name}' alters operations; work under an admission is none`,
    )
  }

  #followPromise(promise: Promise<unknown>, now: number): void {
    const followed = promise.then(this.#onValue, this.#onError)
    if (this.#derives && this.deadline === Infinity) this.#derived = followed
    else this.watch(now)
  }

  /** Has the wheel call at the deadline in force, if there is one that nobody else watches, and at no other. */
  protected watch(now: number): void {
    if (this.settled) return
    const { host, inherits, ownDeadline } = this.call as CallRecord
    if (this.deadline === Infinity || (inherits && this.deadline === ownDeadline)) this.cancel()
    else host.wheel.add(this, this.deadline, now)
  }

  /** Whether the call has neither come to a wait nor to the inside. */
  protected get entering(): boolean {
    return this.awaited === undefined && this.wait === undefined
  }

  readonly #onValue = (value: unknown): unknown =>
    this.#derived === undefined ? this.end({ value }) : this.#conclude({ value })

  readonly #onError = (error: unknown): unknown =>
    this.#derived === undefined ? this.end({ error }) : this.#conclude({ error })

  /** The inside has ended. Returns or throws what the caller hears, whose promise follows that of the inside. */
  #conclude(outcome: Outcome): unknown {
    const { asOutcome } = this
    this.enterFrame()
    this.#derived = undefined
    this.end(outcome)
    const early = this.takeEarly()
    const later = early === undefined ? this.promise() : undefined
    this.leaveFrame()
    if (early === undefined) return later
    if (asOutcome) return early
    if ('error' in early) throw early.error
    return early.value
  }
}
