import type { Call, Endpoint } from '../call.ts'
import type { Host } from '../host.ts'
import { Candidate } from './candidate.ts'
import type { EjectionReason, EndpointsEvent } from './event.ts'
import { step } from './health.ts'
import type { HealthEvent } from './health.ts'
import type { Settings } from './options.ts'
import { Roster } from './roster.ts'
import type { RosterListener } from './roster.ts'
import { statisticsOf } from './statistics.ts'
import type { EndpointsStatistics } from './statistics.ts'
import type { Visit, VisitEnding } from './trip.ts'

/** What a failure counts as, at least, in milliseconds of latency, so that who fails fast draws no calls (Linkerd). */
const failureMs = 5_000
const longestFailureMs = 300_000

/** The endpoints in its care: hears how calls ended, ejects those that fail, and brings them back. */
export class Ward implements RosterListener {
  host: Host | undefined
  readonly #policy: string
  readonly #roster: Roster
  readonly #candidates = new Map<string, Candidate>()
  #settings: Settings

  constructor(policy: string, settings: Settings) {
    this.#policy = policy
    this.#settings = settings
    this.#roster = new Roster(settings, this)
    this.#seat(settings, 0, 0)
  }

  /** Other options: what is known of the endpoints that stay stays, and those that come begin slowly. */
  reseat(settings: Settings, now: number): void {
    this.#settings = settings
    this.#seat(settings, settings.slowStartMs, now)
  }

  #seat(settings: Settings, rampMs: number, now: number): void {
    const wanted = new Set(settings.groups.flat().map(({ id }) => id))
    const isFirst = this.#candidates.size === 0
    for (const id of this.#candidates.keys()) if (!wanted.has(id)) this.#candidates.delete(id)
    const groups = settings.groups.map((group) =>
      group.map((endpoint) => this.#candidate(endpoint, isFirst ? 0 : rampMs, now)),
    )
    this.#roster.settings = settings
    this.#roster.seat(groups, now)
  }

  #candidate(endpoint: Endpoint, rampMs: number, now: number): Candidate {
    const known = this.#candidates.get(endpoint.id)
    if (known !== undefined) {
      known.endpoint = endpoint
      return known
    }
    const candidate = new Candidate(endpoint)
    if (rampMs > 0) candidate.ramp(now, rampMs)
    this.#candidates.set(endpoint.id, candidate)
    return candidate
  }

  /** One whose time is over, for a call that can find out whether it is well; or else one of those that serve. */
  choose(call: Call, now: number): Candidate | undefined {
    const { tried, random } = call
    if (tried.length === 0) return this.#roster.due(now) ?? this.#roster.choose(now, random)
    return this.#roster.untried(tried, now, random) ?? this.#roster.choose(now, random)
  }

  untried({ tried, random }: Call, now: number): Candidate | undefined {
    return this.#roster.untried(tried, now, random)
  }

  sent(candidate: Candidate, now: number): boolean {
    const { health } = candidate
    const isProbe = health.kind === 'ejected' && health.until <= now
    if (isProbe) this.#change(candidate, { type: 'probed', now })
    return isProbe
  }

  ended(visit: Visit, ending: VisitEnding, error: unknown, now: number): void {
    const { candidate, epoch, isProbe, startedAt } = visit
    const elapsedMs = now - startedAt
    if (ending === 'succeeded') candidate.latency.record(elapsedMs, now)
    else if (ending === 'failed') candidate.latency.record(Math.max(elapsedMs, slownessOf(error)), now)
    else if (ending === 'cancelled') candidate.latency.raise(elapsedMs, now)
    if (epoch !== candidate.epoch) return
    if (isProbe) this.#probed(candidate, ending, error, now)
    else if (candidate.healthy) this.#count(candidate, ending, now)
  }

