import { Timer, wheelOf } from '@holdfast/core'
import type { Clock } from '@holdfast/core'
import type { Redis } from 'ioredis'

/**
 * Asks a server for a sign of life after `silenceMs` in which nothing else was sent. The client gives up a connection when
 * nothing comes back; it would wait for ever where nothing is asked.
 */
export class Heartbeat extends Timer {
  readonly #clock: Clock
  readonly #client: Redis
  readonly #silenceMs: number
  #lastSent: number

  constructor(clock: Clock, client: Redis, silenceMs: number) {
    super()
    this.#clock = clock
    this.#client = client
    this.#silenceMs = silenceMs
    this.#lastSent = clock.now()
    this.#wait(this.#lastSent)
  }

  /** Something else is being sent. */
  sent(): void {
    this.#lastSent = this.#clock.now()
  }

  override fire(now: number): void {
    if (now - this.#lastSent >= this.#silenceMs) {
      this.#lastSent = now
      this.#client.ping().catch(() => {})
    }
    this.#wait(now)
  }

  #wait(now: number): void {
    wheelOf(this.#clock).add(this, this.#lastSent + this.#silenceMs, now)
  }
}
