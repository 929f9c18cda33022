import { CircuitView } from './circuit-view.ts'
import type { ShareNotice } from './event.ts'
import type { Exchange, Moment } from './exchange.ts'
import { OverrideView } from './fleet-override.ts'
import type { FleetOverride } from './fleet-override.ts'
import type { Fleet } from './fleet.ts'
import { LonelyProbe } from './lonely-probe.ts'
import { Probes } from './probes.ts'
import type { SharedProbe } from './probes.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import type { CircuitReply, FlushReply, FlushRequest } from './protocol/flush.ts'
import type { LookReply, LookRequest, OverrideReply } from './protocol/look.ts'
import type { Message } from './protocol/message.ts'
import type { ProbeReply, ProbeRequest, ProbeResult } from './protocol/probe.ts'
import { absurdMs } from './protocol/status.ts'
import type { Status } from './protocol/status.ts'
import type { Reply, Request } from './protocol/request.ts'
import type { StoreFailure } from './store.ts'
import { Votes } from './votes.ts'

/** Who has the local circuit beside the shared one. */
export interface CircuitWatcher {
  /** For this instance the fleet's circuit is another from now on. */
  adopted(status: Status, remainingMs: number, openings: number): void
  overridden(override: FleetOverride | undefined): void
  notify(event: ShareNotice): void
}

/** What the fleet's circuit says to a call that it does not let through. */
export interface SharedRefusal {
  readonly reason: 'open' | 'half-open'
  readonly retryAfterMs: number
}

/** No ratio of fewer calls than this says anything. */
const leastAlone = 5

/** For how long a circuit whose keys are of no use is left alone, in milliseconds. */
const brokenMs = 5_000

/**
 * One instance's part in a circuit that a fleet shares: what it knows of it, to be asked without waiting, and what it has
 * to say of it, which goes out in the background.
 */
export class SharedBreaker implements Exchange {
  /** Whether calls pass without being asked about: the circuit is closed, or not known to be otherwise. */
  passes = true
  /** Whether this instance judges alone: it has never heard of the circuit, or cannot now. */
  alone = true
  readonly registered: string
  readonly #id: string
  readonly #fleet: Fleet
  readonly #watchers = new Set<CircuitWatcher>()
  #policy: BreakerPolicy
  readonly #view = new CircuitView()
  readonly #override = new OverrideView()
  readonly #votes: Votes
  readonly #probes = new Probes()
  readonly #lonely = new LonelyProbe()
  /** It found out by itself, while it was alone, that calls succeed again. */
  #foundWell = false
  /** The server is behind: it has to be told, even if there is nothing else to say. */
  #claimAt = Infinity
  #brokenUntil = -Infinity
  #outdated = false

  constructor(id: string, policy: BreakerPolicy, fleet: Fleet) {
    this.registered = `b:${id}`
    this.#id = id
    this.#policy = policy
    this.#fleet = fleet
    this.#votes = new Votes(fleet.now)
  }

  /** One more circuit of this process stands for it. */
  join(watcher: CircuitWatcher): void {
    this.#watchers.add(watcher)
  }

