import type { Alarm, Clock } from '@holdfast/core'
import type { Redis } from 'ioredis'

/**
 * Asks a server for a sign of life after `silenceMs` in which nothing else was sent. The client gives up a connection when
 * nothing comes back; where nothing is asked it would wait for ever.
 */
export class Heartbeat {
  readonly #clock: Clock
  readonly #client: Redis
  readonly #silenceMs: number
  readonly #alarm: Alarm
  #lastSent: number

  constructor(clock: Clock, client: Redis, silenceMs: number) {
    this.#clock = clock
    this.#client = client
    this.#silenceMs = silenceMs
    this.#lastSent = clock.now()
    this.#alarm = clock.alarm(() => this.#look(), true)
    this.#wait()
  }

  /** Something else is being sent. */
  sent(): void {
    this.#lastSent = this.#clock.now()
  }

  stop(): void {
    this.#alarm.clear()
  }

  #look(): void {
    const now = this.#clock.now()
    if (now - this.#lastSent >= this.#silenceMs) {
      this.#lastSent = now
      this.#client.ping().catch(() => {})
    }
    this.#wait()
  }

  #wait(): void {
    this.#alarm.set(this.#lastSent + this.#silenceMs)
  }
}
