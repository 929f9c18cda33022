import { seededRandom, VirtualClock } from '@holdfast/testing'
import { pipeline, TimeoutError } from '../index.ts'
import type { Admission, Admitted, Guard } from '../index.ts'

/** Poisson arrivals at a guard before workers that serve in order of arrival. */
export interface Scenario {
  readonly ratePerSecond: number
  readonly workers: (now: number) => number
  readonly serviceMs: (random: () => number, now: number) => number
  readonly durationMs: number
  /** From when on it is measured. */
  readonly fromMs?: number
  /** Calls that begin then are never served: each ends by a timeout after so many milliseconds. */
  readonly hangs?: (now: number) => boolean
  readonly timeoutMs?: number
}

export interface Figures {
  /** Answered within a second, per second. */
  readonly goodPerSecond: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly refusedRatio: number
}

interface End {
  readonly at: number
  readonly durationMs: number
  readonly admitted: Admitted
  readonly error: unknown
}

export function exponential(meanMs: number): (random: () => number) => number {
  return (random) => -meanMs * Math.log(1 - random())
}

/** The sum of 16 exponential stretches: a quarter as much spread. */
export function even(meanMs: number): (random: () => number) => number {
  const stretch = exponential(meanMs / 16)
  return (random) => {
    let sum = 0
    for (let each = 0; each < 16; each++) sum += stretch(random)
    return sum
  }
}

/** Log-normal with a spread of almost three times the mean. */
export function heavyTailed(meanMs: number): (random: () => number) => number {
  const sigma = 1.5
  return (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return meanMs * Math.exp(sigma * normal - (sigma * sigma) / 2)
  }
}

/** Runs a scenario in virtual time, one event after the other. `seen` is shown every second that passes. */
export class Station {
  readonly #scenario: Scenario
  readonly #clock = new Stepped()
  readonly #random: () => number
  readonly #admit: () => Admission
  readonly #freeAt: number[] = []
  readonly #ends: End[] = []
  readonly #durations: number[] = []
  #offered = 0
  #refused = 0
  #good = 0

  constructor(guard: Guard, scenario: Scenario, seed: number) {
    this.#scenario = scenario
    this.#random = seededRandom(seed)
    const door = pipeline('door', [guard], { clock: this.#clock })
    this.#admit = () => {
      const admission = door.admit()
      if (admission instanceof Promise) throw new Error('nobody is to wait in a station')
      return admission
    }
  }

  run(seen: (now: number) => void = () => {}): Figures {
    const { durationMs, ratePerSecond } = this.#scenario
    const gap = exponential(1_000 / ratePerSecond)
    let second = 0
    for (let now = 0; now < durationMs; now += gap(this.#random)) {
      for (let end = this.#ends[0]; end !== undefined && end.at <= now; end = this.#ends[0]) this.#end(end)
      for (; second <= now; second += 1_000) seen(second)
      this.#clock.at = now
      this.#arrive(now)
    }
    return this.#figures()
  }

  #arrive(now: number): void {
    const admission = this.#admit()
    if (now >= (this.#scenario.fromMs ?? 0)) {
      this.#offered++
      if (!admission.admitted) this.#refused++
    }
    // Drawn for those too that are refused, so that every guard meets the same calls.
    const serviceMs = this.#scenario.serviceMs(this.#random, now)
    if (admission.admitted) this.#begin(admission, now, serviceMs)
  }

  #begin(admitted: Admitted, now: number, serviceMs: number): void {
    const { hangs, timeoutMs = Infinity } = this.#scenario
    const at = hangs?.(now) === true ? Infinity : this.#work(now, serviceMs)
    const isLate = at - now > timeoutMs
    const error = isLate ? new TimeoutError('late', { policy: 'timeout' }) : undefined
    const end = { at: isLate ? now + timeoutMs : at, admitted, error }
    const place = this.#ends.findLastIndex((each) => each.at <= end.at)
    this.#ends.splice(place + 1, 0, { ...end, durationMs: end.at - now })
  }

  /** When the worker that is free first will have served a call that comes now and takes so long. */
  #work(now: number, serviceMs: number): number {
    const count = this.#scenario.workers(now)
    while (this.#freeAt.length < count) this.#freeAt.push(0)
    this.#freeAt.length = count
    let first = 0
    for (let each = 1; each < count; each++) if (this.#free(each) < this.#free(first)) first = each
    const end = Math.max(now, this.#free(first)) + serviceMs
    this.#freeAt[first] = end
    return end
  }

  #free(worker: number): number {
    return this.#freeAt[worker] as number
  }

  #end({ at, durationMs, admitted, error }: End): void {
    this.#ends.shift()
    this.#clock.at = at
    admitted.settle(error === undefined ? { value: undefined } : { error })
    if (error !== undefined || at - durationMs < (this.#scenario.fromMs ?? 0)) return
    this.#durations.push(durationMs)
    if (durationMs <= 1_000) this.#good++
  }

  #figures(): Figures {
    const { durationMs, fromMs = 0 } = this.#scenario
    const durations = this.#durations.toSorted((one, other) => one - other)
    const quantile = (ratio: number): number => durations[Math.floor(durations.length * ratio)] ?? 0
    return {
      goodPerSecond: this.#good / ((durationMs - fromMs) / 1_000),
      medianMs: quantile(0.5),
      p99Ms: quantile(0.99),
      refusedRatio: this.#refused / Math.max(1, this.#offered),
    }
  }
}

/** A virtual clock that is set, without anything that waits for it. */
class Stepped extends VirtualClock {
  at = 0

  override now(): number {
    return this.at
  }
}
