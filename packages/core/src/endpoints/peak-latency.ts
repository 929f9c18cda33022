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
    const weight = Math.exp((this.#at - now) / decayMs)
    const faded = this.#ms * weight
    this.#at = now
    this.#ms = ms > faded ? ms : faded + ms * (1 - weight)
  }

  /** It takes that long at least. */
  raise(ms: number, now: number): void {
    if (ms > this.at(now)) this.record(ms, now)
  }

  at(now: number): number {
    return this.#ms * Math.exp((this.#at - now) / decayMs)
  }
}
