/** A value, and the moment from which it is as good as new. */
export interface RecentValue {
  readonly value: unknown
  /** On the calls' clock. */
  readonly since: number
}

/** The values of the keys that were last used, up to a number of them. Every operation takes constant time. */
export class RecentValues {
  /** A map keeps the order in which its keys came: those used last come last. */
  readonly #values = new Map<string, RecentValue>()
  lastSince: number = -Infinity

  get size(): number {
    return this.#values.size
  }

  /** The value of `key`, which counts as used. */
  use(key: string): RecentValue | undefined {
    const known = this.#values.get(key)
    if (known !== undefined) this.#putLast(key, known)
    return known
  }

  set(key: string, value: unknown, since: number, maximum: number): void {
    this.#putLast(key, { value, since })
    this.lastSince = Math.max(this.lastSince, since)
    this.trim(maximum)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  /** Forgets those that were used least recently, until there are no more than `maximum`. */
  trim(maximum: number): void {
    for (const key of this.#values.keys()) {
      if (this.#values.size <= maximum) return
      this.#values.delete(key)
    }
  }

  #putLast(key: string, value: RecentValue): void {
    this.#values.delete(key)
    this.#values.set(key, value)
  }
}
