import { systemClock } from '@holdfast/core'
import type { Alarm, Clock } from '@holdfast/core'

/** A clock's time from the beginning of a run. When that is over, nobody is woken any more. */
export class RunClock implements Clock {
  readonly #machine: Clock
  readonly #waiting = new Set<Alarm>()
  #beganAt: number
  #isOver = false

  constructor(machine: Clock = systemClock) {
    this.#machine = machine
    this.#beganAt = machine.now()
  }

  /** From here on time is counted. */
  begin(): void {
    this.#beganAt = this.#machine.now()
  }

  now(): number {
    return this.#machine.now() - this.#beganAt
  }

  wallTime(): number {
    return this.#machine.wallTime()
  }

  alarm(wake: () => void, background?: boolean): Alarm {
    const alarm = this.#machine.alarm(() => {
      this.#waiting.delete(alarm)
      wake()
    }, background)
    return {
      set: (at) => {
        if (this.#isOver) return
        this.#waiting.add(alarm)
        alarm.set(this.#beganAt + at)
      },
      clear: () => {
        this.#waiting.delete(alarm)
        alarm.clear()
      },
    }
  }

  /** Resolves at a moment, or soon after. */
  until(at: number): Promise<void> {
    return new Promise((resolve) => this.alarm(resolve).set(at))
  }

  end(): void {
    this.#isOver = true
    for (const alarm of this.#waiting) alarm.clear()
    this.#waiting.clear()
  }
}
