/** Half an octave each, from a sixteenth of a millisecond up to twelve days. */
const cells = 68
const cellsPerOctave = 2
const octavesBelowOne = 4

/** What one endpoint's calls were like in an interval, in fixed memory. */
export class Tally {
  calls = 0
  failures = 0
  /** How many successes took so long, on a scale of ratios; made when there is one. */
  #latencies: Uint32Array | undefined

  add(failed: boolean, latencyMs: number): void {
    this.calls++
    if (failed) {
      this.failures++
      return
    }
    const latencies = (this.#latencies ??= new Uint32Array(cells))
    const cell = cellOf(latencyMs)
    latencies[cell] = (latencies[cell] as number) + 1
  }

  /** Of the successes, give or take a fifth; undefined where there are none. */
  get medianMs(): number | undefined {
    let left = (this.calls - this.failures) / 2
    if (left === 0) return undefined
    for (const [cell, count] of this.#latencies?.entries() ?? []) {
      left -= count
      if (left <= 0) return middleOf(cell)
    }
    return undefined
  }

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.#latencies?.fill(0)
  }
}

function cellOf(ms: number): number {
  const cell = Math.floor((Math.log2(ms) + octavesBelowOne) * cellsPerOctave)
  return Math.max(0, Math.min(cells - 1, cell))
}

function middleOf(cell: number): number {
  return 2 ** ((cell + 0.5) / cellsPerOctave - octavesBelowOne)
}
