import type { Alarm, Clock } from '@holdfast/core'

export interface VirtualClockOptions {
  /** Where measured time begins, in milliseconds. Default 0. */
  readonly now?: number
  /** Where the calendar begins, in milliseconds since the Unix epoch. Default 0. */
  readonly wallTime?: number
}

/**
 * A clock that stands still until it is told to move. Give it to a pipeline, and every deadline, delay and wait of it
 * happens when `advance` reaches its moment.
 */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<VirtualAlarm>()
  #now: number
  #wallTimeAtZero: number

  constructor(options: VirtualClockOptions = {}) {
    const { now = 0, wallTime = 0 } = options
    this.#now = now
    this.#wallTimeAtZero = wallTime - now
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#wallTimeAtZero + this.#now
  }

  alarm(wake: () => void): Alarm {
    return new VirtualAlarm(wake, this.#alarms)
  }

  /** How many alarms are set. 0 when nothing waits: what a test looks at last. */
  get pending(): number {
    return this.#alarms.size
  }

  /**
   * Moves on by `ms`. Every alarm on the way rings at its own moment, the earliest first, those set during the advance
   * included; before each and at the end, everything that promises have to do is done.
   */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms)
  }

  /** Moves on to the moment `at`, as `advance` does. */
  async advanceTo(at: number): Promise<void> {
    this.#check(at)
    await turn()
    while (this.#ringNext(at)) await turn()
    if (this.#now >= at) return
    this.#now = at
    await turn()
  }

  /**
   * Moves on by `ms` at once, ringing alarms in order. What promises have to do stays undone until the caller lets it:
   * for races between a timer and something that has just settled.
   */
  tick(ms: number): void {
    const at = this.#now + ms
    this.#check(at)
    while (this.#ringNext(at));
    this.#now = Math.max(this.#now, at)
  }

  /** Lets everything run that waits for promises alone. Time stands still. */
  settle(): Promise<void> {
    return turn()
  }

  /** Sets the calendar forward or, when negative, back, as an operator or a time server may. `now` does not notice. */
  jumpWallTime(ms: number): void {
    this.#wallTimeAtZero += ms
  }

  #check(at: number): void {
    if (!(at >= this.#now)) throw new RangeError(`time cannot go from ${this.#now} to ${at}`)
  }

  #ringNext(until: number): boolean {
    let next: VirtualAlarm | undefined
    for (const alarm of this.#alarms) {
      if (alarm.at <= until && (next === undefined || alarm.at < next.at)) next = alarm
    }
    if (next === undefined) return false
    this.#now = Math.max(this.#now, next.at)
    next.ring()
    return true
  }
}

class VirtualAlarm implements Alarm {
  readonly #wake: () => void
  readonly #alarms: Set<VirtualAlarm>
  at = Infinity

  constructor(wake: () => void, alarms: Set<VirtualAlarm>) {
    this.#wake = wake
    this.#alarms = alarms
  }

  set(at: number): void {
    this.#alarms.delete(this)
    this.at = at
    this.#alarms.add(this)
  }

  clear(): void {
    this.#alarms.delete(this)
  }

  ring(): void {
    this.#alarms.delete(this)
    this.#wake()
  }
}

/** Taken once, so that a test framework's fake timers do not stop it. */
const { setImmediate } = globalThis

/**
 * One turn of the event loop. By its end every promise job has run, however long the chain, and a rejection that nobody
 * handled has been reported, as between two real timers; counting microtasks could promise neither.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
