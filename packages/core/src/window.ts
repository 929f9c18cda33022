/** What a window holds at a moment. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
  /** Of the calls, those that say nothing of success or failure, and are counted because they were slow. */
  readonly ignored: number
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

/** What a window is in a snapshot: for each kept cell its age in buckets (time) or its place (count), and its counts. */
export type WindowCells = readonly (readonly [
  age: number,
  calls: number,
  failures: number,
  slow: number,
  ignored: number,
])[]

/** Counts that forget. Adding takes constant time; memory is made at the first call and does not grow. */
export interface Window {
  add(now: number, failed: boolean, slow: boolean, ignored?: boolean): void
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

/** What a bucket holds: calls, failures, slow and ignored calls. */
const fields = 4

/**
 * A ring of buckets with running sums: the current bucket and the whole ones before it. The ring is a plain array of
 * small integers that grows to its size as buckets are used, so the window of few calls is smaller than any typed array.
 */
class TimeWindow implements Window, Counts {
  readonly cellMs: number
  readonly #size: number
  #ring: number[] | undefined
  /** The newest bucket's number since the clock's zero, its place in the ring, and when it ends. */
  #newest = 0
  #place = 0
  #end = 0
  calls = 0
  failures = 0
  slow = 0
  ignored = 0

  constructor(cellMs: number, buckets: number) {
    this.cellMs = cellMs
    this.#size = buckets * fields
  }

  add(now: number, failed: boolean, slow: boolean, ignored = false): void {
    const ring = this.#ring ?? this.#begin(now, [0, 0, 0, 0])
    if (now >= this.#end) this.#slide(now, ring)
    this.#put(ring, this.#place, 1, failed ? 1 : 0, slow ? 1 : 0, ignored ? 1 : 0)
  }

  #put(ring: number[], place: number, calls: number, failures: number, slow: number, ignored: number): void {
    ring[place] = (ring[place] as number) + calls
    this.calls += calls
    if (failures + slow + ignored === 0) return
    ring[place + 1] = (ring[place + 1] as number) + failures
    ring[place + 2] = (ring[place + 2] as number) + slow
    ring[place + 3] = (ring[place + 3] as number) + ignored
    this.failures += failures
    this.slow += slow
    this.ignored += ignored
  }

  #begin(now: number, ring: number[]): number[] {
    this.calls = this.failures = this.slow = this.ignored = 0
    this.#enter(Math.floor(now / this.cellMs), 0)
    this.#ring = ring
    return ring
  }

  #enter(bucket: number, place: number): void {
    this.#newest = bucket
    this.#place = place
    this.#end = (bucket + 1) * this.cellMs
  }

  /** Forgets what has left the window by `now`. */
  #slide(now: number, ring: number[]): void {
    const bucket = Math.floor(now / this.cellMs)
    if ((bucket - this.#newest) * fields >= this.#size) this.#begin(now, ring.fill(0))
    while (this.#newest < bucket) this.#step(ring)
  }

  /** Enters the next bucket, where the oldest was. */
  #step(ring: number[]): void {
    const place = (this.#place + fields) % this.#size
    this.calls -= ring[place] ?? 0
    this.failures -= ring[place + 1] ?? 0
    this.slow -= ring[place + 2] ?? 0
    this.ignored -= ring[place + 3] ?? 0
    for (let field = 0; field < fields; field++) ring[place + field] = 0
    this.#enter(this.#newest + 1, place)
  }

  counts(now: number): Counts {
    if (this.#ring !== undefined && now >= this.#end) this.#slide(now, this.#ring)
    return this
  }

  recent(now: number, buckets: number): Counts {
    this.counts(now)
    const sum = { calls: 0, failures: 0, slow: 0, ignored: 0 }
    for (let age = 0; age < buckets && age * fields < this.#size; age++) {
      const place = this.#placeOf(age)
      sum.calls += this.#ring?.[place] ?? 0
      sum.failures += this.#ring?.[place + 1] ?? 0
      sum.slow += this.#ring?.[place + 2] ?? 0
      sum.ignored += this.#ring?.[place + 3] ?? 0
    }
    return sum
  }

  /** Where the bucket of that age is, if the ring has grown so far. */
  #placeOf(age: number): number {
    return (this.#place - age * fields + this.#size) % this.#size
  }

  empty(now: number): boolean {
    if (this.counts(now).calls > 0) return false
    this.#ring = undefined
    return true
  }

  cells(now: number): WindowCells {
    this.counts(now)
    const cells = []
    for (let age = this.#size / fields - 1; age >= 0; age--) {
      const place = this.#placeOf(age)
      const [calls = 0, failures = 0, slow = 0, ignored = 0] = this.#ring?.slice(place, place + fields) ?? []
      if (calls > 0) cells.push([age, calls, failures, slow, ignored] as const)
    }
    return cells
  }

  fill(now: number, cells: WindowCells, cellMs: number): void {
    const empty = Array.from({ length: this.#size }, () => 0)
    const ring = this.#begin(now, empty)
    if (cellMs === 0) return
    for (const [age, ...counts] of cells) {
      const own = Math.round((age * cellMs) / this.cellMs)
      if (own * fields < this.#size) this.#put(ring, this.#placeOf(own), ...counts)
    }
  }
}

const failedBit = 1
const slowBit = 2
const ignoredBit = 4

/** A ring of the last calls with running sums. */
class CountWindow implements Window, Counts {
  readonly cellMs = 0
  readonly #size: number
  #ring: Uint8Array | undefined
  #next = 0
  calls = 0
  failures = 0
  slow = 0
  ignored = 0

  constructor(size: number) {
    this.#size = size
  }

  add(_now: number, failed: boolean, slow: boolean, ignored = false): void {
    const ring = (this.#ring ??= new Uint8Array(this.#size))
    if (this.calls === this.#size) this.#forget(ring[this.#next] as number)
    ring[this.#next] = (failed ? failedBit : 0) | (slow ? slowBit : 0) | (ignored ? ignoredBit : 0)
    this.#next = (this.#next + 1) % this.#size
    this.calls++
    if (failed) this.failures++
    if (slow) this.slow++
    if (ignored) this.ignored++
  }

  #forget(cell: number): void {
    this.calls--
    if ((cell & failedBit) !== 0) this.failures--
    if ((cell & slowBit) !== 0) this.slow--
    if ((cell & ignoredBit) !== 0) this.ignored--
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
      cells.push([age, 1, cell & failedBit, (cell & slowBit) >> 1, (cell & ignoredBit) >> 2] as const)
    }
    return cells
  }

  fill(now: number, cells: WindowCells, cellMs: number): void {
    this.#ring = undefined
    this.#next = this.calls = this.failures = this.slow = this.ignored = 0
    if (cellMs !== 0) return
    for (const [, , failures, slow, ignored] of cells) this.add(now, failures > 0, slow > 0, ignored > 0)
  }
}
