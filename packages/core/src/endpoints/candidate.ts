import type { Endpoint } from '../call.ts'
import type { EndpointHealth } from '../share/endpoint-health.ts'
import type { SharedProbe } from '../share/probes.ts'
import { askedMs } from '../asked-ms.ts'
import type { EjectionReason } from './event.ts'
import { unharmed } from './health.ts'
import type { Health } from './health.ts'
import { PeakLatency } from './peak-latency.ts'
import { Tally } from './tally.ts'

/** How a call to an endpoint ended. `unstarted`: a guard inside refused it before the operation began. */
export type VisitEnding = 'succeeded' | 'failed' | 'cancelled' | 'unstarted'

/** What a failure counts as in milliseconds of latency, at least, and at most where it asks to be left alone (Linkerd). */
const failureMs = 5_000
const longestFailureMs = 300_000
/** Less than this many milliseconds of latency is no knowledge. */
const unknownMs = 0.001
/** The load of an endpoint that has calls and has never answered: it gets one to begin with. */
const untriedLoad = 1e9
/** The share of its calls that a returning endpoint begins with. */
const firstShare = 0.1

/** One endpoint with all that is known of it. */
export class Candidate {
  endpoint: Endpoint
  /** The place of its group, 0 for the primary's. */
  group = 0
  /** Its weight, as a share of the heaviest that serves in its group. */
  share = 1
  inFlight = 0
  readonly latency: PeakLatency = new PeakLatency()
  health: Health = unharmed
  /** The number of its health's changes: what began before the last one does not count. */
  epoch = 0
  failuresInRow = 0
  readonly tally: Tally = new Tally()
  /** Why it should be ejected, and may not be, since too few would remain. */
  heldFor: EjectionReason | undefined = undefined
  /** It does not pass its health checks. */
  sick = false
  /** What the fleet knows of it, where it is shared. */
  fleet: EndpointHealth | undefined = undefined
  /** Whether the fleet had ejected it when that was last looked at. */
  wasOut = false
  /** The fleet's leave for the next call to it to be a probe. */
  grant: SharedProbe | undefined = undefined
  /** What it has saved up for its next turn, where endpoints take turns. */
  credit = 0
  #rampEnd = -Infinity
  #rampMs = 0

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  get id(): string {
    return this.endpoint.id
  }

  /** Whether it gets calls in calm times. */
  get healthy(): boolean {
    return this.intact && !this.sick && !this.isOut
  }

  /** Whether this instance has not ejected it. */
  get intact(): boolean {
    return this.health.kind === 'healthy'
  }

  /** Whether the fleet has ejected it. */
  get isOut(): boolean {
    return this.fleet !== undefined && this.fleet.status !== 'closed'
  }

  /** Milliseconds until a call may find out whether it is well; 0 where one may now, or it is healthy. */
  remainingMs(now: number): number {
    const ownMs = this.health.kind === 'healthy' ? 0 : this.health.until - now
    return Math.max(0, ownMs, this.fleet?.remainingMs(now) ?? 0)
  }

  become(health: Health): void {
    this.health = health
    this.epoch++
    this.failuresInRow = 0
    this.heldFor = undefined
    this.tally.clear()
  }

  /** A call has ended: how long is it to be expected to take from now on? Who fails fast must not draw calls. */
  heard(ending: VisitEnding, elapsedMs: number, error: unknown, now: number): void {
    if (ending === 'succeeded') this.latency.record(elapsedMs, now)
    else if (ending === 'cancelled') this.latency.raise(elapsedMs, now)
    else if (ending === 'failed') {
      const asked = Math.min(longestFailureMs, askedMs(error))
      this.latency.record(Math.max(elapsedMs, failureMs, asked), now)
    }
  }

  /** It is no longer among those to choose from: calls that run there count for nothing. */
  leave(): void {
    this.become(unharmed)
  }

  /** Has it take its full share only after `rampMs`. */
  ramp(now: number, rampMs: number): void {
    this.#rampMs = rampMs
    this.#rampEnd = now + rampMs
  }

  ramping(now: number): boolean {
    return now < this.#rampEnd
  }

  /** The share of its calls that it should get by now. */
  readiness(now: number): number {
    if (now >= this.#rampEnd) return 1
    return Math.max(firstShare, 1 - (this.#rampEnd - now) / this.#rampMs)
  }

  /** What one more call would meet: the latency, for each call in flight once more, the lighter it is the oftener. */
  load(now: number): number {
    const ms = this.latency.at(now)
    if (ms >= unknownMs) return ms * (1 + this.inFlight / this.share)
    return this.inFlight === 0 ? 0 : untriedLoad + this.inFlight / this.share
  }
}
