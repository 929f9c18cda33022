import type { Call } from '../call.ts'
import type { Host } from '../host.ts'
import { askedMs } from '../asked-ms.ts'
import type { Candidate, VisitEnding } from './candidate.ts'
import { Candidates } from './candidates.ts'
import type { EjectionReason } from './event.ts'
import { FleetHealth } from './fleet-health.ts'
import type { FleetListener } from './fleet-health.ts'
import { step } from './health.ts'
import type { HealthEvent } from './health.ts'
import { HealthChecks } from './health-check.ts'
import type { CheckListener } from './health-check.ts'
import { Judge } from './judge.ts'
import type { Bailiff } from './judge.ts'
import type { Settings } from './options.ts'
import { Reporter } from './reporter.ts'
import { Roster } from './roster.ts'
import type { RosterListener } from './roster.ts'
import { statisticsOf } from './statistics.ts'
import type { EndpointsStatistics } from './statistics.ts'
import type { Visit } from './trip.ts'

/** The endpoints in its care: hears how calls ended, ejects those that fail, and brings them back. */
export class Ward implements RosterListener, Bailiff, CheckListener, FleetListener {
  host: Host | undefined
  #checks: HealthChecks | undefined
  #fleet: FleetHealth | undefined
  readonly #judge: Judge
  readonly #policy: string
  readonly #reporter: Reporter
  readonly #roster: Roster
  readonly #candidates = new Candidates()
  #settings: Settings

  constructor(policy: string, settings: Settings) {
    this.#policy = policy
    this.#settings = settings
    this.#reporter = new Reporter(policy)
    this.#roster = new Roster(settings, this, this.#reporter)
    this.#judge = new Judge(settings, this)
    this.reseat(settings, 0)
  }

  /** Other options: what is known of the endpoints that stay stays, and those that come begin slowly. */
  reseat(settings: Settings, now: number): void {
    this.#settings = this.#judge.settings = this.#roster.settings = settings
    this.#roster.seat(this.#candidates.seat(settings.subsets, settings.slowStartMs, now), now)
    this.#follow()
  }

  /** Has the endpoints shared and checked, where that is wanted and somebody can tell the time. */
  #follow(): void {
    const { healthCheck } = this.#settings
    const candidates = this.#candidates.all
    if (this.#fleet !== undefined) {
      this.#fleet.follow(this.#settings, candidates)
      this.fleetChanged()
    }
    if (healthCheck === undefined) {
      this.#checks?.stop()
      this.#checks = undefined
      for (const each of candidates) each.sick = false
    } else if (this.host !== undefined) {
      this.#checks ??= new HealthChecks(this.host, healthCheck, this, this.#reporter)
      this.#checks.follow(healthCheck, candidates)
    }
  }

  attach(host: Host): void {
    if (this.host !== undefined) return
    this.host = this.#reporter.host = host
    if (host.sharing !== undefined) {
      this.#fleet = new FleetHealth(host, this.#policy, this)
      this.#roster.fleet = this.#fleet
    }
    this.#follow()
  }

  detach(): void {
    this.#checks?.stop()
    this.#fleet?.leave(this.#candidates.all)
  }

  fleetChanged(): void {
    const now = this.host?.clock.now() ?? 0
    for (const each of this.#candidates.all) if (each.isOut !== each.wasOut) this.#followFleet(each, now)
    this.#roster.refit(now)
  }

  #followFleet(candidate: Candidate, now: number): void {
    const { isOut, fleet } = candidate
    candidate.wasOut = isOut
    if (isOut) {
      return this.#reporter.ejected(
        candidate,
        'fleet',
        fleet?.remainingMs(now) ?? 0,
        fleet?.view.openings ?? 0,
      )
    }
    candidate.ramp(now, this.#settings.slowStartMs)
    this.#reporter.restored(candidate)
  }

  turned(candidate: Candidate, now: number): void {
    if (!candidate.sick) candidate.ramp(now, this.#settings.slowStartMs)
    this.#reporter.turned(candidate)
    this.#roster.refit(now)
  }

  /** One whose time is over, for a call that can find out whether it is well; or else one of those that serve. */
  choose(call: Call, now: number): Candidate | undefined {
    this.#checks?.use(now)
    const other = call.tried.length === 0 ? this.#toProbe(call, now) : this.untried(call, now)
    return other ?? this.#roster.choose(now, call.random)
  }

  /** A call that has been elsewhere may find out about one that no other call is risked for. */
  #toProbe({ tried }: Call, now: number): Candidate | undefined {
    const due = this.#roster.due(now)
    if (due.length === 0) return undefined
    return due.find(
      (each) =>
        (tried.length === 0 ? this.#roster.needs(each, now) : !tried.includes(each.id)) &&
        (this.#fleet === undefined || this.#fleet.mayProbe(each, now)),
    )
  }

  untried(call: Call, now: number): Candidate | undefined {
    return this.#roster.untried(call.tried, now, call.random) ?? this.#toProbe(call, now)
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
    this.#fleet?.heard(visit, ending, now)
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
    if (health.kind === 'healthy') this.#reporter.restored(candidate)
    if (health.kind !== 'ejected' || reason === undefined) return
    this.#reporter.ejected(candidate, reason, health.until - event.now, health.ejections)
  }

  get #jitter(): number {
    return this.host?.random() ?? 0
  }

  get isEmpty(): boolean {
    return this.#candidates.all.length === 0
  }

  /** Milliseconds until the first ejected endpoint is probed; undefined where there is none. */
  returnsInMs(now: number): number | undefined {
    const away = this.#candidates.all.filter((each) => !each.intact || each.isOut)
    return away.length === 0 ? undefined : Math.min(...away.map((each) => each.remainingMs(now)))
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
