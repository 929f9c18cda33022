/** After so many ends what was learned of their durations weighs half as much. */
const rememberedEnds = 64

/** A key from when it became hot until it is no longer. It is the ticket of the calls that were let in meanwhile. */
export class HotKey {
  readonly key: string
  /** Where it is counted. */
  readonly place: number
  running = 0
  rejected = 0
  #changedAt: number
  /** Milliseconds that calls have run, together, and how many have ended: their quotient is how long one lasts. */
  #ranMs = 0
  #ended = 0

  constructor(key: string, place: number, now: number) {
    this.key = key
    this.place = place
    this.#changedAt = now
  }

  enter(now: number): this {
    this.#pass(now)
    this.running++
    return this
  }

  leave(now: number): void {
    this.#pass(now)
    this.running--
    if (++this.#ended < rememberedEnds) return
    this.#ended /= 2
    this.#ranMs /= 2
  }

  /** How long its calls last, which is when those that run now are likely to have ended; undefined until one has. */
  durationMs(now: number): number | undefined {
    this.#pass(now)
    return this.#ended === 0 ? undefined : this.#ranMs / this.#ended
  }

  #pass(now: number): void {
    this.#ranMs += this.running * (now - this.#changedAt)
    this.#changedAt = now
  }
}
