import { EndpointHealth } from './endpoint-health.ts'
import type { SharedEndpoint } from './endpoint-health.ts'
import type { ShareNotice } from './event.ts'
import type { Fleet } from './fleet.ts'
import type { SharedProbe } from './probes.ts'
import { maximumEndpoints } from './protocol/health-record.ts'
import type { HealthPolicy } from './protocol/health-policy.ts'
import type { RegisterReply } from './protocol/health-register.ts'
import type { EndpointDropped } from './protocol/health-request.ts'
import type { ProbeResult } from './protocol/probe.ts'
import type { Status } from './protocol/status.ts'

/** Who chooses among the endpoints. */
export interface HealthWatcher {
  /** An endpoint, or which are to be used, is another for this instance from now on. */
  changed(): void
  notify(event: ShareNotice): void
}

/** What an instance knows of one endpoint at a moment. */
export interface EndpointState extends SharedEndpoint {
  readonly status: Status
  readonly remainingMs: number
}

/** Instances ask for probes within so many milliseconds of each other, and longer in a large fleet. */
const shortestJitterMs = 20
const longestJitterMs = 200

/**
 * The health of a service's endpoints that a fleet shares, as one instance knows it. Asked and told without waiting: what
 * it has to say goes out by its exchange, in the background.
 */
export class SharedHealth {
  /** Whether this instance judges alone: it has never heard of the service, or cannot say anything of it now. */
  alone = true
  /** Whether what the server has of it is of no use, though some of it may be readable. */
  broken = false
  /** Which group is in use, and whether all endpoints are, ejected or not. */
  register: RegisterReply = { epoch: 0, active: 0, panic: false }
  policy: HealthPolicy
  readonly fleet: Fleet
  /** When counts are due; they go out together. */
  votesDueAt: number = Infinity
  /** There is something to say, or it has to be said sooner. */
  whenDue: () => void = () => undefined
  /** Endpoints that have not been heard of have come. */
  whenNew: () => void = () => undefined
  readonly #watchers = new Map<HealthWatcher, readonly SharedEndpoint[]>()
  readonly #endpoints = new Map<string, EndpointHealth>()

  constructor(policy: HealthPolicy, fleet: Fleet) {
    this.policy = policy
    this.fleet = fleet
  }

  /** One more who chooses among these endpoints; or the same, among others than before. */
  join(watcher: HealthWatcher, endpoints: readonly SharedEndpoint[]): void {
    this.#watchers.set(watcher, endpoints)
    this.#gather()
  }

  /** Whether nobody is left. */
  leave(watcher: HealthWatcher): boolean {
    this.#watchers.delete(watcher)
    this.#gather()
    return this.#watchers.size === 0
  }

  /** Keeps what is known of those that stay. */
  #gather(): void {
    const wanted = new Map([...this.#watchers.values()].flat().map((each) => [each.name, each]))
    for (const name of this.#endpoints.keys()) if (!wanted.has(name)) this.#endpoints.delete(name)
    const known = this.#endpoints.size
    for (const endpoint of wanted.values()) {
      const found = this.#endpoints.get(endpoint.name)
      if (found === undefined)
        this.#endpoints.set(endpoint.name, new EndpointHealth(endpoint, this.fleet.random, this.fleet.now))
      else found.group = endpoint.group
    }
    if (this.#endpoints.size > known) this.whenNew()
  }

  changed(): void {
    for (const watcher of this.#watchers.keys()) watcher.changed()
  }

  notify(event: ShareNotice): void {
    for (const watcher of this.#watchers.keys()) watcher.notify(event)
  }

  get endpoints(): Iterable<EndpointHealth> {
    return this.#endpoints.values()
  }

  /** To be held by who asks often. Undefined where nobody has joined with it. */
  endpoint(name: string): EndpointHealth | undefined {
    return this.#endpoints.get(name)
  }

  states(now: number): readonly EndpointState[] {
    return [...this.#endpoints.values()].map((each) => {
      const { name, group, status } = each
      return { name, group, status, remainingMs: each.remainingMs(now) }
    })
  }

  /** Counts a call to an endpoint that was chosen in `epoch` of it. */
  record(endpoint: EndpointHealth, epoch: number, failed: boolean, now: number): void {
    const { view, votes } = endpoint
    if (epoch !== view.epoch || view.status !== 'closed' || endpoint.unknown) return
    if (!votes.count(failed, now) || votes.dueAt >= this.votesDueAt) return
    this.votesDueAt = votes.dueAt
    this.whenDue()
  }

  /** A probe for a call that could go to an ejected endpoint, where one is to be had now; else one is asked for. */
  probe(endpoint: EndpointHealth, now: number): SharedProbe | undefined {
    if (endpoint.status === 'closed' || endpoint.remainingMs(now) > 0) return undefined
    this.fleet.watch(now, 0)
    const probe = endpoint.probes.take(now)
    if (probe !== undefined) return probe
    if (this.alone && endpoint.lonely.take(now, this.policy.openMs))
      return { epoch: endpoint.epoch, number: 0 }
    const { size, random } = this.fleet
    endpoint.probes.wish(now, Math.max(shortestJitterMs, Math.min(longestJitterMs, size / 10)) * random())
    this.whenDue()
    return undefined
  }

  /** A probe has ended. */
  ended(endpoint: EndpointHealth, probe: SharedProbe, result: ProbeResult, now: number): void {
    if (probe.epoch !== endpoint.epoch) return
    if (probe.number !== 0) {
      endpoint.probes.ended(probe, result, now)
      return this.whenDue()
    }
    const before = endpoint.status
    endpoint.lonely.ended(result, now, this.policy.openMs)
    if (endpoint.status !== before) this.changed()
  }

  /** How much sooner counts may go, with others. */
  get slackMs(): number {
    for (const { votes } of this.endpoints) if (votes.dueAt === this.votesDueAt) return votes.slackMs
    return 0
  }

  /** What the server did with so many votes, or reports of probes, of an endpoint. */
  judged(endpoint: EndpointHealth, dropped: EndpointDropped, votes: number): void {
    const before = endpoint.unknown
    endpoint.unknown = dropped === 'full'
    if (endpoint.unknown && !before) this.notify({ type: 'share.full', maximum: maximumEndpoints })
    if (dropped === 'none' || dropped === 'full' || votes === 0) return
    this.notify({ type: 'vote.dropped', reason: dropped, votes })
  }

  /** The server cannot be reached, or what it has of this service is of no use. */
  beAlone(now: number): void {
    this.alone = true
    for (const { view, lonely } of this.endpoints) {
      if (view.status !== 'closed') lonely.begin(now, view.remainingMs(now), this.policy.openMs)
    }
  }
}
