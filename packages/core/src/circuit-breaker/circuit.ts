import type { Counts } from '../window.ts'
import type { SharedProbe } from '../share/probes.ts'
import type { Status } from '../share/protocol/status.ts'
import type { Joined } from '../share/share.ts'
import type { SharedBreaker } from '../share/shared-breaker.ts'
import { followed, probed, transition } from './event.ts'
import type { CircuitBreakerEvent } from './event.ts'
import { closed, hasProbe, refitted, step, tripReason } from './machine.ts'
import type { Closed, Result, State, TripReason } from './machine.ts'
import type { Settings } from './options.ts'
import { FleetPass, Pass, TimedPass } from './pass.ts'
import type { Gate } from './pass.ts'
import { SlowCalls } from './slow-calls.ts'
import { snapshotOf, stateFrom } from './snapshot.ts'
import type { CircuitSnapshot } from './snapshot.ts'

/** For how long traffic ramps up after a fleet's circuit has closed: every instance hears of it at once. */
const fleetRampMs = 5_000

/** Hears of transitions, and asks chance and the user. */
export interface Watcher {
  /** Something happened that those who listen may want to hear. */
  tell(circuit: Circuit, event: (policy: string) => CircuitBreakerEvent): void
  /** Uniform in [0, 1). */
  chance(): number
  /** Whether the user's rule wants the circuit opened. */
  agrees(tripWhen: (counts: Counts) => boolean, counts: Counts): boolean
}

/** The state machine of one endpoint, with what is needed to ask it quickly. */
export class Circuit implements Gate {
  readonly endpoint: string | undefined
  state: State
  running = 0
  refused = 0
  /** Results that came after their generation. */
  late = 0
  lastFailure: unknown = undefined
  #membership: Joined<SharedBreaker> | undefined
  readonly #watcher: Watcher
  #shared: Pass | undefined
  #slow: SlowCalls | undefined

  constructor(endpoint: string | undefined, now: number, settings: Settings, watcher: Watcher) {
    this.endpoint = endpoint
    this.state = closed(1, now, settings)
    this.#watcher = watcher
  }

  /** Whether calls pass as long as nothing but the counts speaks against it. */
  clear(now: number, settings: Settings): boolean {
    const { state, fleet } = this
    if (state.kind !== 'closed' || (state.recovered && this.#rampLeftMs(state, now, settings) > 0))
      return false
    if (settings.multiplier !== Infinity && state.window.counts(now).failures > 0) return false
    return fleet === undefined || fleet.passes
  }

  /** The circuit of all instances, beside which this one stands. */
  get fleet(): SharedBreaker | undefined {
    return this.#membership?.shared
  }

  /** The state now. The watcher hears of every transition on the way. */
  look(now: number, settings: Settings): State {
    const { state } = this
    if (state.kind !== 'closed') this.#moveOn(now, settings)
    else if (this.#slow?.look(now, state.generation, settings.slowCallMs) === true) {
      this.#tripIf(state, now, settings)
    }
    return this.state
  }

  #moveOn(now: number, settings: Settings): void {
    let before: State
    do {
      before = this.state
      this.#become(step(before, { type: 'looked', now, jitter: this.#watcher.chance() }, settings))
    } while (this.state !== before)
  }

  /** The fleet's; 0 where there is none. */
  get #epoch(): number {
    return this.fleet?.epoch ?? 0
  }

