import type { Clock } from '../clock.ts'
import { wheelOf } from '../deadline-wheel.ts'
import type { DeadlineWheel } from '../deadline-wheel.ts'
import type { EventBody, EventHeader, EventSubject } from '../event.ts'
import type { Host } from '../host.ts'
import type { Share, ShareScope } from '../share/share.ts'

export type Listener = (event: EventHeader & EventBody) => void

interface Channel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

/** Where every event of every pipeline goes, for telemetry: the diagnostics channel `holdfast`. */
const channel: Channel | undefined = globalThis.process
  ?.getBuiltinModule?.('node:diagnostics_channel')
  ?.channel('holdfast')

/** A pipeline's own things: clock, chance, wheel and listeners. */
export class PipelineHost implements Host {
  readonly pipeline: string
  readonly clock: Clock
  readonly random: () => number
  readonly wheel: DeadlineWheel
  readonly sharing: ShareScope | undefined
  #listeners: readonly Listener[] | undefined

  constructor(pipeline: string, clock: Clock, random: () => number, share?: Share) {
    this.pipeline = pipeline
    this.clock = clock
    this.random = random
    this.wheel = wheelOf(clock)
    this.sharing = share && { share, names: [pipeline] }
    share?.on((event) => {
      if (event.policy === 'share' && this.observed) this.emit(event)
    })
  }

  get observed(): boolean {
    return this.#listeners !== undefined || channel?.hasSubscribers === true
  }

  on(listener: Listener): () => void {
    const own: Listener = (event) => listener(event)
    this.#listeners = [...(this.#listeners ?? []), own]
    return () => {
      const rest = this.#listeners?.filter((each) => each !== own) ?? []
      this.#listeners = rest.length > 0 ? rest : undefined
    }
  }

  emit<Event extends EventBody>(body: Event, subject?: EventSubject): void {
    const event = {
      ...body,
      pipeline: this.pipeline,
      key: subject?.key,
      endpoint: subject?.endpoint?.id,
      attempt: subject?.attempt,
      at: this.clock.now(),
      wallTime: this.clock.wallTime(),
    }
    for (const listener of this.#listeners ?? []) this.#tell(listener, event)
    if (channel?.hasSubscribers === true) channel.publish(event)
  }

  /** What a listener throws is told to the others, once. */
  #tell(listener: Listener, event: EventHeader & EventBody): void {
    try {
      listener(event)
    } catch (error) {
      if (event.type === 'hook.failed') return
      const failed = { ...event, type: 'hook.failed', hook: 'listener', error }
      for (const other of this.#listeners ?? []) if (other !== listener) this.#tell(other, failed)
    }
  }
}
