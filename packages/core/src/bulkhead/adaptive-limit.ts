import {
  firstState,
  lightestOf,
  limitOf,
  longestMsOf,
  minimumCalls,
  slowMsOf,
  step,
  windowMsOf,
} from './limit-machine.ts'
import type { LimitBounds, LimitState } from './limit-machine.ts'

/** A limit that follows how calls end. Counting takes constant time and no memory. */
export class AdaptiveLimit {
  limit: number
  #bounds: LimitBounds
  #state: LimitState
  #lightest: number
  #longestMs: number
  /** When the window may end; undefined before anything has ended. */
  #until: number | undefined
  #served = 0
  #servedMs = 0
  #light = 0
  #lightMs = 0
  #dropped = 0
  #peak = 0

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#state = firstState(bounds)
    this.limit = limitOf(this.#state, bounds)
    this.#lightest = lightestOf(this.#state)
    this.#longestMs = longestMsOf(this.#state)
  }

  /** Whether it is lowered for a moment, to learn how long calls take that do not wait. */
  get probing(): boolean {
    return this.#state.probing
  }

  /** Keeps what was learned. */
  rebound(bounds: LimitBounds): void {
    const size = Math.min(bounds.maximum, Math.max(bounds.minimum, this.#state.size))
    this.#bounds = bounds
    this.#enter({ ...this.#state, size })
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

  /** A call that began as one of `running` was given up, because there was too much to do. */
  dropped(running: number, now: number): void {
    this.#dropped++
    this.#ended(running, now)
  }

  /** Nobody waits any more for a call that began as one of `running`. If it was slow already, it would have been slower. */
  left(running: number, durationMs: number, now: number): void {
    if (durationMs > slowMsOf(this.#state)) this.served(running, durationMs, now)
  }

  #ended(running: number, now: number): void {
    if (running > this.#peak) this.#peak = running
    this.#until ??= now + windowMsOf(this.#state)
    if (now < this.#until || this.#served + this.#dropped < minimumCalls) return
    const served = { calls: this.#served, totalMs: this.#servedMs }
    const light = { calls: this.#light, totalMs: this.#lightMs }
    this.#enter(step(this.#state, { served, light, dropped: this.#dropped, peak: this.#peak }, this.#bounds))
    this.#until = now + windowMsOf(this.#state)
    this.#served = this.#servedMs = this.#light = this.#lightMs = this.#dropped = this.#peak = 0
  }

  #enter(state: LimitState): void {
    this.#state = state
    this.limit = limitOf(state, this.#bounds)
    this.#lightest = lightestOf(state)
    this.#longestMs = longestMsOf(state)
  }
}
