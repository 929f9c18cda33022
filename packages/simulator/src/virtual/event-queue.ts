/** Something that will happen, unless it is cancelled before. */
export interface Scheduled {
  readonly at: number
  cancel(): void
}

class Entry implements Scheduled {
  readonly at: number
  readonly order: number
  act: (() => void) | undefined

  constructor(at: number, order: number, act: () => void) {
    this.at = at
    this.order = order
    this.act = act
  }

  cancel(): void {
    this.act = undefined
  }

  isBefore(other: Entry): boolean {
    return this.at < other.at || (this.at === other.at && this.order < other.order)
  }
}

/** What is to come, in order of time; what comes at the same time, in the order in which it was scheduled. A binary heap. */
export class EventQueue {
  readonly #heap: Entry[] = []
  #scheduled = 0

  add(at: number, act: () => void): Scheduled {
    const entry = new Entry(at, this.#scheduled++, act)
    this.#rise(entry)
    return entry
  }

  /** When the next thing happens; Infinity where there is none. */
  get nextAt(): number {
    while (this.#heap[0] !== undefined && this.#heap[0].act === undefined) this.#removeFirst()
    return this.#heap[0]?.at ?? Infinity
  }

  /** Takes the next thing out, to be done. */
  take(): (() => void) | undefined {
    if (this.nextAt === Infinity) return undefined
    const [first] = this.#heap
    this.#removeFirst()
    return first?.act
  }

  #rise(entry: Entry): void {
    const heap = this.#heap
    let place = heap.length
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above] as Entry
      if (!entry.isBefore(parent)) break
      heap[place] = parent
      place = above
    }
    heap[place] = entry
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      const left = heap[child]
      if (left === undefined) break
      const right = heap[child + 1]
      const smaller = right?.isBefore(left) === true ? right : left
      if (smaller === right) child++
      if (!smaller.isBefore(last)) break
      heap[place] = smaller
      place = child
    }
    heap[place] = last
  }
}
