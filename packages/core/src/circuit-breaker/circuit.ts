import type { Counts } from '../window.ts'
import { closed, hasProbe, refitted, step, tripReason } from './machine.ts'
import type { Closed, Result, State, TripReason } from './machine.ts'
import type { Settings } from './options.ts'
import { snapshotOf, stateFrom } from './snapshot.ts'
import type { CircuitSnapshot } from './snapshot.ts'

/** What a call holds that a circuit let through. Calls of one closed generation share one, unless slowness is watched. */
export class Pass {
  readonly circuit: Circuit
  readonly generation: number
  readonly startedAt: number
  /** When a probe's turn ends; 0 for a call that is none. */
  readonly lease: number
  /** Counted as slow while it runs. */
  overdue = false
  waiting = false
  older: Pass | undefined = undefined
  newer: Pass | undefined = undefined

  constructor(circuit: Circuit, generation: number, startedAt: number, lease: number) {
    this.circuit = circuit
    this.generation = generation
    this.startedAt = startedAt
    this.lease = lease
  }
}

/** Hears of transitions, and asks the user. */
export interface Watcher {
  changed(state: State): void
  /** Whether the user's rule wants the circuit opened. */
  agrees(tripWhen: (counts: Counts) => boolean, counts: Counts): boolean
}

/** One state machine with what it needs to be asked quickly: the running calls, oldest first, that may become slow. */
export class Circuit {
  state: State
  readonly #watcher: Watcher
  running = 0
  refused = 0
  /** Results that came after their generation. */
  late = 0
  lastFailure: unknown
  #shared: Pass | undefined
  #oldest: Pass | undefined
  #newest: Pass | undefined
  /** The oldest that has not been found overdue. */
  #young: Pass | undefined
  /** Calls of this generation that run, and have been slow already. */
  overdue = 0

  constructor(now: number, settings: Settings, watcher: Watcher) {
    this.#watcher = watcher
    this.state = closed(1, now, settings)
  }

  /** The state now. The watcher hears of every transition on the way. */
  look(now: number, random: () => number, settings: Settings): State {
    if (this.state.kind === 'closed') this.#passOverdue(now, random, settings)
    else this.#moveOn(now, random, settings)
    return this.state
  }

