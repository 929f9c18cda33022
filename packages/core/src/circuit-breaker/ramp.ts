/** The time after closing in which only a share of the calls passes. */
export class Ramp {
  readonly #until: number
  readonly #durationMs: number

  constructor(since: number, durationMs: number) {
    this.#until = since + durationMs
    this.#durationMs = durationMs
  }

  isOver(now: number): boolean {
    return now >= this.#until
  }

  /** The share of calls that is refused, which began with all but `from`. */
  refusedShare(now: number, from: number): number {
    return (1 - from) * ((this.#until - now) / this.#durationMs)
  }
}
