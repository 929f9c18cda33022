import type { Clock } from '@holdfast/core'

/** Where the calendar begins: who subtracts from now must not get below zero. */
const beginning = Date.UTC(2026, 0, 1)

/** As much of Node's `Timeout` as anybody uses. */
class Timer {
  readonly stop: () => void

  constructor(stop: () => void) {
    this.stop = stop
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/**
 * Lays a clock, and chance, over the machine's as long as it is in use, for libraries that read the global ones: `Date.now`,
 * `performance.now`, `setTimeout`, `setInterval`, `Math.random`. One at a time.
 */
export class MachineTime implements Disposable {
  static #isInUse = false
  readonly #clock: Clock
  readonly #restore: (() => void)[] = []
  readonly #timers = new Set<Timer>()

  constructor(clock: Clock, random: () => number) {
    if (MachineTime.#isInUse) throw new Error('another clock lies over the machine’s')
    MachineTime.#isInUse = true
    this.#clock = clock
    this.#replace(Date, 'now', () => Math.floor(beginning + clock.wallTime()))
    this.#replace(performance, 'now', () => clock.now())
    this.#replace(Math, 'random', random)
    this.#replace(globalThis, 'setTimeout', this.#setter(false))
    this.#replace(globalThis, 'setInterval', this.#setter(true))
    this.#replace(globalThis, 'clearTimeout', stopperBefore(clearTimeout))
    this.#replace(globalThis, 'clearInterval', stopperBefore(clearInterval))
  }

  /** How many timers will still ring. */
  get pending(): number {
    return this.#timers.size
  }

  /** Gives the machine its own back. What has not rung never will. */
  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0)) restore()
    for (const timer of this.#timers) timer.stop()
    MachineTime.#isInUse = false
  }

  #replace(holder: object, name: string, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(holder, name)
    Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: true })
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(holder, name)
      else Object.defineProperty(holder, name, own)
    })
  }

  /** As Node does it: after whole milliseconds, at least one. */
  #setter(isRepeated: boolean) {
    return (
      act: (...given: readonly unknown[]) => void,
      ms?: unknown,
      ...given: readonly unknown[]
    ): Timer => {
      const waitMs = Number(ms) >= 1 ? Math.trunc(Number(ms)) : 1
      const alarm = this.#clock.alarm(() => {
        if (isRepeated) set()
        else this.#timers.delete(timer)
        act(...given)
      })
      const set = (): void => alarm.set(this.#clock.now() + waitMs)
      const timer = new Timer(() => {
        alarm.clear()
        this.#timers.delete(timer)
      })
      this.#timers.add(timer)
      set()
      return timer
    }
  }
}

/** Stops a timer, whoever made it. */
function stopperBefore(original: (timer: undefined) => void): (timer: unknown) => void {
  return (timer) => (timer instanceof Timer ? timer.stop() : original(timer as undefined))
}
