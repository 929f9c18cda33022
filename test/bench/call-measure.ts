import { setTimeout as sleep } from 'node:timers/promises'
import { GCProfiler } from 'node:v8'
import type { CallCase } from './cases.ts'
import { boom, never } from './subject.ts'
import type { Caller, Operation } from './subject.ts'

const sliceMs = 4
/** Optimised code comes after a number of calls and some time in the background. */
const warmUp = { calls: 20_000, leastMs: 250, mostMs: 1_500 }

function operationOf({ operation }: CallCase): Operation {
  if (operation === 'answers') return async () => 1
  if (operation === 'fails') return () => Promise.reject(boom)
  if (operation === 'hangs') return never
  let runs = 0
  return () => (++runs % 3 === 0 ? Promise.resolve(1) : Promise.reject(boom))
}

/** One case of one subject. */
export class CallMeasure {
  readonly #case: CallCase
  readonly #call: Caller
  readonly #operation: Operation
  #callsInSlice = 1

  constructor(measured: CallCase, call: Caller) {
    this.#case = measured
    this.#call = call
    this.#operation = operationOf(measured)
  }

  /** Fails unless one call ends as the case says, so that nothing else is measured by mistake. */
  async verify(isBare: boolean): Promise<void> {
    let runs = 0
    const ended = await endOf(
      this.#call(() => {
        runs++
        return this.#operation()
      }),
    )
    const { ending, runs: expectedRuns } = this.#case
    const expected = typeof ending === 'string' ? `value ${ending === 'value' ? 1 : 0}` : ending.refusedWith
    const ok = typeof expected === 'string' ? ended === expected : isBare || expected.test(ended)
    if (!ok) throw new Error(`ended with '${ended}', not with '${expected}'`)
    if (runs !== expectedRuns) throw new Error(`ran the operation ${runs} times, not ${expectedRuns}`)
  }

  async warmUp(): Promise<void> {
    if (this.#case.atOnce !== undefined) {
      for (let batch = 0; batch < 10; batch++) await this.slice()
      return
    }
    const begin = performance.now()
    const enough = (made: number, ms: number): boolean =>
      ms > warmUp.mostMs || (made > warmUp.calls && ms > warmUp.leastMs)
    for (let made = 0, calls = 1; !enough(made, performance.now() - begin); made += calls) {
      const start = performance.now()
      await this.#sequence(calls)
      const nsACall = ((performance.now() - start) / calls) * 1e6
      this.#callsInSlice = Math.max(1, Math.round((sliceMs * 1e6) / nsACall))
      calls = Math.min(calls * 2, this.#callsInSlice)
    }
  }

  /** Nanoseconds a call, over a few milliseconds; a short run before it fills the caches again. */
  async slice(): Promise<number> {
    if (this.#case.atOnce !== undefined) return this.#batch(this.#case.atOnce)
    await this.#sequence(Math.ceil(this.#callsInSlice / 8))
    const start = performance.now()
    await this.#sequence(this.#callsInSlice)
    return ((performance.now() - start) / this.#callsInSlice) * 1e6
  }

  /** Bytes allocated a call, over a run of calls in which nothing was collected; `NaN` if there was none. */
  async bytes(): Promise<number> {
    const calls = this.#case.atOnce ?? Math.min(10_000, this.#callsInSlice)
    for (let tries = 0; tries < 10; tries++) {
      const profiler = new GCProfiler()
      profiler.start()
      const before = process.memoryUsage().heapUsed
      await (this.#case.atOnce === undefined ? this.#sequence(calls) : this.#batch(calls))
      const bytes = (process.memoryUsage().heapUsed - before) / calls
      if (profiler.stop()?.statistics.length === 0) return bytes
    }
    return Number.NaN
  }

  async #sequence(calls: number): Promise<void> {
    const call = this.#call
    const operation = this.#operation
    for (let each = 0; each < calls; each++) {
      try {
        await call(operation)
      } catch {}
    }
  }

  /** CPU nanoseconds a call: what they wait for takes none. */
  async #batch(calls: number): Promise<number> {
    const before = process.cpuUsage()
    const pending: Promise<unknown>[] = []
    for (let each = 0; each < calls; each++) pending.push(this.#call(this.#operation))
    await Promise.allSettled(pending)
    const { user, system } = process.cpuUsage(before)
    await sleep(1)
    return ((user + system) / calls) * 1_000
  }
}

/** A value, or what the error is called: outcomes and rejections alike. */
async function endOf(promise: Promise<unknown>): Promise<string> {
  try {
    const value = await promise
    if (typeof value !== 'object' || value === null || !('error' in value)) return `value ${String(value)}`
    return nameOf(value.error)
  } catch (error) {
    return nameOf(error)
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return `${error.constructor.name} ${code} ${error.message}`
}
