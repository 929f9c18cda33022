import type { Alarm, Clock } from '@holdfast/core'

const everyMs = 1_000
/** How soon after something has happened, so that what happens together is seen together. */
const soonMs = 50

/** When it is time to look again: every second, and soon after something has happened. */
export class Rhythm {
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #ending: AbortSignal
  #hurries = false
  #wake: () => void = () => {}

  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock
    this.#alarm = clock.alarm(() => this.#wake())
    this.#ending = ending
    ending.addEventListener('abort', () => this.#wake(), { once: true })
  }

  hurry(): void {
    this.#hurries = true
    this.#alarm.set(this.#clock.now() + soonMs)
  }

  /** Resolves when it is time, or when the program is to end. */
  async next(): Promise<void> {
    if (this.#ending.aborted) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#alarm.set(this.#clock.now() + (this.#hurries ? soonMs : everyMs))
    })
    this.#hurries = false
    this.#alarm.clear()
  }
}
