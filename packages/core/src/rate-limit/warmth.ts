import { roundingMs } from './gcra.ts'
import type { Cells } from './gcra.ts'

/** How a rate begins after a quiet time. */
export interface WarmUp {
  /** How long it takes, with calls enough, from cold to the full rate; and for how long there are none until it is cold. */
  readonly durationMs: number
  /** Cold, the rate is so many times lower. */
  readonly coldFactor: number
}

/** The full rate, and how it is come to. */
export interface Rate extends Cells {
  readonly warmUp?: WarmUp | undefined
}

/**
 * How cold a service has become, in cells: each that is taken warms it. Up to a threshold a cell takes the time of the full
 * rate; above, it takes longer in proportion, up to `coldFactor` times as long. So is the area under that line, from cold to
 * the threshold, `durationMs` (Guava's SmoothWarmingUp; Sentinel's warm-up for any cold factor).
 */
export class Warmth {
  readonly #rate: Rate
  readonly #threshold: number
  readonly #maximum: number
  /** By how many milliseconds a cell takes longer for each cell above the threshold. */
  readonly #slopeMs: number
  /** Cells by which it becomes colder in a quiet millisecond. */
  readonly #cooling: number
  #cold: number

  /** As cold as `coldRatio` says: 1 is as cold as can be. */
  constructor(rate: Rate, { durationMs, coldFactor }: WarmUp, coldRatio: number) {
    const cells = durationMs / rate.intervalMs
    const above = (2 * cells) / (1 + coldFactor)
    this.#rate = rate
    this.#threshold = cells / (coldFactor - 1)
    this.#maximum = this.#threshold + above
    this.#slopeMs = ((coldFactor - 1) * rate.intervalMs) / above
    this.#cooling = this.#maximum / durationMs
    this.#cold = this.#maximum * coldRatio
  }

  /** From 0, warm, to 1, as cold as can be. */
  get coldRatio(): number {
    return this.#cold / this.#maximum
  }

  /** Whether it will be as cold as can be after so long a quiet time. */
  isColdAfter(quietMs: number): boolean {
    return this.#cold + quietMs * this.#cooling >= this.#maximum
  }

  /** Nothing was asked of it for so long. */
  cool(quietMs: number): void {
    this.#cold = Math.min(this.#maximum, this.#cold + quietMs * this.#cooling)
  }

  /** So many cells were taken; or given back, where there are less than none. */
  warm(weight: number): void {
    this.#cold = Math.min(this.#maximum, Math.max(0, this.#cold - weight))
  }

  /** How long `weight` cells take that come behind `behind` others. */
  costMs(weight: number, behind: number = 0): number {
    const before = this.#above(behind)
    const after = this.#above(behind + weight)
    return weight * this.#rate.intervalMs + (this.#slopeMs * (before ** 2 - after ** 2)) / 2
  }

  /**
   * The limits for those cells. What fits in the burst, and takes longer only because it is cold, may begin when nothing else
   * is missing: it could never begin otherwise.
   */
  cellsFor(weight: number, behind: number): Cells {
    const { toleranceMs, intervalMs } = this.#rate
    const costMs = this.costMs(weight, behind)
    const fits = weight * intervalMs <= toleranceMs + roundingMs
    return { intervalMs: costMs / weight, toleranceMs: fits ? Math.max(toleranceMs, costMs) : toleranceMs }
  }

  /** How many cells of one could be taken now, fractions included; one at least where nothing is missing. */
  available(arrival: number, now: number, behind: number): number {
    const aheadMs = Math.max(0, arrival - now)
    const cells = this.#cellsIn(Math.max(0, this.#rate.toleranceMs - aheadMs) + roundingMs, behind)
    return aheadMs > roundingMs ? cells : Math.max(1, cells)
  }

  /** How many cells behind `behind` others take `ms`, fractions included. */
  #cellsIn(ms: number, behind: number): number {
    const { intervalMs } = this.#rate
    const above = this.#above(behind)
    const warmingMs = this.costMs(above, behind)
    if (ms >= warmingMs) return above + (ms - warmingMs) / intervalMs
    const first = intervalMs + this.#slopeMs * above
    return (first - Math.sqrt(first ** 2 - 2 * this.#slopeMs * ms)) / this.#slopeMs
  }

  /** By how much it will be colder than the threshold when so many more cells were taken. */
  #above(taken: number): number {
    return Math.max(0, this.#cold - taken - this.#threshold)
  }
}
