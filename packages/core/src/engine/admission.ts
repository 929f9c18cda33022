import type { CallRecord } from './call-record.ts'
import type { Call } from '../call.ts'
import type { Outcome } from '../outcome.ts'
import { held } from './way-in.ts'
import type { Run } from './run.ts'

/** The guards' answer to work that is not one function. */
export type Admission = Admitted | Refused

export interface Admitted {
  readonly admitted: true
  /** Its signal is aborted at the deadline and by the caller's signal. */
  readonly call: Call
  /** Tells how the work ended, once; later calls do nothing. `cancelled`: it says nothing about the work. */
  settle(outcome: Outcome | 'cancelled'): void
}

export interface Refused {
  readonly admitted: false
  readonly error: unknown
}

/** Turns a run around: instead of calling an operation it hands out what the operation would have been given. */
export class Admittance {
  readonly #run: Run
  #admitted: Admitted | undefined
  #tell: ((admission: Admission) => void) | undefined

  constructor(run: Run) {
    this.#run = run
  }

  readonly operation = (call: Call): unknown => {
    this.#admitted = { admitted: true, call, settle: this.#settling(call as CallRecord) }
    this.#tell?.(this.#admitted)
    return held
  }

  ask(call: CallRecord): Admission | Promise<Admission> {
    const early = this.#run.start(call)
    if (early !== undefined) return { admitted: false, error: 'error' in early ? early.error : undefined }
    const ended = this.#run.execution()
    if (this.#admitted !== undefined) {
      ended.catch(() => {})
      return this.#admitted
    }
    return new Promise((resolve) => {
      this.#tell = resolve
      ended.catch((error: unknown) => resolve({ admitted: false, error }))
    })
  }

  #settling(call: CallRecord): (outcome: Outcome | 'cancelled') => void {
    let settled = false
    return (outcome) => {
      if (settled) return
      settled = true
      if (outcome !== 'cancelled') return this.#run.end(outcome)
      const reason = new Error('the work was cancelled')
      this.#run.cut(reason)
      this.#run.end({ error: reason })
      void call
    }
  }
}