  /** One fewer. With the last of them it is forgotten. */
  leave(watcher: CircuitWatcher): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size === 0) this.#fleet.forget(this)
  }

  #tell(news: (watcher: CircuitWatcher) => void): void {
    for (const watcher of this.#watchers) news(watcher)
  }

  #notify(event: ShareNotice): void {
    this.#tell((watcher) => watcher.notify(event))
  }

  get epoch(): number {
    return this.#view.epoch
  }

  get status(): Status {
    return this.#foundWell ? 'closed' : this.#view.status
  }

  remainingMs(now: number): number {
    return this.#foundWell ? 0 : this.#view.remainingMs(now)
  }

  /** What an operator says of it in all instances. */
  override(now: number): FleetOverride | undefined {
    if (this.#override.ended(now)) this.#overridden()
    return this.#override.current
  }

  /**
   * How many calls an instance that judges alone needs before a ratio counts: its part of what the fleet needs, at least
   * 5, because it sees only its part of the calls.
   */
  minimumAlone(minimumCalls: number): number {
    if (!this.alone || this.#fleet.size === 1) return minimumCalls
    return Math.min(minimumCalls, Math.max(leastAlone, Math.ceil(minimumCalls / this.#fleet.size)))
  }

  /** Takes over other rules. */
  retune(policy: BreakerPolicy): void {
    this.#policy = policy
  }

  /** Counts a call that was let through in `epoch`. */
  count(epoch: number, failed: boolean, now: number): void {
    if (epoch !== this.#view.epoch || this.#view.status !== 'closed') return
    if (this.#votes.count(failed, now, this.#fleet.random)) this.#fleet.wake(this)
  }

  /** Where it does not pass: a probe for this call, a refusal, or undefined to let it through. */
  decide(now: number): SharedProbe | SharedRefusal | undefined {
    if (this.status === 'closed') return undefined
    const remainingMs = this.#view.remainingMs(now)
    if (remainingMs > 0) return { reason: 'open', retryAfterMs: remainingMs }
    const probe = this.#probes.take(now) ?? this.#lonelyProbe(now)
    if (probe !== undefined) return probe
    const { size, random } = this.#fleet
    const jitterMs = Math.max(20, Math.min(200, size / 10)) * random()
    this.#probes.wish(now, jitterMs)
    if (!this.alone) this.#fleet.wake(this)
    return { reason: 'half-open', retryAfterMs: jitterMs }
  }

  #lonelyProbe(now: number): SharedProbe | undefined {
    if (!this.alone) return undefined
    const { random } = this.#fleet
    if (!this.#lonely.begun) this.#lonely.begin(now, 0, this.#policy.openMs, random)
    return this.#lonely.take(now) ? { epoch: this.#view.epoch, number: 0 } : undefined
  }

  /** A probe has ended. */
  ended(probe: SharedProbe, result: ProbeResult, now: number): void {
    if (probe.epoch !== this.#view.epoch) return
    if (probe.number === 0) return this.#endedAlone(result, now)
    this.#probes.ended(probe, result, now)
    this.#fleet.wake(this)
  }

  #endedAlone(result: ProbeResult, now: number): void {
    if (!this.#lonely.ended(result, now, this.#policy.openMs, this.#fleet.random)) return
    this.#lonely.end()
    this.#foundWell = true
    this.#passIf()
    this.#tell((watcher) => watcher.adopted('closed', 0, 0))
  }

  #passIf(): void {
    this.passes = this.status === 'closed' && this.#override.current === undefined
  }

  get dueAt(): number {
    const at = Math.min(this.#votes.dueAt, this.#probes.dueAt, this.#claimAt)
    return at === Infinity ? at : Math.max(at, this.#brokenUntil)
  }

  get slackMs(): number {
    return this.#votes.dueAt === this.dueAt ? this.#votes.slackMs : 0
  }

  heardWithin(ms: number, now: number): boolean {
    return now - this.#view.heardAt <= ms
  }

  inquiry(): LookRequest {
    return { type: 'look', id: this.#id }
  }

  request(now: number): FlushRequest | ProbeRequest | undefined {
    if (this.#claimAt <= now || this.#votes.any) return this.#flush(now)
    const { wishes, reports } = this.#probes.say(now)
    if (wishes === 0 && reports.length === 0) return undefined
    // A fleet's probes go different ways: no instance takes them all, unless it is the only one.
    const wanted = this.#fleet.size === 1 ? wishes : Math.min(1, wishes)
    return this.#probeRequest(Math.min(wanted, this.#policy.probes), reports, now)
  }

  #flush(now: number): FlushRequest {
    this.#claimAt = Infinity
    const votes = this.#votes.take(now, ringSize * this.#policy.bucketMs)
    const { instance, size: fleet } = this.#fleet
    const claim = this.#view.claim(now)
    return { type: 'flush', id: this.#id, instance, claim, ...votes, fleet, policy: this.#policy }
  }

  #probeRequest(wanted: number, reports: ProbeRequest['reports'], now: number): ProbeRequest {
    return {
      type: 'probe',
      id: this.#id,
      claim: this.#view.claim(now),
      reports,
      wanted,
      policy: this.#policy,
    }
  }

  answered(request: Request, reply: Reply, moment: Moment): void {
    this.#brokenUntil = -Infinity
    if (reply.type === 'look') this.#looked(reply, moment)
    else if (reply.type === 'flush') this.#flushed(reply, request, moment)
    else if (reply.type === 'probe') this.#probed(reply, request, moment)
  }

  #looked(reply: LookReply, moment: Moment): void {
    const first = this.#view.heardAt === -Infinity
    this.learnOverride(reply.override, moment.now)
    const { epoch, status } = this.#view
    // Two servers may have given one epoch to two states: only a claim settles it.
    const differs = reply.epoch === epoch && reply.status !== status
    if (reply.epoch < epoch || differs) return this.#claim(moment)
    const news = this.#learn(reply, moment.now)
    if (news && !first && this.#view.epoch > 0) this.#notify({ type: 'push.gap', epoch: reply.epoch })
  }

  /** The server knows less than this instance, unless it answered before this instance learned of it. */
  #claim({ now, sentAt }: Moment): void {
    if (sentAt <= this.#view.learnedAt) return
    this.#claimAt = now
    this.#fleet.wake(this)
  }

  #flushed(reply: FlushReply, request: Request, moment: Moment): void {
    this.#votes.reporters = Math.max(1, reply.reporters)
    const votes = request.type === 'flush' ? request.successes + request.failures : 0
    this.#replied(reply, votes, moment)
  }

  #probed(reply: ProbeReply, request: Request, moment: Moment): void {
    const votes = request.type === 'probe' ? request.reports.length : 0
    this.#replied(reply, votes, moment)
    if (reply.epoch === this.#view.epoch) this.#probes.answered(reply, moment.sentAt)
    if (reply.expired > 0) this.#notify({ type: 'probe.expired', probes: reply.expired })
  }

  #replied(reply: FlushReply | ProbeReply, votes: number, moment: Moment): void {
    const { dropped, epoch, outdated } = reply
    if (epoch >= this.#view.epoch || (dropped === 'repaired' && this.#isAbsurdTo(epoch))) {
      this.#learn(reply, moment.now)
    } else this.#claim(moment)
    if (dropped !== 'none' && votes > 0) this.#notify({ type: 'vote.dropped', reason: dropped, votes })
    if (outdated && !this.#outdated) {
      this.#notify({ type: 'policy.outdated', version: this.#policy.version })
    }
    this.#outdated = outdated
  }

  /** Whether a repair to `epoch` may lead back: what this instance holds is from a clock that was wrong by days. */
  #isAbsurdTo(epoch: number): boolean {
    return this.#view.epoch - epoch >= absurdMs / 2
  }

  /** A push has come. */
  pushed(message: Message, now: number): void {
    if (message.type === 'override') return this.learnOverride({ ...message, by: '', why: '' }, now)
    const { epoch, reason } = message
    if (epoch <= this.#view.epoch && !(reason === 'rebased' && this.#isAbsurdTo(epoch))) return
    this.#learn(message, now)
    if (reason === 'restored' || reason === 'conflict' || reason === 'rebased') {
      this.#notify({ type: `epoch.${reason}`, epoch })
    }
  }

  /** Whether it was news. */
  #learn(reply: Omit<CircuitReply, 'type'>, now: number): boolean {
    const most = Math.max(this.#policy.maximumOpenMs, this.#policy.openMs)
    const remainingMs = this.#outdated ? reply.remainingMs : Math.min(reply.remainingMs, most)
    const before = this.status
    const news = this.#view.learn({ ...reply, remainingMs }, now)
    if (news) {
      this.#votes.clear()
      this.#probes.clear()
    }
    this.#accompanied()
    const changed = news ? before !== 'closed' || this.status !== 'closed' : before !== this.status
    if (changed) this.#tell((watcher) => watcher.adopted(this.status, remainingMs, reply.openings))
    return news
  }

  /** The server has been heard: what this instance made up its mind about while alone gives way. */
  #accompanied(): void {
    this.alone = false
    this.#foundWell = false
    this.#lonely.end()
    this.#passIf()
  }

  learnOverride(reply: OverrideReply, now: number): void {
    if (this.#override.learn(reply, now)) this.#overridden()
  }

  #overridden(): void {
    this.#passIf()
    this.#tell((watcher) => watcher.overridden(this.#override.current))
  }

  failed(request: Request, failure: StoreFailure, { now }: Moment): void {
    this.#takeBack(request, failure, now)
    if (failure.reason !== 'wrong type' && failure.reason !== 'malformed') return
    if (this.#brokenUntil === -Infinity) {
      const { reason, message } = failure
      this.#notify({ type: 'share.failed', reason, message })
    }
    this.#brokenUntil = now + brokenMs
    this.alone = true
  }

  #takeBack(request: Request, { reason }: StoreFailure, now: number): void {
    // What was said of another epoch would be taken for this one's.
    if (!('claim' in request) || request.claim.epoch !== this.#view.epoch) return
    if (request.type === 'probe') return this.#probes.failed(request.reports, now)
    // What may have been carried out is not said again: it would count twice or not at all.
    if (reason !== 'unreachable') return
    this.#votes.putBack(request.successes, request.failures, now, this.#fleet.random)
  }

  linked(up: boolean, now: number): void {
    if (up) return
    this.alone = true
    if (this.#view.status === 'closed') return
    this.#lonely.begin(now, this.#view.remainingMs(now), this.#policy.openMs, this.#fleet.random)
  }

  stalled(): void {
    this.#probes.dropTokens()
  }

  farewell(now: number): readonly Request[] {
    const reports = this.#probes.handBackAll()
    if (reports.length > 0) return [this.#probeRequest(0, reports, now)]
    return this.#votes.any ? [this.#flush(now)] : []
  }
}
