/** What a window holds at a moment. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

export type WindowOptions =
  | {
      readonly type: 'time'
      /** Default 10 000. */
      readonly durationMs?: number
      /** Into how many steps it slides. Default 10. */
      readonly buckets?: number
    }
  | {
      readonly type: 'count'
      /** How many of the last calls it holds. Default 100. */
      readonly size?: number
    }

/** What a window is after a snapshot: for each kept cell its age in buckets (time) or its place (count), and its counts. */
export type WindowCells = readonly (readonly [age: number, calls: number, failures: number, slow: number])[]

/** Counts that forget. Adding takes constant time; memory is made at the first call and does not grow. */
export interface Window {
  add(now: number, failed: boolean, slow: boolean): void
  /** Equal to a recount of everything added that is still within the window at `now`. */
  counts(now: number): Counts
  /** The same for the newest `buckets` of a time window; a count window has no such part. */
  recent(now: number, buckets: number): Counts | undefined
  /** Whether nothing is left in it; releases its memory then. */
  empty(now: number): boolean
  /** How long each of its cells lasts; 0 in a count window, whose cells are calls. */
  readonly cellMs: number
  cells(now: number): WindowCells
  /** Holds what a window with cells of `cellMs` held, as far as it fits; what another type of window held does not. */
  fill(now: number, cells: WindowCells, cellMs: number): void
}

export function window(options: WindowOptions): Window {
  if (options.type === 'count') return new CountWindow(options.size ?? 100)
  const buckets = options.buckets ?? 10
  return new TimeWindow((options.durationMs ?? 10_000) / buckets, buckets)
}

const fields = 3

/** A ring of buckets with running sums: the current bucket and the whole ones before it. */
class TimeWindow implements Window, Counts {
  readonly cellMs: number
  readonly #buckets: number
  #ring: Int32Array | undefined
  /** The number of the newest bucket; the ones before it are never negative, even those from before the clock's zero. */
  #newest = 0
  calls = 0
  failures = 0
  slow = 0

  constructor(bucketMs: number, buckets: number) {
    this.cellMs = bucketMs
    this.#buckets = buckets
  }

  add(now: number, failed: boolean, slow: boolean): void {
    this.#put(this.#slide(now), 1, failed ? 1 : 0, slow ? 1 : 0)
  }

  #put(ring: Int32Array, calls: number, failures: number, slow: number, age = 0): void {
    const at = this.#at(this.#newest - age)
    ring[at] = (ring[at] as number) + calls
    ring[at + 1] = (ring[at + 1] as number) + failures
    ring[at + 2] = (ring[at + 2] as number) + slow
    this.calls += calls
    this.failures += failures
    this.slow += slow
  }

  #at(bucket: number): number {
    return (bucket % this.#buckets) * fields
  }

  /** Forgets what has left the window by `now`. */
  #slide(now: number): Int32Array {
    const bucket = Math.floor(now / this.cellMs) + this.#buckets
    if (this.#ring === undefined) {
      this.#newest = bucket
      this.#ring = new Int32Array(this.#buckets * fields)
    } else if (bucket - this.#newest >= this.#buckets) this.#clear(this.#ring, bucket)
    else while (this.#newest < bucket) this.#drop(this.#ring, ++this.#newest)
    return this.#ring
  }

  #drop(ring: Int32Array, bucket: number): void {
    const at = this.#at(bucket)
    this.calls -= ring[at] as number
    this.failures -= ring[at + 1] as number
    this.slow -= ring[at + 2] as number
    ring.fill(0, at, at + fields)
  }

  #clear(ring: Int32Array, newest: number): void {
    ring.fill(0)
    this.calls = this.failures = this.slow = 0
    this.#newest = newest
  }

  counts(now: number): Counts {
    if (this.#ring !== undefined) this.#slide(now)
    return this
  }

  recent(now: number, buckets: number): Counts {
    const sum = { calls: 0, failures: 0, slow: 0 }
    if (this.#ring === undefined) return sum
    const ring = this.#slide(now)
    for (let age = 0; age < Math.min(buckets, this.#buckets); age++) {
      const at = this.#at(this.#newest - age)
      sum.calls += ring[at] as number
      sum.failures += ring[at + 1] as number
      sum.slow += ring[at + 2] as number
    }
    return sum
  }

  empty(now: number): boolean {
    if (this.counts(now).calls > 0) return false
    this.#ring = undefined
    return true
  }

  cells(now: number): WindowCells {
    if (this.empty(now)) return []
    const ring = this.#slide(now)
    const cells = []
    for (let age = this.#buckets - 1; age >= 0; age--) {
      const at = this.#at(this.#newest - age)
      const [calls = 0, failures = 0, slow = 0] = ring.subarray(at, at + fields)
      if (calls > 0) cells.push([age, calls, failures, slow] as const)
    }
    return cells
  }

  fill(now: number, cells: WindowCells, cellMs: number): void {
    this.#ring = undefined
    this.calls = this.failures = this.slow = 0
    if (cellMs === 0) return
    for (const [age, calls, failures, slow] of cells) {
      const own = Math.round((age * cellMs) / this.cellMs)
      if (own < this.#buckets) this.#put(this.#slide(now), calls, failures, slow, own)
    }
  }
}

const failedBit = 1
const slowBit = 2

/** A ring of the last calls with running sums. */
class CountWindow implements Window, Counts {
  readonly cellMs = 0
  readonly #size: number
  #ring: Uint8Array | undefined
  #next = 0
  calls = 0
  failures = 0
  slow = 0

  constructor(size: number) {
    this.#size = size
  }

  add(_now: number, failed: boolean, slow: boolean): void {
    const ring = (this.#ring ??= new Uint8Array(this.#size))
    if (this.calls === this.#size) this.#forget(ring[this.#next] as number)
    ring[this.#next] = (failed ? failedBit : 0) | (slow ? slowBit : 0)
    this.#next = (this.#next + 1) % this.#size
    this.calls++
    if (failed) this.failures++
    if (slow) this.slow++
  }

  #forget(cell: number): void {
    this.calls--
    if ((cell & failedBit) !== 0) this.failures--
    if ((cell & slowBit) !== 0) this.slow--
  }

  counts(): Counts {
    return this
  }

  recent(): undefined {
    return undefined
  }

  empty(): boolean {
    return this.calls === 0
  }

  cells(): WindowCells {
    const cells = []
    for (let age = this.calls - 1; age >= 0; age--) {
      const cell = this.#ring?.[(this.#next - 1 - age + this.#size) % this.#size] ?? 0
      cells.push([age, 1, cell & failedBit, (cell & slowBit) >> 1] as const)
    }
    return cells
  }

  fill(now: number, cells: WindowCells, cellMs: number): void {
    this.#ring = undefined
    this.#next = this.calls = this.failures = this.slow = 0
    if (cellMs !== 0) return
    for (const [, , failures, slow] of cells) this.add(now, failures > 0, slow > 0)
  }
}
