import type { LatencyReport } from '../report.ts'

/** Values up to this many microseconds are kept exactly; above, to one part in as many. A power of two. */
const exact = 256

/**
 * Durations, counted in memory that does not grow with their number: a quantile is the upper end of its bucket, at most
 * 1/128 above the duration. Reckoned in integers, so that every platform agrees. (Layout: HdrHistogram.)
 */
export class Histogram {
  readonly #counts: number[] = []
  #count = 0
  #totalMs = 0
  #maximumMs = 0

  add(ms: number): void {
    const index = indexOf(Math.round(ms * 1_000))
    while (this.#counts.length <= index) this.#counts.push(0)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#count++
    this.#totalMs += ms
    this.#maximumMs = Math.max(this.#maximumMs, ms)
  }

  /** The duration that so large a share of all does not exceed; null where there is none. */
  quantile(ratio: number): number | null {
    if (this.#count === 0) return null
    const rank = Math.max(1, Math.ceil(ratio * this.#count))
    let seen = 0
    const index = this.#counts.findIndex((count) => (seen += count) >= rank)
    return Math.min(upperEndOf(index) / 1_000, round(this.#maximumMs))
  }

  report(): LatencyReport | null {
    if (this.#count === 0) return null
    const at = (ratio: number): number => this.quantile(ratio) ?? 0
    return {
      mean: round(this.#totalMs / this.#count),
      p50: at(0.5),
      p90: at(0.9),
      p95: at(0.95),
      p99: at(0.99),
      p999: at(0.999),
      maximum: round(this.#maximumMs),
    }
  }
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

function indexOf(microseconds: number): number {
  if (microseconds < exact) return microseconds
  let octave = 0
  let mantissa = microseconds
  while (mantissa >= exact) {
    mantissa = Math.floor(mantissa / 2)
    octave++
  }
  // The upper half of the mantissa's range is all that is used from the first octave on.
  return exact + (octave - 1) * (exact / 2) + (mantissa - exact / 2)
}

function upperEndOf(index: number): number {
  if (index < exact) return index
  const octave = Math.floor((index - exact) / (exact / 2)) + 1
  const mantissa = ((index - exact) % (exact / 2)) + exact / 2
  return (mantissa + 1) * 2 ** octave - 1
}
