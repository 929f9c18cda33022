/**
 * Finds the place of the lowest of some counts that only ever grow. A binary heap by what each count was when it was last
 * looked at, which is no more than it is: who counts does not touch it, and only what comes to the top is looked at again.
 */
export class LeastFirst {
  readonly #counts: Float64Array
  /** By the position in the heap: the place, and what its count was. */
  readonly #places: Int32Array
  readonly #seen: Float64Array

  constructor(counts: Float64Array) {
    this.#counts = counts
    // In ascending order it is a heap.
    this.#places = Int32Array.from(counts, (_, place) => place).sort(
      (one, other) => this.#now(one) - this.#now(other),
    )
    this.#seen = Float64Array.from(this.#places, (place) => this.#now(place))
  }

  #now(place: number): number {
    return this.#counts[place] ?? 0
  }

  /** The place of the lowest count. */
  first(): number {
    for (;;) {
      const place = this.#places[0] ?? 0
      const count = this.#now(place)
      if (count === this.#seen[0]) return place
      this.#sink(place, count)
    }
  }

  /** The counts were divided by `divisor`, all of them. */
  divide(divisor: number): void {
    for (let at = 0; at < this.#seen.length; at++) this.#seen[at] = (this.#seen[at] ?? 0) / divisor
  }

  /** Moves what stands at the top down to where `count` belongs. */
  #sink(place: number, count: number): void {
    const seen = this.#seen
    const size = seen.length
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && (seen[child + 1] ?? 0) < (seen[child] ?? 0)) child++
      const below = seen[child] ?? 0
      if (below >= count) break
      seen[at] = below
      this.#places[at] = this.#places[child] ?? 0
      at = child
    }
    seen[at] = count
    this.#places[at] = place
  }
}
