import { hashOf, KeyTable } from './key-table.ts'
import { LeastFirst } from './least-first.ts'

/** Beyond this the weights are brought back to 1, long before they overflow. */
const largestExponent = 500

/**
 * Which keys occur most, in fixed memory: Space-Saving (Metwally, Agrawal and El Abbadi, "Efficient computation of frequent
 * and top-k elements in data streams", 2005) with forward decay (Cormode et al., 2009), so that an occurrence counts
 * exp(−age / meanAgeMs). With so many `places`, and a `total` of all that is counted:
 *
 * - a key at a place has occurred at least `atLeast` and at most `atMost` times, and the two are at most total / places apart;
 * - a key that has no place has occurred at most total / places times.
 */
export class HeavyHitters {
  readonly #places: number
  readonly #keys: KeyTable
  /** By place. What is counted now weighs more than what was counted before; nothing is ever subtracted. */
  readonly #counts: Float64Array
  /** What may have been counted at a place for keys that it had before. */
  readonly #errors: Float64Array
  /** Made when every place has a key. */
  #least: LeastFirst | undefined
  #size = 0
  #total = 0
  #meanAgeMs: number
  /** When an occurrence weighed 1. */
  #origin = 0
  #now = 0
  /** Of an occurrence now. */
  #weight = 1

  constructor(places: number, meanAgeMs: number) {
    this.#places = places
    this.#meanAgeMs = meanAgeMs
    this.#keys = new KeyTable(places)
    this.#counts = new Float64Array(places)
    this.#errors = new Float64Array(places)
  }

  /** From now on occurrences age so fast; what has aged stays as it is. */
  set meanAgeMs(ms: number) {
    this.#reweigh()
    this.#meanAgeMs = ms
  }

  /** Counts one occurrence of `key`. Returns its place. */
  count(key: string, now: number): number {
    this.passTo(now)
    this.#total += this.#weight
    const hash = hashOf(key)
    const known = this.#keys.find(key, hash)
    if (known < 0) return this.#size < this.#places ? this.#settle(key, hash) : this.#replace(key, hash)
    this.#counts[known] = (this.#counts[known] ?? 0) + this.#weight
    return known
  }

  /** Lets what was counted age. */
  passTo(now: number): void {
    if (now <= this.#now) return
    this.#now = now
    const exponent = (now - this.#origin) / this.#meanAgeMs
    this.#weight = Math.exp(exponent)
    if (exponent > largestExponent) this.#reweigh()
  }

  /** All that is counted, aged to the moment of the last count. */
  get total(): number {
    return this.#total / this.#weight
  }

  keyAt(place: number): string {
    return this.#keys.keyAt(place)
  }

  atMost(place: number): number {
    return (this.#counts[place] ?? 0) / this.#weight
  }

  atLeast(place: number): number {
    return ((this.#counts[place] ?? 0) - (this.#errors[place] ?? 0)) / this.#weight
  }

  /** Has an occurrence weigh 1 now. */
  #reweigh(): void {
    for (let place = 0; place < this.#size; place++) {
      this.#counts[place] = this.atMost(place)
      this.#errors[place] = (this.#errors[place] ?? 0) / this.#weight
    }
    this.#least?.divide(this.#weight)
    this.#total = this.total
    this.#origin = this.#now
    this.#weight = 1
  }

  #settle(key: string, hash: number): number {
    const place = this.#size++
    this.#keys.put(place, key, hash)
    this.#counts[place] = this.#weight
    if (this.#size === this.#places) this.#least = new LeastFirst(this.#counts)
    return place
  }

  /** The key of the lowest count gives way; what was counted for it may all have been of this one. */
  #replace(key: string, hash: number): number {
    const place = this.#least?.first() ?? 0
    const least = this.#counts[place] ?? 0
    this.#keys.remove(place)
    this.#keys.put(place, key, hash)
    this.#errors[place] = least
    this.#counts[place] = least + this.#weight
    return place
  }
}