  #moveOn(now: number, random: () => number, settings: Settings): void {
    let before: State
    do {
      before = this.state
      this.#become(step(before, { type: 'looked', now, jitter: random() }, settings))
    } while (this.state !== before)
  }

  pass(now: number, settings: Settings): Pass {
    this.running++
    const { generation } = this.state
    if (settings.slowCallMs === Infinity) {
      if (this.#shared?.generation !== generation) this.#shared = new Pass(this, generation, now, 0)
      return this.#shared
    }
    const pass = new Pass(this, generation, now, 0)
    pass.waiting = true
    pass.older = this.#newest
    if (this.#newest === undefined) this.#oldest = pass
    else this.#newest.newer = pass
    this.#newest = pass
    this.#young ??= pass
    return pass
  }

  /** A probe's pass, if there is one to give. */
  probe(now: number, settings: Settings): Pass | undefined {
    if (this.state.kind !== 'half-open' || !hasProbe(this.state, settings)) return undefined
    this.state = step(this.state, { type: 'probed', now }, settings)
    this.running++
    return new Pass(this, this.state.generation, now, now + settings.probeLeaseMs)
  }

  ended(
    pass: Pass,
    result: Result,
    error: unknown,
    now: number,
    random: () => number,
    settings: Settings,
  ): void {
    this.running--
    if (pass.waiting) this.#unlink(pass)
    // A probe that comes back after its lease is lost, whether or not somebody has looked since.
    if (this.state.kind !== 'closed') this.#moveOn(now, random, settings)
    if (pass.generation !== this.state.generation) {
      this.late++
      return
    }
    if (result === 'failure') this.lastFailure = error
    const slow = result !== 'unstarted' && isSlow(pass, now, settings)
    if (this.state.kind === 'closed') return this.#count(this.state, result, slow, now, random, settings)
    const { lease } = pass
    const judged = slow && result === 'success' ? 'failure' : result
    const event = { type: 'probe-ended', now, jitter: random(), lease, result: judged } as const
    this.#become(step(this.state, event, settings))
  }

  #count(
    state: Closed,
    result: Result,
    slow: boolean,
    now: number,
    random: () => number,
    settings: Settings,
  ): void {
    const failed = result === 'failure'
    if (!failed && !slow && result !== 'success') return
    state.window.add(now, failed, slow)
    if (failed) state.consecutive++
    else if (result === 'success') state.consecutive = 0
    if (failed || slow) this.#tripIf(state, now, random, settings)
  }

  #tripIf(state: Closed, now: number, random: () => number, settings: Settings): void {
    const reason = tripReason(state, now, this.overdue, settings) ?? this.#customReason(now, settings)
    if (reason === undefined) return
    this.#become(step(state, { type: 'tripped', now, jitter: random(), reason }, settings))
  }

  #customReason(now: number, { tripWhen }: Settings): TripReason | undefined {
    if (tripWhen === undefined) return undefined
    return this.#watcher.agrees(tripWhen, this.counts(now)) ? 'custom' : undefined
  }

  /** Counts calls as slow that have run for too long already. */
  #passOverdue(now: number, random: () => number, settings: Settings): void {
    const before = this.overdue
    let pass = this.#young
    for (; pass !== undefined && now - pass.startedAt > settings.slowCallMs; pass = pass.newer) {
      if (pass.generation !== this.state.generation) continue
      pass.overdue = true
      this.overdue++
    }
    this.#young = pass
    if (this.overdue > before && this.state.kind === 'closed') this.#tripIf(this.state, now, random, settings)
  }

  #unlink(pass: Pass): void {
    if (pass.older === undefined) this.#oldest = pass.newer
    else pass.older.newer = pass.newer
    if (pass.newer === undefined) this.#newest = pass.older
    else pass.newer.older = pass.older
    if (pass === this.#young) this.#young = pass.newer
    if (pass.overdue) this.overdue--
  }

  #become(state: State): void {
    const before = this.state
    this.state = state
    if (state.kind === before.kind) return
    if (state.kind === 'closed') this.lastFailure = undefined
    if (before.kind === 'closed') this.#forgetOverdue()
    this.#watcher.changed(state)
  }

  #forgetOverdue(): void {
    this.overdue = 0
    for (let pass = this.#oldest; pass !== undefined; pass = pass.newer) pass.overdue = false
    this.#young = this.#oldest
  }

  /** The share of calls that a closed circuit refuses: of a ramp, or in proportion to the failures. */
  refusedShare(now: number, settings: Settings): number {
    const { rampMs, rampFrom, multiplier } = settings
    const { state } = this
    if (state.kind !== 'closed') return 0
    const elapsedMs = now - state.since
    if (state.recovered && elapsedMs < rampMs) return (1 - rampFrom) * (1 - elapsedMs / rampMs)
    if (multiplier === Infinity) return 0
    const { calls, failures } = state.window.counts(now)
    return (calls - multiplier * (calls - failures)) / (calls + 1)
  }

  counts(now: number): Counts {
    if (this.state.kind !== 'closed') return { calls: 0, failures: 0, slow: 0 }
    const { calls, failures, slow } = this.state.window.counts(now)
    return { calls: calls + this.overdue, failures, slow: slow + this.overdue }
  }

  /** Goes on under new settings, with what was learned. */
  refit(now: number, settings: Settings): void {
    this.#forgetOverdue()
    this.state = refitted(this.state, now, settings)
  }

  snapshot(now: number): CircuitSnapshot {
    return snapshotOf(this.state, now)
  }

  restore(from: CircuitSnapshot, now: number, settings: Settings): void {
    const { generation } = this.state
    this.#forgetOverdue()
    const state = stateFrom(from, now, settings)
    // Calls that this circuit let through since the snapshot must not count in what it goes back to.
    this.state = state.generation >= generation ? state : { ...state, generation: generation + 1 }
  }
}

/** Only what has its own beginning can be slow: a pass that calls share has none. */
function isSlow({ waiting, lease, startedAt }: Pass, now: number, { slowCallMs }: Settings): boolean {
  return (waiting || lease !== 0) && now - startedAt > slowCallMs
}
