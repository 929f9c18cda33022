import type { ProbeResult } from './protocol/probe.ts'

/**
 * What an instance does that knows a circuit to be open and cannot reach the server to ask for probes: at a random
 * moment within one more opening it lets one call through, and again after each that did not succeed. Once one has, it
 * takes the circuit for closed, until it hears from the server.
 */
export class LonelyProbe {
  foundWell = false
  readonly #random: () => number
  #at = Infinity
  #running = false

  constructor(random: () => number) {
    this.#random = random
  }

  /** From now on the instance is alone, and the circuit is open for `remainingMs` yet. */
  begin(now: number, remainingMs: number, openMs: number): void {
    this.#at = now + remainingMs + this.#random() * openMs
    this.#running = false
  }

  /** Whether this call is to probe. */
  take(now: number, openMs: number): boolean {
    if (this.#at === Infinity) this.begin(now, 0, openMs)
    if (this.#running || now < this.#at) return false
    this.#running = true
    return true
  }

  ended(result: ProbeResult, now: number, openMs: number): void {
    if (!this.#running) return
    this.#running = false
    this.foundWell = result === 'succeeded'
    if (result !== 'returned') this.#at = now + openMs * (1 + this.#random())
  }

  /** The server has been heard: what the instance made up its mind about while alone gives way. */
  end(): void {
    this.foundWell = this.#running = false
    this.#at = Infinity
  }
}
