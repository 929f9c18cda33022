import type { Call } from '@holdfast/core'

/** One run of a controlled operation. */
export interface ControlledRun<Value> {
  /** What the pipeline handed in. Its signal is made only if the test reads it. */
  readonly call: Call
  readonly ended: boolean
  /** Ends the run; does nothing once it has ended. */
  resolve(value: Value): void
  /** Ends the run; does nothing once it has ended. */
  reject(error: unknown): void
}

/** An operation whose every run ends when the test says so. */
export interface ControlledOperation<Value> {
  /** Give this to `execute`. */
  readonly run: (call: Call) => Promise<Value>
  /** Every run so far, in order. */
  readonly runs: readonly ControlledRun<Value>[]
  /** How many runs have not ended. */
  readonly running: number
  /** The newest run; throws if there is none. */
  readonly last: ControlledRun<Value>
}

export interface ControlledOperationOptions {
  /** Whether a run that is cut short rejects at once with the reason, as `fetch` does. Default false: it goes on. */
  readonly honoursAbort?: boolean
}

export function controlledOperation<Value = unknown>(
  options: ControlledOperationOptions = {},
): ControlledOperation<Value> {
  const { honoursAbort = false } = options
  const runs: Run<Value>[] = []
  return {
    run: (call) => {
      const run = new Run<Value>(call)
      runs.push(run)
      if (honoursAbort) run.endWhenCut()
      return run.promise
    },
    runs,
    get running() {
      return runs.filter((run) => !run.ended).length
    },
    get last() {
      const last = runs.at(-1)
      if (last === undefined) throw new Error('the operation has not been run')
      return last
    },
  }
}

class Run<Value> implements ControlledRun<Value> {
  readonly call: Call
  readonly promise: Promise<Value>
  ended = false
  readonly #resolve: (value: Value) => void
  readonly #reject: (error: unknown) => void
  #stopListening: (() => void) | undefined

  constructor(call: Call) {
    const { promise, resolve, reject } = Promise.withResolvers<Value>()
    this.call = call
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  endWhenCut(): void {
    this.#stopListening = this.call.onCancel((reason) => this.reject(reason))
  }

  resolve(value: Value): void {
    if (this.#end()) this.#resolve(value)
  }

  reject(error: unknown): void {
    if (this.#end()) this.#reject(error)
  }

  #end(): boolean {
    if (this.ended) return false
    this.ended = true
    this.#stopListening?.()
    return true
  }
}
