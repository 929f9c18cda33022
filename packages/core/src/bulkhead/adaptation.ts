import type { EventSubject } from '../event.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Ending, Outcome } from '../outcome.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import type { AdaptiveSettings } from './limit-options.ts'
import type { BulkheadEvent } from './refusal.ts'

/** A limit that moves is told of each time that it has moved by so much. */
const toldRatio = 0.25

/** Tells an adaptive limit what the ends of calls mean for it, and the listeners what became of it. */
export class Adaptation {
  #settings: AdaptiveSettings
  readonly #machine: AdaptiveLimit
  readonly #policy: string
  readonly #host: Host
  readonly #subject: EventSubject
  #told: number

  constructor(settings: AdaptiveSettings, policy: string, endpoint: string | undefined, host: Host) {
    this.#settings = settings
    this.#machine = new AdaptiveLimit(settings)
    this.#policy = policy
    this.#host = host
    this.#subject = endpoint === undefined ? {} : { endpoint: { id: endpoint } }
    this.#told = this.limit
  }

  get limit(): number {
    return this.#machine.limit
  }

  /** Keeps what was learned. */
  retune(settings: AdaptiveSettings): this {
    this.#settings = settings
    this.#machine.rebound(settings)
    return this
  }

  /** A call that began as one of `running` has ended for its caller after so long. */
  ended(running: number, durationMs: number, ending: Ending, now: number): void {
    if (ending === 'unstarted') return
    if (ending === 'cancelled') this.#machine.left(running, durationMs, now)
    else if (this.#isDrop(ending)) this.#machine.dropped(running, now)
    else if (!isError(ending)) this.#machine.served(running, durationMs, now)
    this.#tell()
  }

  #isDrop(outcome: Outcome): boolean {
    const { isDrop } = this.#settings
    return ask(this.#host, this.#policy, 'limit.isDrop', () => isDrop(outcome), false)
  }

  #tell(): void {
    const { limit, probing } = this.#machine
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
  return before?.retune(settings) ?? new Adaptation(settings, policy, endpoint, host)
}
