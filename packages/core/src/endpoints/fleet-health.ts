import type { Host } from '../host.ts'
import type { ShareNotice } from '../share/event.ts'
import type { HealthPolicy } from '../share/protocol/health-policy.ts'
import { ringSize } from '../share/protocol/breaker-policy.ts'
import type { Joined } from '../share/share.ts'
import type { HealthWatcher, SharedHealth } from '../share/shared-health.ts'
import type { Candidate, VisitEnding } from './candidate.ts'
import type { Settings } from './options.ts'
import type { Visit } from './trip.ts'

/** Never: a share of failures is at most 1. */
const never = 2
/** In the newest tenths of an interval so many failures are enough, so that what is dead is not found out too late. */
const burstRatio = 0.9

/** So many of the instances that call an endpoint must have seen it fail. */
const quorumRatio = 0.1

/** By which rules a fleet judges endpoints of such settings: of those that eject, the failure ratio. */
function policyFrom(settings: Settings): HealthPolicy {
  const { shared, outliers, intervalMs, baseMs, maximumMs, probeLeaseMs, dwellMs } = settings
  const { ratio, minimumCalls } = outliers.failureRatio || { ratio: never, minimumCalls: 1 }
  return {
    version: shared === false ? 0 : (shared.version ?? 0),
    bucketMs: Math.max(1, Math.round(intervalMs / ringSize)),
    minimumCalls,
    failureRatio: ratio,
    burstRatio: Math.max(ratio, burstRatio),
    openMs: Math.round(baseMs),
    maximumOpenMs: Math.round(maximumMs),
    probes: 1,
    probeSuccesses: 1,
    probeLeaseMs: Math.round(probeLeaseMs),
    quorumRatio: quorumRatio * callersRatio(settings),
    quorumMinimum: 2,
    quorumMaximum: 20,
    maximumEjectedRatio: settings.maximumEjectedRatio,
    minimumHealthy: 1,
    dwellMs: Math.round(dwellMs),
  }
}

/** The share of all instances that call an endpoint, as each calls a subset: of the group where they are fewest. */
function callersRatio({ groups, subsets }: Settings): number {
  const ratios = subsets.map((used, rank) => used.length / (groups[rank]?.length ?? 1))
  return Math.min(1, ...ratios.filter((each) => each > 0))
}

/** Who chooses by what the fleet knows. */
export interface FleetListener {
  /** An endpoint is out for the whole fleet, or no longer; or the fleet uses another group. */
  fleetChanged(): void
}

/**
 * What all instances together know of the endpoints, beside what this one knows by itself: who of the two says that an
 * endpoint is out is believed. Alone, the fleet says nothing of groups, and of endpoints what it said last.
 */
export class FleetHealth implements HealthWatcher {
  readonly #host: Host
  readonly #policy: string
  readonly #listener: FleetListener
  #joined: Joined<SharedHealth> | undefined

  constructor(host: Host, policy: string, listener: FleetListener) {
    this.#host = host
    this.#policy = policy
    this.#listener = listener
  }

  /** Shares these from now on, if its pipeline has a share and they are to be shared. */
  follow(settings: Settings, candidates: readonly Candidate[]): void {
    const { sharing } = this.#host
    if (sharing === undefined || settings.shared === false) return this.leave(candidates)
    const endpoints = candidates.map(({ id, group }) => ({ name: id, group }))
    const names = [...sharing.names, this.#policy]
    this.#joined = sharing.share.parts.health(names, policyFrom(settings), endpoints, this)
    for (const each of candidates) each.fleet = this.#joined?.shared.endpoint(each.id)
  }

  leave(candidates: readonly Candidate[]): void {
    this.#joined?.leave()
    this.#joined = undefined
    for (const each of candidates) each.fleet = undefined
  }

  changed(): void {
    this.#listener.fleetChanged()
  }

  notify(event: ShareNotice): void {
    if (this.#host.observed) this.#host.emit({ ...event, policy: this.#policy })
  }

  /** The first group that the fleet uses. */
  get active(): number {
    return this.#told?.active ?? 0
  }

  /** Whether the fleet uses all endpoints of that group, ejected or not. */
  get panic(): boolean {
    return this.#told?.panic ?? false
  }

  get #told(): { readonly active: number; readonly panic: boolean } | undefined {
    const health = this.#joined?.shared
    return health === undefined || health.alone ? undefined : health.register
  }

  /** Whether this call may go there to find out if it is well, as far as the fleet has a say. */
  mayProbe(candidate: Candidate, now: number): boolean {
    const { fleet } = candidate
    if (fleet === undefined || fleet.status === 'closed') return true
    candidate.grant = this.#joined?.shared.probe(fleet, now)
    return candidate.grant !== undefined
  }

  /** A call has ended. */
  heard({ candidate, fleetEpoch, fleetProbe }: Visit, ending: VisitEnding, now: number): void {
    const health = this.#joined?.shared
    const { fleet } = candidate
    if (health === undefined || fleet === undefined) return
    const hasEnded = ending === 'succeeded' || ending === 'failed'
    if (fleetProbe !== undefined) health.ended(fleet, fleetProbe, hasEnded ? ending : 'returned', now)
    else if (hasEnded) health.record(fleet, fleetEpoch, ending === 'failed', now)
  }
}
