import type { Clock } from '../clock.ts'
import type { DeadlineWheel } from '../deadline-wheel.ts'
import type { EventBody, EventSubject } from '../event.ts'
import type { Host } from '../host.ts'
import type { ShareScope } from './share.ts'

/** The host of parts that are made for one key: what they share has the key in its name. */
export class ScopedHost implements Host {
  readonly pipeline: string
  readonly clock: Clock
  readonly random: () => number
  readonly wheel: DeadlineWheel
  readonly sharing: ShareScope
  readonly #host: Host

  constructor(host: Host, { share, names }: ShareScope, more: readonly string[]) {
    this.#host = host
    this.pipeline = host.pipeline
    this.clock = host.clock
    this.random = host.random
    this.wheel = host.wheel
    this.sharing = { share, names: [...names, ...more] }
  }

  get observed(): boolean {
    return this.#host.observed
  }

  emit<Event extends EventBody>(event: Event, subject?: EventSubject): void {
    this.#host.emit(event, subject)
  }
}
