import { within } from './limit-machine.ts'
import type { LimitBounds, LimitMachine, LimitState } from './limit-machine.ts'

/** A limit that follows how calls end. Counting takes constant time and no memory. */
export class AdaptiveLimit<State extends LimitState> {
  limit: number
  readonly #machine: LimitMachine<State>
  #bounds: LimitBounds
  #state: State
  #lightest: number
  #longestMs: number
  /** When the window may end; undefined before anything has ended. */
  #until: number | undefined
  #served = 0
  #servedMs = 0
  #light = 0
  #lightMs = 0
  #dropped = 0
  #droppedMs = 0
  #peak = 0

  constructor(machine: LimitMachine<State>, bounds: LimitBounds) {
    this.#machine = machine
    this.#bounds = bounds
    this.#state = machine.first(bounds)
    this.limit = machine.limitOf(this.#state, bounds)
    this.#lightest = machine.lightestOf(this.#state)
    this.#longestMs = machine.longestMsOf(this.#state)
  }

  /** Whether it is lowered for a moment, to learn how long calls take that do not wait. */
  get probing(): boolean {
    return this.#state.probing
  }

  /** Keeps what was learned. */
  rebound(bounds: LimitBounds): void {
    this.#bounds = bounds
    this.#enter({ ...this.#state, size: within(bounds, this.#state.size) })
  }

  /** A call that began as one of `running` was answered after so long. */
  served(running: number, durationMs: number, now: number): void {
    const counted = Math.min(durationMs, this.#longestMs)
    this.#served++
    this.#servedMs += counted
    if (running <= this.#lightest) {
      this.#light++
      this.#lightMs += counted
    }
    this.#ended(running, now)
  }

  /** A call that began as one of `running` was given up after so long, because there was too much to do. */
  dropped(running: number, durationMs: number, now: number): void {
    this.#dropped++
    this.#droppedMs += durationMs
    this.#ended(running, now)
  }

  /** Nobody waits any more for a call that began as one of `running`. If it was slow already, it would have been slower. */
  left(running: number, durationMs: number, now: number): void {
    if (durationMs > this.#machine.slowMsOf(this.#state)) this.served(running, durationMs, now)
  }

  #ended(running: number, now: number): void {
    if (running > this.#peak) this.#peak = running
    this.#until ??= now + this.#machine.windowMsOf(this.#state)
    if (now < this.#until || this.#served + this.#dropped < this.#machine.fewestOf(this.#state)) return
    const served = { calls: this.#served, totalMs: this.#servedMs }
    const light = { calls: this.#light, totalMs: this.#lightMs }
    const dropped = { calls: this.#dropped, totalMs: this.#droppedMs }
    this.#enter(this.#machine.step(this.#state, { served, light, dropped, peak: this.#peak }, this.#bounds))
    this.#until = now + this.#machine.windowMsOf(this.#state)
    this.#served = this.#servedMs = this.#light = this.#lightMs = 0
    this.#dropped = this.#droppedMs = this.#peak = 0
  }

  #enter(state: State): void {
    this.#state = state
    this.limit = this.#machine.limitOf(state, this.#bounds)
    this.#lightest = this.#machine.lightestOf(state)
    this.#longestMs = this.#machine.longestMsOf(state)
  }
}
