import type { Call } from '@holdfast/core'

/** One run of a controlled operation. */
export interface ControlledRun<Value> {
  readonly call: Call
  readonly ended: boolean
  resolve(value: Value): void
  reject(error: unknown): void
}

/** An operation whose every run ends when the test says so. It ignores its signal, as operations may. */
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

export function controlledOperation<Value = unknown>(): ControlledOperation<Value> {
  const runs: Run<Value>[] = []
  return {
    run: (call) => {
      const run = new Run<Value>(call)
      runs.push(run)
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

  constructor(call: Call) {
    const { promise, resolve, reject } = Promise.withResolvers<Value>()
    this.call = call
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  resolve(value: Value): void {
    this.ended = true
    this.#resolve(value)
  }

  reject(error: unknown): void {
    this.ended = true
    this.#reject(error)
  }
}
