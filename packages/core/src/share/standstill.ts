import type { Clock } from '../clock.ts'

/** Woken so much too late, or with the calendar so far off the monotonic clock, the process has stood still. */
const lateMs = 1_500
const driftMs = 2_000

/**
 * Notices that the process has stood still: the monotonic clock goes on while a process is stopped, and not while a machine is
 * suspended.
 */
export class Standstill {
  readonly #clock: Clock
  #drift: number
  #lookedAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lookedAt = clock.now()
    this.#drift = clock.wallTime() - this.#lookedAt
  }

  /** How long ago it looked. */
  age(now: number): number {
    return now - this.#lookedAt
  }

  /** Whether it has stood still since it last looked, or it would have been woken at `dueAt`. */
  look(now: number, dueAt: number): boolean {
    const drift = this.#clock.wallTime() - now
    const found = now - dueAt > lateMs || Math.abs(drift - this.#drift) > driftMs
    this.#drift = drift
    this.#lookedAt = now
    return found
  }
}
