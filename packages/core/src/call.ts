import type { Clock } from './clock.ts'
import type { EventBody } from './event.ts'
import type { Host } from './host.ts'

/** One place where the operation can be done. */
export interface Endpoint {
  readonly id: string
  readonly url?: string
  readonly weight?: number
  readonly trust?: string
}

/** What may be said of one execution. */
export interface ExecuteOptions {
  /** Whom or what the call concerns; `keyed` keeps one state a key. */
  readonly key?: string | undefined
  /** Aborts the execution, which then rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined
  /** The moment on the pipeline's clock by which it must have ended. */
  readonly deadline?: number | undefined
  /** Handed on untouched. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** One run of the rest of a pipeline, as the parts and the operation see it. */
export interface Call {
  readonly key: string | undefined
  readonly endpoint: Endpoint | undefined
  /** 1 is the first. */
  readonly attempt: number
  /** On `clock`, in milliseconds; `Infinity` where there is none. */
  readonly deadline: number
  /** Aborted at the deadline, by the caller, or when another attempt has won. Made when it is first read. */
  readonly signal: AbortSignal
  readonly metadata: Readonly<Record<string, unknown>>
  readonly clock: Clock
  readonly random: () => number
  readonly host: Host
  /** The same object in all calls of one execution: `Rejection.isOf` tells by it whose refusal an error is. */
  readonly execution: object
  /** The ids of the endpoints that calls of this execution were made for, in order. */
  readonly tried: readonly string[]
  /** Whether it has been cut short; `signal.aborted` without making the signal. */
  readonly cancelled: boolean
  /** Why it was cut short. */
  readonly reason: unknown
  /** Calls `listener` once when the call is cut short. Returns how to stop listening. */
  onCancel(listener: (reason: unknown) => void): () => void
  emit<Event extends EventBody>(event: Event): void
  /** A call for one more run of the inside, cut short with this one or on its own. */
  branch(changes?: CallChanges): Branch
}

/** What a pipeline stands around. */
export type Operation = (call: Call) => unknown

export interface CallChanges {
  readonly attempt?: number
  readonly endpoint?: Endpoint | undefined
  /** Only ever tightens. */
  readonly deadline?: number
}

export interface Branch extends Call {
  /** Whether an operation has begun in its run: if not, refusing it or running it elsewhere repeats nothing. */
  readonly began: boolean
  cancel(reason: unknown): void
}
