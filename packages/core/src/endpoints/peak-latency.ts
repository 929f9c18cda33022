/** What is known weighs a third after so many milliseconds. */
const decayMs = 10_000

/**
 * The latency of an endpoint, cautiously: it jumps to every peak and comes down slowly (Finagle's peak EWMA). Where nothing
 * is heard it fades to nothing, so that what was slow is tried again.
 */
export class PeakLatency {
  #ms = 0
  #at = 0

  record(ms: number, now: number): void {
    const weight = weightAfter(now - this.#at)
    const faded = this.#ms * weight
    this.#at = now
    this.#ms = ms > faded ? ms : faded + ms * (1 - weight)
  }

  /** It takes that long at least. */
  raise(ms: number, now: number): void {
    if (ms > this.at(now)) this.record(ms, now)
  }

  at(now: number): number {
    return this.#ms * weightAfter(now - this.#at)
  }
}

/** What is left after `ms`. The series is as good for short times, and costs a third. */
function weightAfter(ms: number): number {
  const times = ms / decayMs
  return times < 0.01 ? 1 - times + (times * times) / 2 : Math.exp(-times)
}
