import type { Keys } from '../scenario.ts'

/** Chooses keys by Zipf's law; some can be made hotter for a while. */
export class KeyChoice {
  readonly #random: () => number
  /** Of the keys up to each, the sum of weights. */
  readonly #sums: readonly number[]
  /** What hot keys weigh beyond their own. */
  readonly #extra = new Map<string, number>()

  constructor({ count, exponent = 0 }: Keys, random: () => number) {
    this.#random = random
    let sum = 0
    this.#sums = Array.from({ length: count }, (_, place) => (sum += (place + 1) ** -exponent))
  }

  draw(): string {
    const total = this.#sums.at(-1) ?? 0
    const extra = [...this.#extra.values()].reduce((sum, each) => sum + each, 0)
    let drawn = this.#random() * (total + extra)
    if (drawn < total) return nameOf(this.#place(drawn))
    drawn -= total
    for (const [key, weight] of this.#extra) {
      if (drawn < weight) return key
      drawn -= weight
    }
    return nameOf(this.#sums.length - 1)
  }

  /** Lets a key be asked for so many times as often as it would be; once: as ever. A key that is new counts as the rarest. */
  heat(key: string, times: number): void {
    const place = Math.min(placeOf(key), this.#sums.length - 1)
    const weight = (this.#sums[place] ?? 0) - (this.#sums[place - 1] ?? 0)
    if (times === 1) this.#extra.delete(key)
    else this.#extra.set(key, weight * (times - 1))
  }

  /** The first whose sum is beyond what was drawn. */
  #place(drawn: number): number {
    let [low, high] = [0, this.#sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sums[middle] ?? 0) > drawn) high = middle
      else low = middle + 1
    }
    return low
  }
}

function nameOf(place: number): string {
  return `key-${place + 1}`
}

function placeOf(key: string): number {
  const number = Number(/^key-(\d+)$/.exec(key)?.[1])
  return Number.isNaN(number) ? Infinity : number - 1
}
