import type { Alarm, Clock } from '@holdfast/core'

export interface VirtualClockOptions {
  /** Where the monotonic time begins. Default 0. */
  readonly now?: number
  /** Where the calendar begins, in milliseconds since the Unix epoch. Default 0. */
  readonly wallTime?: number
}

/**
 * A clock that stands still until it is told to move. Give it to a pipeline and every deadline, delay and wait of it
 * happens exactly when `advance` reaches its moment.
 */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<VirtualAlarm>()
  #now: number
  #wallOffset: number

  constructor(options: VirtualClockOptions = {}) {
    this.#now = options.now ?? 0
    this.#wallOffset = (options.wallTime ?? 0) - this.#now
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#now + this.#wallOffset
  }

  alarm(wake: () => void): Alarm {
    return new VirtualAlarm(wake, this.#alarms)
  }

  /** How many alarms are set: 0 when nothing waits any more. */
  get pending(): number {
    return this.#alarms.size
  }

  /** Moves on by `ms`, ringing every alarm on the way at its own moment and letting what it woke run. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    await settled()
    for (let alarm = this.#earliest(target); alarm !== undefined; alarm = this.#earliest(target)) {
      this.#now = Math.max(this.#now, alarm.at)
      alarm.ring()
      await settled()
    }
    this.#now = target
    await settled()
  }

  /** Moves on by `ms` at once, ringing alarms in order; nothing that they resolve runs before the caller is done. */
  tick(ms: number): void {
    const target = this.#now + ms
    for (let alarm = this.#earliest(target); alarm !== undefined; alarm = this.#earliest(target)) {
      this.#now = Math.max(this.#now, alarm.at)
      alarm.ring()
    }
    this.#now = target
  }

  /** Lets everything run that waits for no alarm. */
  settle(): Promise<void> {
    return settled()
  }

  /** Sets the calendar forward or back, as an operator or a time server does; measured time does not notice. */
  jumpWallTime(ms: number): void {
    this.#wallOffset += ms
  }

  #earliest(until: number): VirtualAlarm | undefined {
    let earliest: VirtualAlarm | undefined
    for (const alarm of this.#alarms) {
      if (alarm.at <= until && (earliest === undefined || alarm.at < earliest.at)) earliest = alarm
    }
    return earliest
  }
}

class VirtualAlarm implements Alarm {
  readonly #wake: () => void
  readonly #set: Set<VirtualAlarm>
  at = Infinity

  constructor(wake: () => void, set: Set<VirtualAlarm>) {
    this.#wake = wake
    this.#set = set
  }

  set(at: number): void {
    this.at = at
    this.#set.add(this)
  }

  clear(): void {
    this.#set.delete(this)
  }

  ring(): void {
    this.#set.delete(this)
    this.#wake()
  }
}

/** One turn of the event loop: by then every promise job that was to run has run, however long the chain. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
