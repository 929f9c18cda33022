/** Ends of a probe that an instance makes for itself. */
type Result = 'succeeded' | 'failed' | 'lost' | 'returned'

/**
 * What an instance does that knows a circuit to be open and cannot reach the server to ask for probes: at a random
 * moment within one more opening it lets one call through, and again after each that did not succeed.
 */
export class LonelyProbe {
  #at = Infinity
  #running = false

  /** From now on the instance is alone, and the circuit is open for `remainingMs` yet. */
  begin(now: number, remainingMs: number, openMs: number, random: () => number): void {
    this.#at = now + remainingMs + random() * openMs
    this.#running = false
  }

  get begun(): boolean {
    return this.#at !== Infinity
  }

  /** Whether this call is to probe. */
  take(now: number): boolean {
    if (this.#running || now < this.#at) return false
    this.#running = true
    return true
  }

  /** Whether the circuit may be taken for closed. */
  ended(result: Result, now: number, openMs: number, random: () => number): boolean {
    if (!this.#running) return false
    this.#running = false
    if (result === 'succeeded') return true
    if (result !== 'returned') this.#at = now + openMs * (1 + random())
    return false
  }

  end(): void {
    this.#at = Infinity
    this.#running = false
  }
}
