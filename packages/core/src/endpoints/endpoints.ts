import type { Call, Endpoint } from '../call.ts'
import { givenOptions, HoldfastConfigError, show } from '../check.ts'
import { firstHost } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import { isError } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import type { Next, Part, Policy } from '../policy.ts'
import type { Candidate, VisitEnding } from './candidate.ts'
import { misfit } from './misfit.ts'
import { NoEndpointError } from './no-endpoint-error.ts'
import { described, settingsFrom } from './options.ts'
import type { EndpointsOptions, Settings } from './options.ts'
import type { EndpointsStatistics } from './statistics.ts'
import { takeTrip } from './trip.ts'
import type { Dispatcher, Visit } from './trip.ts'
import { Ward } from './ward.ts'

/** Endpoints that are chosen among by how they are. */
export interface Endpoints extends Policy {
  statistics(): EndpointsStatistics
  /**
   * One more endpoint, in the primary's group unless said otherwise; used where it is in this instance's subset. Throws
   * `HoldfastConfigError` where its id is known.
   */
  add(endpoint: Endpoint, group?: number): void
  /** No further calls go there; those that run are not touched. Throws `HoldfastConfigError` where it is not known. */
  remove(id: string): void
}

/**
 * Sends every run of the inside to one endpoint: to one that is well, of the first group that has any, and to another one
 * than before where a call is tried again. A refusal by a guard inside moves the call on to the next one at once.
 */
export function endpoints(options: EndpointsOptions): Endpoints {
  return new EndpointChoice(options)
}

class EndpointChoice implements Endpoints, Dispatcher {
  readonly kind = 'endpoints'
  readonly name: string
  #settings: Settings
  readonly #ward: Ward
  #host: Host | undefined

  constructor(options: EndpointsOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
    this.#ward = new Ward(this.name, this.#settings)
  }

  attach(host: Host): void {
    this.#host = firstHost(this.name, this.#host, host)
    this.#ward.attach(this.#host)
  }

  detach(): void {
    this.#ward.detach()
  }

  wrap(next: Next): Next {
    return (call) => {
      const now = call.clock.now()
      const candidate = this.#ward.choose(call, now)
      if (candidate === undefined) return Promise.reject(this.#nowhere(call, now))
      return takeTrip(this, call, next).send(candidate, now)
    }
  }

  #nowhere(call: Call, now: number): NoEndpointError {
    const retryAfterMs = this.#ward.returnsInMs(now)
    const why = this.#ward.isEmpty ? 'there is no endpoint' : 'no endpoint is healthy'
    const error = new NoEndpointError(`${this.name}: ${why}`, {
      policy: this.name,
      key: call.key,
      retryAfterMs,
    })
    error.arose(call.execution)
    return error
  }

  get isFailure(): Dispatcher['isFailure'] {
    return this.#settings.isFailure === undefined ? undefined : this.#isFailure
  }

  readonly #isFailure = (outcome: Outcome, call: Call): boolean => {
    const { isFailure } = this.#settings
    const standard = isError(outcome)
    if (isFailure === undefined) return standard
    return ask(call.host, this.name, 'isFailure', () => isFailure(outcome, call), standard)
  }

  untried(call: Call, now: number): Candidate | undefined {
    return this.#ward.untried(call, now)
  }

  sent(candidate: Candidate, now: number): boolean {
    return this.#ward.sent(candidate, now)
  }

  ended(visit: Visit, ending: VisitEnding, error: unknown, now: number): void {
    this.#ward.ended(visit, ending, error, now)
  }

  statistics(): EndpointsStatistics {
    return this.#ward.statistics(this.#now)
  }

  get #now(): number {
    return this.#host?.clock.now() ?? 0
  }

  add(endpoint: Endpoint, group = 0): void {
    const groups = this.#settings.groups.map((each, rank) => (rank === group ? [...each, endpoint] : each))
    if (group === groups.length) groups.push([endpoint])
    if (!(group in groups)) {
      throw new HoldfastConfigError(
        `${this.name}: there is no group ${group}; give one from 0 to ${groups.length}`,
      )
    }
    this.#regroup(groups)
  }

  remove(id: string): void {
    const { groups } = this.#settings
    if (!groups.flat().some((each) => each.id === id))
      throw new HoldfastConfigError(`${this.name}: no endpoint has the id ${show(id)}`)
    this.#regroup(groups.map((group) => group.filter((each) => each.id !== id)))
  }

  #regroup([primary = [], ...standby]: readonly (readonly Endpoint[])[]): void {
    this.configure({ primary, standby })
  }

  describe(): Readonly<Record<string, unknown>> {
    return described(this.#settings)
  }

  configure(options: Partial<EndpointsOptions>): void {
    this.#settings = settingsFrom(this.name, merged(this.#settings.options, options))
    this.#ward.reseat(this.#settings, this.#now)
  }

  draft(options: Partial<EndpointsOptions>): Part {
    return endpoints(merged(this.#settings.options, options))
  }

  check(inner: readonly Part[], outer: readonly Part[]): string | undefined {
    return misfit(this.name, this.#settings.subsets.flat().length, inner, outer)
  }

  idle(): boolean {
    return this.#ward.idle
  }
}

/** What is said of ejection is added to what was said before. */
function merged(before: EndpointsOptions, options: Partial<EndpointsOptions>): EndpointsOptions {
  const { ejection } = options
  if (typeof ejection !== 'object' || typeof before.ejection !== 'object') return { ...before, ...options }
  return { ...before, ...options, ejection: { ...before.ejection, ...givenOptions('ejection', ejection) } }
}
