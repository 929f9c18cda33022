import { CircuitView } from './circuit-view.ts'
import type { ShareNotice } from './event.ts'
import { OverrideView } from './fleet-override.ts'
import type { FleetOverride } from './fleet-override.ts'
import type { Fleet } from './fleet.ts'
import { LonelyProbe } from './lonely-probe.ts'
import { Probes } from './probes.ts'
import type { SharedProbe } from './probes.ts'
import { ringSize } from './protocol/breaker-policy.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import type { CircuitReply } from './protocol/flush.ts'
import type { OverrideReply } from './protocol/look.ts'
import type { ProbeResult } from './protocol/probe.ts'
import type { Status } from './protocol/status.ts'
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

/** How long it takes until what instances have counted has been told and judged, in milliseconds. */
const toldMs = 500

/** Instances ask for probes within so many milliseconds of each other, and longer in a large fleet. */
const shortestJitterMs = 20
const longestJitterMs = 200

/**
 * A circuit that a fleet shares, as one instance knows it. Asked and told without waiting: what it has to say goes out
 * by its exchange, in the background.
 */
export class SharedBreaker {
  /** Whether calls pass without being asked about: the circuit is closed, or not known to be otherwise. */
  passes = true
  /** Whether this instance judges alone: it has never heard of the circuit, or cannot say anything of it now. */
  alone = true
  /** Whether what the server has of it is of no use, though some of it may be readable. */
  broken = false
  readonly fleet: Fleet
  readonly view: CircuitView = new CircuitView()
  readonly votes: Votes
  readonly probes: Probes = new Probes()
  policy: BreakerPolicy
  /** There is something to say, or it has to be said sooner. */
  whenDue: () => void = () => undefined
  readonly #override = new OverrideView()
  readonly #lonely: LonelyProbe
  /** When its own counts would first have opened the circuit. */
  #suspectedAt = -Infinity
  readonly #watchers = new Set<CircuitWatcher>()

  constructor(policy: BreakerPolicy, fleet: Fleet) {
    this.policy = policy
    this.fleet = fleet
    this.votes = new Votes(fleet.random, fleet.now)
    this.#lonely = new LonelyProbe(fleet.random)
  }

  /** One more circuit of this process stands for it. */
  join(watcher: CircuitWatcher): void {
    this.#watchers.add(watcher)
  }

  /** Whether nobody is left. */
  leave(watcher: CircuitWatcher): boolean {
    this.#watchers.delete(watcher)
    return this.#watchers.size === 0
  }

  #tell(news: (watcher: CircuitWatcher) => void): void {
    for (const watcher of this.#watchers) news(watcher)
  }

  notify(event: ShareNotice): void {
    this.#tell((watcher) => watcher.notify(event))
  }

  get epoch(): number {
    return this.view.epoch
  }

  get status(): Status {
    return this.#lonely.foundWell ? 'closed' : this.view.status
  }

  remainingMs(now: number): number {
    return this.#lonely.foundWell ? 0 : this.view.remainingMs(now)
  }

  /**
   * How many calls an instance that judges alone needs before a ratio counts: its part of what the fleet needs, at least
   * 5, because it sees only its part of the calls.
   */
  minimumAlone(minimumCalls: number): number {
    const { size } = this.fleet
    if (!this.alone || size === 1) return minimumCalls
    return Math.min(minimumCalls, Math.max(leastAlone, Math.ceil(minimumCalls / size)))
  }

  /**
   * Whether this instance, whose own counts would open its circuit, still leaves that to the fleet: if all fail, the
   * fleet opens for all and probes once for all. It waits for the newest bucket to be over and told of.
   */
  yields(now: number): boolean {
    if (this.alone) return false
    const graceMs = this.policy.bucketMs + toldMs
    if (now - this.#suspectedAt > ringSize * this.policy.bucketMs) this.#suspectedAt = now
    return now - this.#suspectedAt < graceMs
  }

  /** Counts a call that was let through in `epoch`. */
  count(epoch: number, failed: boolean, now: number): void {
    if (epoch !== this.view.epoch || this.view.status !== 'closed') return
    if (this.votes.count(failed, now)) this.whenDue()
  }

  /** Where it does not pass: a probe for this call, a refusal, or undefined to let it through. */
  decide(now: number): SharedProbe | SharedRefusal | undefined {
    if (this.status === 'closed') return undefined
    const remainingMs = this.view.remainingMs(now)
    if (remainingMs > 0) return { reason: 'open', retryAfterMs: remainingMs }
    this.fleet.watch(now, 0)
    const probe = this.probes.take(now)
    if (probe !== undefined) return probe
    if (this.alone && this.#lonely.take(now, this.policy.openMs)) return { epoch: this.epoch, number: 0 }
    const { size, random } = this.fleet
    const jitterMs = Math.max(shortestJitterMs, Math.min(longestJitterMs, size / 10)) * random()
    this.probes.wish(now, jitterMs)
    this.whenDue()
    return { reason: 'half-open', retryAfterMs: jitterMs }
  }

  /** A probe has ended. */
  ended(probe: SharedProbe, result: ProbeResult, now: number): void {
    if (probe.epoch !== this.view.epoch) return
    if (probe.number !== 0) {
      this.probes.ended(probe, result, now)
      return this.whenDue()
    }
    const before = this.status
    this.#lonely.ended(result, now, this.policy.openMs)
    this.#passIf()
    if (this.status !== before) this.#tell((watcher) => watcher.adopted(this.status, 0, 0))
  }

  #passIf(): void {
    this.passes = this.status === 'closed' && this.#override.current === undefined
  }

  /** What an operator says of it in all instances. */
  override(now: number): FleetOverride | undefined {
    if (this.#override.ended(now)) this.#overridden()
    return this.#override.current
  }

  learnOverride(reply: OverrideReply, now: number, askedAt?: number): void {
    if (this.#override.learn(reply, now, askedAt)) this.#overridden()
  }

  #overridden(): void {
    this.#passIf()
    this.#tell((watcher) => watcher.overridden(this.#override.current))
  }

  /** The server has been heard. Whether it had news; the caller has seen to it that they lead on. */
  learn(reply: Omit<CircuitReply, 'type'>, now: number): boolean {
    const before = this.status
    const news = this.view.learn(reply, now)
    if (news) {
      this.votes.clear()
      this.probes.clear()
      this.#suspectedAt = -Infinity
    }
    // Pushes and looks are heard at times where nothing can be said.
    this.alone = this.fleet.isDown || this.broken
    if (news || !this.alone) this.#lonely.end()
    this.#passIf()
    const changed = news ? before !== 'closed' || this.status !== 'closed' : before !== this.status
    if (changed) this.#tell((watcher) => watcher.adopted(this.status, reply.remainingMs, reply.openings))
    return news
  }

  /** The server cannot be reached, or what it has of this circuit is of no use. */
  beAlone(now: number): void {
    this.alone = true
    if (this.view.status === 'closed') return
    this.#lonely.begin(now, this.view.remainingMs(now), this.policy.openMs)
  }
}
