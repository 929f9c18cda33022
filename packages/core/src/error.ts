export interface HoldfastErrorOptions {
  /** The part that speaks, by its name in the pipeline. */
  readonly policy: string
  readonly key?: string | undefined
  /** Milliseconds after which another try makes sense, where that is known. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

let capturesStacks = false

/**
 * Whether Holdfast's own errors capture a stack trace. Off by default: a refusal names the policy that made it, and
 * the trace would cost more than the rest of the call.
 */
export function captureStackTraces(on: boolean): void {
  capturesStacks = on
}

const limitIsWritable = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true

/** What every error made by Holdfast has. `code` is stable and tells the kinds apart. */
export abstract class HoldfastError extends Error {
  abstract readonly code: string
  readonly policy: string
  readonly key: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(message: string, { policy, key, retryAfterMs, cause }: HoldfastErrorOptions) {
    const limit = Error.stackTraceLimit
    const quiet = limitIsWritable && !capturesStacks
    if (quiet) Error.stackTraceLimit = 0
    super(message, cause === undefined ? undefined : { cause })
    if (quiet) Error.stackTraceLimit = limit
    this.policy = policy
    this.key = key
    this.retryAfterMs = retryAfterMs
  }

  override get name(): string {
    return this.constructor.name
  }
}

/** A policy's refusal to run the operation. A guard returns it from `admit`; the caller's promise rejects with it. */
export abstract class Rejection extends HoldfastError {
  #origin: object | undefined
  #others: WeakSet<object> | undefined

  /** Tells it from a ticket. */
  get admits(): false {
    return false
  }

  /** Notes the execution in which it arose, once. */
  arose(execution: object): void {
    this.#origin ??= execution
  }

  /** Notes an execution that waited for the run in which it arose. */
  reached(execution: object): void {
    if (execution !== this.#origin) (this.#others ??= new WeakSet()).add(execution)
  }

  /** Whether `error` is a refusal made within `execution`, which blames nobody outside it. */
  static isOf(execution: object, error: unknown): boolean {
    if (!(error instanceof Rejection)) return false
    return error.#origin === execution || error.#others?.has(execution) === true
  }
}
