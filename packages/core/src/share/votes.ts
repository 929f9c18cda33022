import { sequenceAt } from './exchange.ts'

/** How often one circuit's counts go out, in milliseconds. */
const slowMs = 1_000
const mediumMs = 400
const fastMs = 100

/** So many failures in a row are more than chance. */
const alarmingStreak = 3

/** Counts that wait in the slow lane go out up to so much later, so that a fleet does not send in step. */
const jitterRatio = 0.2

/** How much sooner they may go, with others. */
const slackRatio = 0.1

/** What an instance has counted of a closed circuit and not yet said. */
export class Votes {
  successes = 0
  failures = 0
  dueAt: number = Infinity
  slackMs = 0
  /** How many instances report, as last heard. */
  reporters = 1
  readonly #random: () => number
  #since = Infinity
  /** How many calls in a row have failed. */
  #streak = 0
  #sequence: number

  constructor(random: () => number, now: number) {
    this.#random = random
    this.#sequence = sequenceAt(now)
  }

  /** Whether they are due sooner than before. */
  count(failed: boolean, now: number): boolean {
    this.#streak = failed ? this.#streak + 1 : 0
    if (failed) this.failures++
    else this.successes++
    if (!failed && this.successes + this.failures > 1) return false
    return this.#schedule(now)
  }

  /**
   * Successes have time. Failures hurry when they are so many, or so many in a row, that the circuit may have to open; a
   * few among many successes do not. With the fleet every lane grows longer, so that one circuit costs the server at most 1 000 flushes
   * a second in health and 10 000 in an outage, whatever its size.
   */
  #schedule(now: number): boolean {
    const { successes, failures, reporters } = this
    const urgent = failures >= successes || this.#streak >= alarmingStreak
    const hurry = Math.max(urgent ? fastMs : mediumMs, reporters / 10)
    const laneMs = failures > 0 ? hurry : Math.max(slowMs, reporters) * (1 + jitterRatio * this.#random())
    if (successes + failures === 1) this.#since = now
    if (now + laneMs >= this.dueAt) return false
    this.dueAt = now + laneMs
    this.slackMs = failures > 0 ? 0 : slackRatio * laneMs
    return true
  }

  get any(): boolean {
    return this.successes + this.failures > 0
  }

  /** Takes what there is, under a new number. What is older than a window is worth nothing any more. */
  take(now: number, windowMs: number): { successes: number; failures: number; sequence: number } {
    const { successes, failures } = this
    const tooOld = now - this.#since > windowMs
    const sequence = ++this.#sequence
    this.clear()
    return tooOld ? { successes: 0, failures: 0, sequence } : { successes, failures, sequence }
  }

  /** They were not sent. */
  putBack(successes: number, failures: number, now: number): void {
    if (successes + failures === 0) return
    if (!this.any) this.#since = now
    this.successes += successes
    this.failures += failures
    this.#schedule(now)
  }

  clear(): void {
    this.successes = this.failures = 0
    this.dueAt = this.#since = Infinity
  }
}
