/** What one key has running, and when it asked last. */
export interface Asking {
  readonly key: string
  running: number
  askedAt: number
}

/**
 * The keys that want something: those that have something running, and those that asked within a while. To ask takes
 * constant time on average; keys beyond the largest number share one entry.
 */
export class AskingKeys {
  #wantsMs: number
  #maximum: number
  /** Those that asked last are last. */
  readonly #keys = new Map<string, Asking>()
  readonly #overflow: Asking = { key: '', running: 0, askedAt: -Infinity }

  constructor(wantsMs: number, maximum: number) {
    this.#wantsMs = wantsMs
    this.#maximum = maximum
  }

  get size(): number {
    return this.#keys.size + (this.#overflow.running > 0 ? 1 : 0)
  }

  ask(key: string, now: number): Asking {
    this.#forget(now)
    const known = this.#keys.get(key)
    if (known === undefined && this.#keys.size >= this.#maximum) return this.#overflow
    const asking = known ?? { key, running: 0, askedAt: now }
    asking.askedAt = now
    if (known !== undefined) this.#keys.delete(key)
    this.#keys.set(key, asking)
    return asking
  }

  tune(wantsMs: number, maximum: number): void {
    this.#wantsMs = wantsMs
    this.#maximum = maximum
  }

  /** What has something running stays, and is looked at again a while later. */
  #forget(now: number): void {
    for (const [key, asking] of this.#keys) {
      if (now - asking.askedAt < this.#wantsMs) return
      this.#keys.delete(key)
      if (asking.running === 0) continue
      asking.askedAt = now
      this.#keys.set(key, asking)
    }
  }
}
