import type { EventSubject } from '../event.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { byDrops } from './drop-machine.ts'
import type { DropState } from './drop-machine.ts'
import { byDurations } from './duration-machine.ts'
import type { DurationState } from './duration-machine.ts'
import { isOverload } from './limit-options.ts'
import type { AdaptiveSettings } from './limit-options.ts'
import type { BulkheadEvent } from './refusal.ts'

/** A limit that moves is told of each time that it has moved by so much. */
const toldRatio = 0.25

/** Tells an adaptive limit what the ends of calls mean for it, and the listeners what became of it. */
export class Adaptation {
  #settings: AdaptiveSettings
  readonly #limit: AdaptiveLimit<DropState> | AdaptiveLimit<DurationState>
  readonly #policy: string
  readonly #host: Host
  readonly #subject: EventSubject
  #told: number

  constructor(settings: AdaptiveSettings, policy: string, endpoint: string | undefined, host: Host) {
    this.#settings = settings
    this.#limit =
      settings.by === 'drops'
        ? new AdaptiveLimit(byDrops, settings)
        : new AdaptiveLimit(byDurations, settings)
    this.#policy = policy
    this.#host = host
    this.#subject = endpoint === undefined ? {} : { endpoint: { id: endpoint } }
    this.#told = this.limit
  }

  get limit(): number {
    return this.#limit.limit
  }

  /** The same under other settings, with what was learned; undefined where it would have to be found in another way. */
  retuned(settings: AdaptiveSettings): this | undefined {
    if (settings.by !== this.#settings.by) return undefined
    this.#settings = settings
    this.#limit.rebound(settings)
    return this
  }

  /** A call that began as one of `running` has ended for its caller after so long. */
  ended(running: number, durationMs: number, ending: Ending, now: number): void {
    if (ending === 'unstarted') return
    if (ending === 'cancelled') this.#limit.left(running, durationMs, now)
    else if (this.#isDrop(ending)) this.#limit.dropped(running, durationMs, now)
    else if (!isError(ending)) this.#limit.served(running, durationMs, now)
    this.#tell()
  }

  #isDrop(outcome: Outcome): boolean {
    const { isDrop } = this.#settings
    if (isDrop === isOverload) return isOverload(outcome)
    return ask(this.#host, this.#policy, 'limit.isDrop', () => isDrop(outcome), false)
  }

  #tell(): void {
    const { limit, probing } = this.#limit
    const before = this.#told
    if (probing || Math.abs(limit - before) < Math.max(1, before * toldRatio)) return
    this.#told = limit
    if (!this.#host.observed) return
    const event = { type: 'bulkhead.adapted', policy: this.#policy, limit, before } satisfies BulkheadEvent
    this.#host.emit(event, this.#subject)
  }
}

/** What makes a limit follow `settings`, with what was learned before; undefined where it is to be fixed. */
export function adaptationTo(
  settings: AdaptiveSettings | undefined,
  before: Adaptation | undefined,
  policy: string,
  endpoint: string | undefined,
  host: Host,
): Adaptation | undefined {
  if (settings === undefined) return undefined
  return before?.retuned(settings) ?? new Adaptation(settings, policy, endpoint, host)
}