  #count(candidate: Candidate, ending: VisitEnding, now: number): void {
    if (ending === 'succeeded') {
      candidate.failuresInRow = 0
      if (candidate.held) this.#hold(candidate, false, now)
    } else if (ending === 'failed' && ++candidate.failuresInRow >= this.#settings.consecutiveFailures) {
      this.#condemn(candidate, 'consecutive-failures', now)
    }
  }

  /** Ejects it, or holds it where too few others would remain: then all are used. */
  #condemn(candidate: Candidate, reason: EjectionReason, now: number): void {
    if (!this.#roster.mayEject) return this.#hold(candidate, true, now)
    this.#change(candidate, { type: 'ejected', now, jitter: this.#jitter }, reason)
  }

  #hold(candidate: Candidate, held: boolean, now: number): void {
    if (candidate.held === held) return
    candidate.held = held
    this.#roster.refit(now)
  }

  #probed(candidate: Candidate, ending: VisitEnding, error: unknown, now: number): void {
    if (ending === 'succeeded') {
      candidate.ramp(now, this.#settings.slowStartMs)
      this.#change(candidate, { type: 'succeeded', now })
    } else if (ending === 'failed') {
      this.#change(candidate, { type: 'failed', now, jitter: this.#jitter }, 'probe')
    } else {
      const afterMs = ending === 'unstarted' ? Math.min(askedMs(error), this.#settings.baseMs) : 0
      this.#change(candidate, { type: 'spared', now, afterMs })
    }
  }

  /** Its probe has not come back. */
  overdue(candidate: Candidate): void {
    const { health } = candidate
    if (health.kind !== 'probing') return
    this.#become(candidate, { type: 'failed', now: health.until, jitter: this.#jitter }, 'probe')
  }

  #change(candidate: Candidate, event: HealthEvent, reason?: EjectionReason): void {
    this.#become(candidate, event, reason)
    this.#roster.refit(event.now)
  }

  #become(candidate: Candidate, event: HealthEvent, reason?: EjectionReason): void {
    const health = step(candidate.health, event, this.#settings)
    candidate.become(health)
    const policy = this.#policy
    if (health.kind === 'healthy') this.#report({ type: 'endpoint.restored', policy }, candidate)
    if (health.kind !== 'ejected' || reason === undefined) return
    const { until, ejections } = health
    const ejectedMs = until - event.now
    this.#report({ type: 'endpoint.ejected', policy, reason, ejectedMs, ejections }, candidate)
  }

  get #jitter(): number {
    return this.host?.random() ?? 0
  }

  moved(from: number, to: number): void {
    this.#report({ type: 'endpoint.group', policy: this.#policy, from, to })
  }

  panicked(group: number, panic: boolean): void {
    this.#report({ type: panic ? 'endpoint.panic' : 'endpoint.calm', policy: this.#policy, group })
  }

  #report(event: EndpointsEvent, endpoint?: Candidate): void {
    const { host } = this
    if (host?.observed === true) host.emit(event, endpoint && { endpoint })
  }

  /** Milliseconds until the first ejected endpoint is probed; undefined where there is none. */
  returnsInMs(now: number): number | undefined {
    const away = [...this.#candidates.values()].map(({ health }) => health)
    const untils = away.map((health) => (health.kind === 'healthy' ? Infinity : health.until))
    const first = Math.min(...untils)
    return first === Infinity ? undefined : Math.max(0, first - now)
  }

  statistics(now: number): EndpointsStatistics {
    this.#roster.refit(now)
    return {
      group: this.#roster.active,
      panic: this.#roster.panic,
      endpoints: [...this.#candidates.values()].map((each) => statisticsOf(each, now)),
    }
  }

  /** Whether nothing is known of them that would be missed. */
  get idle(): boolean {
    const all = [...this.#candidates.values()]
    return all.every((each) => each.healthy && each.inFlight === 0 && each.failuresInRow === 0)
  }
}

function slownessOf(error: unknown): number {
  return Math.max(failureMs, Math.min(longestFailureMs, askedMs(error)))
}

/** For how long an error asks to be left alone. */
function askedMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0
  const { retryAfterMs } = error
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0
}
