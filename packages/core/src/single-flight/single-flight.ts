import type { Call } from '../call.ts'
import { EndpointStates } from '../guard.ts'
import { ask } from '../hook.ts'
import { JointRun } from '../joint-run.ts'
import type { Outcome } from '../outcome.ts'
import type { Next, Part, Policy } from '../policy.ts'
import { Lane } from './lane.ts'
import { misfit } from './misfit.ts'
import { settingsFrom } from './options.ts'
import type { Settings, SingleFlightOptions } from './options.ts'

export type { SingleFlightOptions, StaleOptions } from './options.ts'

export type SingleFlightEvent =
  | {
      readonly type: 'single-flight.joined'
      readonly policy: string
      /** How many calls wait for the run now. */
      readonly waiting: number
    }
  | {
      readonly type: 'single-flight.stale'
      readonly policy: string
      /** Of the value that took the error's place, in milliseconds. */
      readonly ageMs: number
      readonly outcome: Outcome
    }

export interface SingleFlightStatistics {
  /** Runs that somebody waits for. */
  readonly running: number
  /** Calls that wait for them. */
  readonly waiting: number
  /** Keys whose last good value is kept. */
  readonly kept: number
}

export interface SingleFlight extends Policy {
  statistics(): SingleFlightStatistics
}

/**
 * One run for all calls of a key: who comes while it runs waits for its outcome instead of a run of its own. Each may leave
 * on its own; the run is cut short when nobody waits for it. With `stale`, the last good value takes the place of an error.
 * Only for operations whose answer is everybody's; all hear the same object.
 */
export function singleFlight(options: SingleFlightOptions = {}): SingleFlight {
  return new OneForAll(options)
}

class OneForAll implements SingleFlight {
  readonly kind = 'single-flight'
  readonly name: string
  #settings: Settings
  /** Of each place that it was put in, for what is inside differs. */
  readonly #places: EndpointStates<Lane>[] = []

  constructor(options: SingleFlightOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  wrap(next: Next): Next {
    const lanes = new EndpointStates<Lane>()
    this.#places.push(lanes)
    return (call) => {
      const key = this.#keyOf(call)
      if (key === undefined) return next(call)
      const endpoint = call.endpoint?.id
      return this.#fly(lanes.of(endpoint) ?? lanes.add(endpoint, new Lane()), key, call, next)
    }
  }

  #keyOf(call: Call): string | undefined {
    const { by } = this.#settings
    if (by === undefined) return call.key
    const said: unknown = ask(call.host, this.name, 'by', () => by(call), undefined)
    return typeof said === 'string' ? said : undefined
  }

  #fly(lane: Lane, key: string, call: Call, next: Next): Promise<unknown> {
    const known = lane.running.get(key)
    const run = known ?? this.#newRun(lane, key, call)
    const answer = run.join(call)
    if (known === undefined) run.begin(next)
    else if (call.host.observed) {
      const { name: policy } = this
      call.emit({ type: 'single-flight.joined', policy, waiting: run.waiting } satisfies SingleFlightEvent)
    }
    if (this.#settings.stale === false) return answer
    return answer.catch((error: unknown) => this.#instead(lane, key, call, error))
  }

  #newRun(lane: Lane, key: string, call: Call): JointRun {
    const run = new JointRun(call, (outcome) => {
      lane.running.delete(key)
      if (outcome !== undefined && 'value' in outcome) {
        lane.keep(key, outcome.value, run.startedAt, this.#settings)
      }
    })
    lane.running.set(key, run)
    return run
  }

  /** What the call hears where its run has failed. Who has left hears nothing. */
  #instead(lane: Lane, key: string, call: Call, error: unknown): unknown {
    const now = call.clock.now()
    const last = call.cancelled ? undefined : lane.lastGood(key, now, this.#settings)
    if (last === undefined) throw error
    if (call.host.observed) {
      const { name: policy } = this
      const ageMs = now - last.since
      call.emit({
        type: 'single-flight.stale',
        policy,
        ageMs,
        outcome: { error },
      } satisfies SingleFlightEvent)
    }
    return last.value
  }

  *#lanes(): Generator<Lane> {
    for (const place of this.#places) for (const [, lane] of place.all()) yield lane
  }

  statistics(): SingleFlightStatistics {
    const sum = { running: 0, waiting: 0, kept: 0 }
    for (const lane of this.#lanes()) {
      sum.running += lane.running.size
      sum.kept += lane.kept
      for (const run of lane.running.values()) sum.waiting += run.waiting
    }
    return sum
  }

  describe(): Readonly<Record<string, unknown>> {
    const { stale } = this.#settings
    return { stale: stale && { ...stale } }
  }

  configure(options: SingleFlightOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    for (const lane of this.#lanes()) lane.trim(this.#settings)
  }

  draft(options: SingleFlightOptions): Part {
    return singleFlight({ ...this.#settings.options, ...options })
  }

  check(inner: readonly Part[], outer: readonly Part[]): string | undefined {
    return misfit(this.name, this.#settings.stale !== false, inner, outer)
  }

  idle(now: number): boolean {
    return [...this.#lanes()].every((lane) => lane.idle(now, this.#settings))
  }
}