  pass(now: number, { slowCallMs }: Settings): Pass {
    this.running++
    const { generation } = this.state
    if (slowCallMs === Infinity) {
      const epoch = this.#epoch
      const shared = this.#shared
      if (shared?.generation === generation && shared.epoch === epoch) return shared
      return (this.#shared = new Pass(this, generation, epoch))
    }
    const pass = new TimedPass(this, generation, this.#epoch, now, 0)
    this.#slow ??= new SlowCalls()
    this.#slow.add(pass)
    return pass
  }

  /** A probe's pass, if there is one to give. */
  probe(now: number, settings: Settings): Pass | undefined {
    if (this.state.kind !== 'half-open' || !hasProbe(this.state, settings)) return undefined
    this.state = step(this.state, { type: 'probed', now }, settings)
    this.running++
    return new TimedPass(this, this.state.generation, this.#epoch, now, now + settings.probeLeaseMs)
  }

  join(membership: Joined<SharedBreaker>): void {
    this.#membership = membership
  }

  leaveFleet(): void {
    this.#membership?.leave()
    this.#membership = undefined
  }

  fleetProbe(probe: SharedProbe, now: number): Pass {
    this.running++
    this.#watcher.tell(this, (policy) => probed(policy, probe))
    return new FleetPass(this, this.state.generation, now, probe)
  }

  /** Goes where the fleet's circuit goes: while that is not closed, this one has nothing to judge. */
  follow(status: Status, remainingMs: number, openings: number, now: number, settings: Settings): void {
    if (status !== 'half-open') {
      this.#slow?.forget()
      this.state = closed(this.state.generation + 1, now, settings, status === 'closed')
    }
    if (status === 'closed') this.lastFailure = undefined
    this.#watcher.tell(this, (policy) => followed(policy, status, remainingMs, openings))
  }

  /** Traffic ramps up after a round of probes has closed the circuit. */
  #rampLeftMs({ recovered, since }: Closed, now: number, settings: Settings): number {
    return recovered ? Math.max(0, since + this.#rampMs(settings) - now) : 0
  }

  #rampMs({ rampMs }: Settings): number {
    return rampMs ?? (this.fleet === undefined ? 0 : fleetRampMs)
  }

  ended(pass: Pass, result: Result, error: unknown, now: number, settings: Settings): void {
    this.running--
    const { fleet } = this
    if (fleet !== undefined) {
      if (pass instanceof FleetPass)
        return fleet.ended(pass.probe, pass.resultFor(result, now, settings), now)
      if (result === 'success' || result === 'failure') fleet.count(pass.epoch, result === 'failure', now)
    }
    const timed = pass instanceof TimedPass ? pass : undefined
    if (timed?.lease === 0) this.#slow?.remove(timed)
    // A probe that comes back after its lease is lost, whether or not somebody has looked since.
    if (this.state.kind !== 'closed') this.#moveOn(now, settings)
    if (pass.generation !== this.state.generation) {
      this.late++
      return
    }
    if (result === 'failure') this.lastFailure = error
    const slow = timed !== undefined && result !== 'unstarted' && now - timed.startedAt > settings.slowCallMs
    if (this.state.kind === 'closed') this.#count(this.state, result, slow, now, settings)
    else if (timed !== undefined)
      this.#probed(timed, slow && result === 'success' ? 'failure' : result, now, settings)
  }

  #probed({ lease }: TimedPass, result: Result, now: number, settings: Settings): void {
    const jitter = this.#watcher.chance()
    this.#become(step(this.state, { type: 'probe-ended', now, jitter, lease, result }, settings))
  }

  #count(state: Closed, result: Result, slow: boolean, now: number, settings: Settings): void {
    const failed = result === 'failure'
    if (!failed && !slow && result !== 'success') return
    state.window.add(now, failed, slow, !failed && result !== 'success')
    if (failed) state.consecutive++
    else if (result === 'success') state.consecutive = 0
    if (failed || slow) this.#tripIf(state, now, settings)
  }

  #tripIf(state: Closed, now: number, settings: Settings): void {
    const minimumCalls = this.fleet?.minimumAlone(settings.minimumCalls) ?? settings.minimumCalls
    const rules = minimumCalls === settings.minimumCalls ? settings : { ...settings, minimumCalls }
    const reason = tripReason(state, now, this.overdue, rules) ?? this.#customReason(now, settings)
    if (reason === undefined) return
    if ((reason === 'failures' || reason === 'burst') && this.fleet?.yields(now) === true) return
    const jitter = this.#watcher.chance()
    this.#become(step(state, { type: 'tripped', now, jitter, reason }, settings))
  }

  #customReason(now: number, { tripWhen }: Settings): TripReason | undefined {
    if (tripWhen === undefined) return undefined
    return this.#watcher.agrees(tripWhen, this.counts(now)) ? 'custom' : undefined
  }

  /** Calls of this generation that run, and have been slow already. */
  get overdue(): number {
    return this.#slow === undefined ? 0 : this.#slow.overdue
  }

  #become(state: State): void {
    const before = this.state
    this.state = state
    if (state.kind === before.kind) return
    if (state.kind === 'closed') this.lastFailure = undefined
    if (before.kind === 'closed') this.#slow?.forget()
    this.#watcher.tell(this, (policy) => transition(policy, state))
  }

  /** The share of calls that a closed circuit refuses: of a ramp, or in proportion to the failures. */
  refusedShare(now: number, settings: Settings): number {
    const { rampFrom, multiplier, minimumCalls } = settings
    const { state } = this
    if (state.kind !== 'closed') return 0
    const leftMs = this.#rampLeftMs(state, now, settings)
    if (leftMs > 0) return (1 - rampFrom) * (leftMs / this.#rampMs(settings))
    if (multiplier === Infinity) return 0
    const { calls, failures, ignored } = state.window.counts(now)
    const judged = calls - ignored
    if (judged < minimumCalls) return 0
    return (judged - multiplier * (judged - failures)) / (judged + 1)
  }

  counts(now: number): Counts {
    if (this.state.kind !== 'closed') return { calls: 0, failures: 0, slow: 0, ignored: 0 }
    const { overdue } = this
    const { calls, failures, slow, ignored } = this.state.window.counts(now)
    return { calls: calls + overdue, failures, slow: slow + overdue, ignored: ignored + overdue }
  }

  /** Goes on under new settings, with what was learned. */
  refit(now: number, settings: Settings): void {
    this.#slow?.forget()
    this.state = refitted(this.state, now, settings)
  }

  snapshot(now: number): CircuitSnapshot {
    return snapshotOf(this.state, now)
  }

  restore(from: CircuitSnapshot, now: number, settings: Settings): void {
    const { generation } = this.state
    this.#slow?.forget()
    const state = stateFrom(from, now, settings)
    // Calls that this circuit let through since the snapshot must not count in what it goes back to.
    this.state = state.generation >= generation ? state : { ...state, generation: generation + 1 }
  }
}
