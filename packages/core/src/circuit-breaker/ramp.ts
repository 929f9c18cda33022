/** The time after closing in which only a share of the calls passes. */
export class Ramp {
  #until = -Infinity
  #durationMs = 0

  begin(since: number, durationMs: number): void {
    this.#until = since + durationMs
    this.#durationMs = durationMs
  }

  end(): void {
    this.#until = -Infinity
  }

  isOver(now: number): boolean {
    return now >= this.#until
  }

  /** The share of calls that is refused, which began with all but `from`. */
  refusedShare(now: number, from: number): number {
    return this.isOver(now) ? 0 : (1 - from) * ((this.#until - now) / this.#durationMs)
  }
}
