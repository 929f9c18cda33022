import type { Clock } from './clock.ts'
import type { DeadlineWheel } from './deadline-wheel.ts'
import type { ShareScope } from './share/share.ts'
import type { EventBody, EventSubject } from './event.ts'

/** What a part gets from the pipeline it stands in: time, chance, timers, and somebody to tell. */
export interface Host {
  /** The pipeline's name. */
  readonly pipeline: string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly wheel: DeadlineWheel
  /** Where state that instances share is kept; undefined where every instance is on its own. */
  readonly sharing: ShareScope | undefined
  /** Whether anybody listens. Ask before building an event. */
  readonly observed: boolean
  /** Tells the listeners. A listener that throws changes nothing. */
  emit<Event extends EventBody>(event: Event, subject?: EventSubject): void
}
