import type { Call, Operation } from '@holdfast/core'
import { effectOf } from './effect.ts'
import type { Effect } from './effect.ts'
import type { FaultEvent } from './event.ts'
import type { Fault } from './fault.ts'
import { Timetable } from './schedule.ts'

/** One time that a fault was on. Plain data. */
export interface Injection {
  readonly id: string
  readonly fault: Fault
  /** On the pipeline's clock, in milliseconds. */
  readonly startedAt: number
  /** Undefined while it is on. */
  readonly stoppedAt: number | undefined
  /** To how many calls it has done something. */
  readonly calls: number
}

/** A fault that is on, or was. */
export class StartedFault {
  readonly fault: Fault & { readonly id: string }
  readonly #policy: string
  readonly #startedAt: number
  readonly #timetable: Timetable
  readonly #effect: Effect
  #stoppedAt: number | undefined
  #calls = 0

  constructor(fault: Fault & { readonly id: string }, policy: string, startedAt: number) {
    this.fault = fault
    this.#policy = policy
    this.#startedAt = startedAt
    this.#timetable = new Timetable(fault.when ?? {})
    this.#effect = effectOf(fault, policy)
  }

  /** When it is over by itself. */
  get endsAt(): number {
    return this.#startedAt + (this.fault.when?.toMs ?? Infinity)
  }

  means(call: Call, now: number): boolean {
    return this.#timetable.means(call, now - this.#startedAt)
  }

  /** The operation as the fault has it. */
  alter(operation: Operation): Operation {
    return (call) => this.#effect(call, operation, () => this.#struck(call))
  }

  stop(now: number): void {
    this.#stoppedAt = Math.min(now, this.endsAt)
  }

  record(): Injection {
    const { id } = this.fault
    return {
      id,
      fault: this.fault,
      startedAt: this.#startedAt,
      stoppedAt: this.#stoppedAt,
      calls: this.#calls,
    }
  }

  #struck(call: Call): void {
    this.#calls++
    if (!call.host.observed) return
    const { fault } = this
    const policy = this.#policy
    call.emit({ type: 'fault.injected', policy, id: fault.id, fault } satisfies FaultEvent)
  }
}
