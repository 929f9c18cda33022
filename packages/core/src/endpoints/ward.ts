import type { Call } from '../call.ts'
import type { Host } from '../host.ts'
import { askedMs } from './asked-ms.ts'
import type { Candidate, VisitEnding } from './candidate.ts'
import { Candidates } from './candidates.ts'
import type { EjectionReason, EndpointsEvent } from './event.ts'
import { step } from './health.ts'
import type { HealthEvent } from './health.ts'
import { HealthChecks } from './health-check.ts'
import type { CheckListener } from './health-check.ts'
import { Judge } from './judge.ts'
import type { Bailiff } from './judge.ts'
import type { Settings } from './options.ts'
import { Roster } from './roster.ts'
import type { RosterListener } from './roster.ts'
import { statisticsOf } from './statistics.ts'
import type { EndpointsStatistics } from './statistics.ts'
import type { Visit } from './trip.ts'

/** The endpoints in its care: hears how calls ended, ejects those that fail, and brings them back. */
export class Ward implements RosterListener, Bailiff, CheckListener {
  host: Host | undefined
  #checks: HealthChecks | undefined
  readonly #judge: Judge
  readonly #policy: string
  readonly #roster: Roster
  readonly #candidates = new Candidates()
  #settings: Settings

  constructor(policy: string, settings: Settings) {
    this.#policy = policy
    this.#settings = settings
    this.#roster = new Roster(settings, this)
    this.#judge = new Judge(settings, this)
    this.reseat(settings, 0)
  }

  /** Other options: what is known of the endpoints that stay stays, and those that come begin slowly. */
  reseat(settings: Settings, now: number): void {
    this.#settings = this.#judge.settings = this.#roster.settings = settings
    this.#roster.seat(this.#candidates.seat(settings.groups, settings.slowStartMs, now), now)
    this.#follow()
  }

  /** Has the endpoints checked, where that is wanted and somebody can tell the time. */
  #follow(): void {
    const { healthCheck } = this.#settings
    const candidates = this.#candidates.all
    if (healthCheck === undefined) {
      this.#checks?.stop()
      this.#checks = undefined
      for (const each of candidates) each.sick = false
    } else if (this.host !== undefined) {
      this.#checks ??= new HealthChecks(this.host, this.#policy, healthCheck, this)
      this.#checks.follow(healthCheck, candidates)
    }
  }

  attach(host: Host): void {
    if (this.host !== undefined) return
    this.host = host
    this.#follow()
  }

  detach(): void {
    this.#checks?.stop()
  }

  checkFailed(candidate: Candidate, error: unknown, failures: number): void {
    this.#report({ type: 'endpoint.check-failed', policy: this.#policy, error, failures }, candidate)
  }

  turned(candidate: Candidate, now: number): void {
    const type = candidate.sick ? 'endpoint.sick' : 'endpoint.well'
    if (!candidate.sick) candidate.ramp(now, this.#settings.slowStartMs)
    this.#report({ type, policy: this.#policy }, candidate)
    this.#roster.refit(now)
  }

  /** One whose time is over, for a call that can find out whether it is well; or else one of those that serve. */
  choose(call: Call, now: number): Candidate | undefined {
    const { tried, random } = call
    this.#checks?.use(now)
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
    candidate.heard(ending, elapsedMs, error, now)
    if (epoch !== candidate.epoch) return
    if (isProbe) this.#probed(candidate, ending, error, now)
    else if (candidate.intact && (ending === 'succeeded' || ending === 'failed')) {
      this.#judge.count(candidate, ending === 'failed', elapsedMs, now, this.#roster)
    }
  }

  /** Ejects it, or holds it where too few others would remain. Then all are used, unless it is but worse than others. */
  condemn(candidate: Candidate, reason: EjectionReason, now: number): void {
    if (this.#roster.mayEject) {
      return this.#change(candidate, { type: 'ejected', now, jitter: this.#jitter }, reason)
    }
    if (reason === 'consecutive-failures' || reason === 'failure-ratio') this.#hold(candidate, reason, now)
  }

  acquit(candidate: Candidate, now: number): void {
    this.#hold(candidate, undefined, now)
  }

  #hold(candidate: Candidate, reason: EjectionReason | undefined, now: number): void {
    if (candidate.heldFor === reason) return
    candidate.heldFor = reason
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

  get isEmpty(): boolean {
    return this.#candidates.all.length === 0
  }

  /** Milliseconds until the first ejected endpoint is probed; undefined where there is none. */
  returnsInMs(now: number): number | undefined {
    const away = this.#candidates.all.map(({ health }) => health)
    const untils = away.map((health) => (health.kind === 'healthy' ? Infinity : health.until))
    const first = Math.min(...untils)
    return first === Infinity ? undefined : Math.max(0, first - now)
  }

  statistics(now: number): EndpointsStatistics {
    this.#roster.refit(now)
    return {
      group: this.#roster.active,
      panic: this.#roster.panic,
      endpoints: this.#candidates.all.map((each) => statisticsOf(each, now)),
    }
  }

  /** Whether nothing is known of them that would be missed. */
  get idle(): boolean {
    return this.#candidates.all.every(
      (each) => each.healthy && each.inFlight === 0 && each.failuresInRow === 0,
    )
  }
}
