/** Where time comes from. Everything that waits or measures asks a clock, so a virtual one can drive it all. */
export interface Clock {
  /** Milliseconds, possibly with a fraction, that never go backwards. Measures durations; has no calendar meaning. */
  now(): number
  /** Milliseconds since the Unix epoch. For records alone: it may jump. */
  wallTime(): number
  /**
   * One moment to be woken at, which can be moved. `wake` may come late, and is called at most once per `set`. One in
   * the background does not keep the process alive.
   */
  alarm(wake: () => void, background?: boolean): Alarm
}

export interface Alarm {
  /** Wakes at `at` on the clock's own scale, instead of any moment set before. */
  set(at: number): void
  clear(): void
}

/** A host timer cannot wait longer than this; a later moment is reached in steps. */
const longestTimerMs = 2 ** 31 - 1

/** Held here because looking the global up costs as much as asking it. */
const monotonic = globalThis.performance

/**
 * The machine's monotonic clock. Its alarm looks at what is wanted once a turn of the event loop, so that what is
 * set and cleared within the turn never makes a timer. While a moment is set the process stays alive.
 */
export const systemClock: Clock = {
  now: () => monotonic.now(),
  wallTime: () => Date.now(),
  alarm: (wake, background = false) => new SystemAlarm(wake, background),
}

class SystemAlarm implements Alarm {
  readonly #wake: () => void
  readonly #background: boolean
  #wanted = Infinity
  #armed = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #looksSoon = false

  constructor(wake: () => void, background: boolean) {
    this.#wake = wake
    this.#background = background
  }

  set(at: number): void {
    this.#wanted = at
    if (at < this.#armed) this.#lookSoon()
  }

  clear(): void {
    this.#wanted = Infinity
    if (this.#timer !== undefined) this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#looksSoon) return
    this.#looksSoon = true
    setImmediate(this.#look)
  }

  readonly #look = (): void => {
    this.#looksSoon = false
    if (this.#wanted === Infinity) this.#disarm()
    else if (this.#wanted < this.#armed) this.#arm()
  }

  #arm(): void {
    this.#disarm()
    const delayMs = Math.min(Math.max(this.#wanted - monotonic.now(), 0), longestTimerMs)
    this.#armed = this.#wanted
    this.#timer = setTimeout(this.#ring, Math.ceil(delayMs))
    if (this.#background) this.#timer.unref()
  }

  #disarm(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#armed = Infinity
  }

  readonly #ring = (): void => {
    this.#timer = undefined
    this.#armed = Infinity
    if (this.#wanted === Infinity) return
    if (monotonic.now() < this.#wanted) return this.#arm()
    this.#wanted = Infinity
    this.#wake()
  }
}
