/** A value, and the moment from which it is as good as new. */
export interface RecentValue {
  readonly key: string
  readonly value: unknown
  /** On the calls' clock. */
  readonly since: number
}

interface Entry extends RecentValue {
  newer: Entry | undefined
  older: Entry | undefined
}

/** The values of the keys that were last used, up to a number of them. Every operation takes constant time. */
export class RecentValues {
  readonly #entries = new Map<string, Entry>()
  #newest: Entry | undefined
  #oldest: Entry | undefined
  /** The latest moment from which any value was good. */
  lastSince: number = -Infinity

  get size(): number {
    return this.#entries.size
  }

  /** The value of `key`, which counts as used. */
  use(key: string): RecentValue | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry === this.#newest) return entry
    this.#unlink(entry)
    this.#link(entry)
    return entry
  }

  set(key: string, value: unknown, since: number, maximum: number): void {
    this.delete(key)
    const entry: Entry = { key, value, since, newer: undefined, older: undefined }
    this.#entries.set(key, entry)
    this.#link(entry)
    this.lastSince = Math.max(this.lastSince, since)
    this.trim(maximum)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#unlink(entry)
  }

  /** Forgets those that were used least recently, until there are no more than `maximum`. */
  trim(maximum: number): void {
    while (this.#oldest !== undefined && this.#entries.size > maximum) this.delete(this.#oldest.key)
  }

  #link(entry: Entry): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ newer, older }: Entry): void {
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
  }
}
