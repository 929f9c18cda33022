import type { Counts } from '../window.ts'
import { closed, hasProbe, step, tripReason } from './machine.ts'
import type { Closed, State } from './machine.ts'
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

/** Hears of transitions. */
export interface Watcher {
  changed(state: State): void
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
  #overdue = 0

  constructor(now: number, settings: Settings, watcher: Watcher) {
    this.#watcher = watcher
    this.state = closed(1, now, settings)
  }

  /** The state now. The watcher hears of every transition on the way. */
  look(now: number, random: () => number, settings: Settings): State {
    if (this.state.kind === 'closed') this.#passOverdue(now, random, settings)
    else this.#become(step(this.state, { type: 'looked', now, jitter: random() }, settings))
    return this.state
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
    result: 'success' | 'failure' | 'nothing',
    error: unknown,
    now: number,
    random: () => number,
    settings: Settings,
  ): void {
    this.running--
    if (pass.waiting) this.#unlink(pass)
    if (pass.generation !== this.state.generation) {
      this.late++
      return
    }
    const slow = pass.waiting && now - pass.startedAt > settings.slowCallMs
    if (result === 'failure') this.lastFailure = error
    if (this.state.kind === 'closed') return this.#count(this.state, result, slow, now, random, settings)
    const { lease } = pass
    this.#become(step(this.state, { type: 'probe-ended', now, jitter: random(), lease, result }, settings))
  }

  #count(
    state: Closed,
    result: 'success' | 'failure' | 'nothing',
    slow: boolean,
    now: number,
    random: () => number,
    settings: Settings,
  ): void {
    if (result === 'nothing' && !slow) return
    const failed = result === 'failure'
    state.window.add(now, failed, slow)
    if (failed) state.consecutive++
    else if (result === 'success') state.consecutive = 0
    if (failed || slow) this.#tripIf(state, now, random, settings)
  }

  #tripIf(state: Closed, now: number, random: () => number, settings: Settings): void {
    const reason = tripReason(state, now, this.#overdue, settings)
    if (reason === undefined) return
    this.#become(step(state, { type: 'tripped', now, jitter: random(), reason }, settings))
  }

  /** Counts calls as slow that have run for too long already. */
  #passOverdue(now: number, random: () => number, settings: Settings): void {
    const before = this.#overdue
    for (let pass = this.#oldest; pass !== undefined; pass = pass.newer) {
      if (pass.overdue) continue
      if (now - pass.startedAt <= settings.slowCallMs) break
      if (pass.generation !== this.state.generation) continue
      pass.overdue = true
      this.#overdue++
    }
    if (this.#overdue > before && this.state.kind === 'closed')
      this.#tripIf(this.state, now, random, settings)
  }

  #unlink(pass: Pass): void {
    if (pass.older === undefined) this.#oldest = pass.newer
    else pass.older.newer = pass.newer
    if (pass.newer === undefined) this.#newest = pass.older
    else pass.newer.older = pass.older
    if (pass.overdue) this.#overdue--
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
    this.#overdue = 0
    for (let pass = this.#oldest; pass !== undefined; pass = pass.newer) pass.overdue = false
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
    return { calls: calls + this.#overdue, failures, slow: slow + this.#overdue }
  }

  snapshot(now: number): CircuitSnapshot {
    return snapshotOf(this.state, now)
  }

  restore(from: CircuitSnapshot, now: number, settings: Settings): void {
    this.#forgetOverdue()
    this.state = stateFrom(from, now, settings)
  }
}
