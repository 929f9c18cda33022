import type { CallRecord } from './call-record.ts'
import type { Call, ExecuteOptions } from '../call.ts'
import { HoldfastConfigError } from '../check.ts'
import { held } from './hold.ts'
import type { Holder } from './hold.ts'
import type { Outcome } from '../outcome.ts'
import type { Run } from './run.ts'

/** The guards' answer to work that is not one function. */
export type Admission = Admitted | Refused

export interface Admitted {
  readonly admitted: true
  /** Cut short at the deadline, by the caller's signal and by `cancel`. */
  readonly call: Call
  /** Tells how the work ended, once; later calls do nothing. `cancelled`: it says nothing about the work. */
  settle(outcome: Outcome | 'cancelled'): void
  /**
   * Cuts the work short for `reason`, as the caller's signal would, and as cheaply as if there were none. What it holds
   * comes back when `settle` tells that it has ended. Does nothing after that.
   */
  cancel(reason: unknown): void
}

export interface Refused {
  readonly admitted: false
  readonly error: unknown
}

/** An admission that has to wait. */
export interface PendingAdmission extends Promise<Admission> {
  /**
   * Waits no longer: it is refused with `reason`. If it was admitted in the meantime, that work is cut short instead; it
   * has to be settled like any other.
   */
  cancel(reason: unknown): void
}

const nobodyHears = (): void => {}

/** One for all: what is cancelled often, such as when clients leave, has no time for stack traces. */
const workCancelled = new Error('the work was cancelled')

/**
 * Turns a run around: instead of calling an operation it hands out what the operation would have been given. It is the
 * options of its call at the same time, because one is made for every request.
 */
export class Admittance implements Admitted, ExecuteOptions, Holder {
  readonly key: string | undefined
  readonly signal: AbortSignal | undefined
  readonly deadline: number | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** The outermost of those that admit it. Undefined once it is settled. */
  #run: Run | undefined
  #call: CallRecord | undefined
  #tell: ((admission: Admission) => void) | undefined

  constructor({ key, signal, deadline, metadata }: ExecuteOptions) {
    this.key = key
    this.signal = signal
    this.deadline = deadline
    this.metadata = metadata
  }

  get admitted(): true {
    return true
  }

  get call(): Call {
    return this.#call as Call
  }

  ask(run: Run, call: CallRecord): Admission | PendingAdmission {
    this.#run = run
    const early = run.start(call)
    if (early !== undefined) return { admitted: false, error: 'error' in early ? early.error : undefined }
    if (this.#call === undefined) return this.#pending(run)
    run.answerTo(nobodyHears, nobodyHears)
    return this
  }

  begun(call: CallRecord): unknown {
    if (this.#call !== undefined) {
      throw new HoldfastConfigError(`${call.host.pipeline}: work under an admission cannot be begun again`)
    }
    this.#call = call
    this.#tell?.(this)
    return held
  }

  #pending(run: Run): PendingAdmission {
    const admission = new Promise<Admission>((resolve) => {
      this.#tell = resolve
      run.answerTo(nobodyHears, (error) => {
        if (this.#call === undefined) this.#run = undefined
        resolve({ admitted: false, error })
      })
    })
    return Object.assign(admission, { cancel: (reason: unknown) => this.cancel(reason) })
  }

  settle(outcome: Outcome | 'cancelled'): void {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    // The innermost run waits for the work, and those around it for that run.
    const innermost = this.#call?.owner as Run
    if (outcome !== 'cancelled') return innermost.end(outcome)
    run.cut(workCancelled)
    innermost.end({ error: workCancelled })
  }

  cancel(reason: unknown): void {
    this.#run?.cut(reason)
  }
}
