import type { WaitingLine } from '../scenario.ts'

interface Waiting<Item> {
  readonly item: Item
  readonly since: number
}

/** Who waits for a worker. Taking one out takes as long whatever the length, first or last. */
export class Line<Item> {
  readonly #isLifo: boolean
  readonly #size: number
  readonly #maximumWaitMs: number
  readonly #dropped: (item: Item) => void
  #waiting: (Waiting<Item> | undefined)[] = []
  #first = 0
  #length = 0

  constructor(
    { order = 'fifo', size = Infinity, maximumWaitMs = Infinity }: WaitingLine,
    dropped: (item: Item) => void,
  ) {
    this.#isLifo = order === 'lifo'
    this.#size = size
    this.#maximumWaitMs = maximumWaitMs
    this.#dropped = dropped
  }

  get length(): number {
    return this.#length
  }

  /** Returns false where the line is full. */
  join(item: Item, now: number): boolean {
    if (this.#length >= this.#size) return false
    this.#waiting.push({ item, since: now })
    this.#length++
    return true
  }

  /** The next whose turn it is. Those that have waited too long are dropped on the way. */
  next(now: number): Item | undefined {
    for (let taken = this.#take(); taken !== undefined; taken = this.#take()) {
      if (now - taken.since <= this.#maximumWaitMs) return taken.item
      this.#dropped(taken.item)
    }
    return undefined
  }

  leave(item: Item): void {
    const place = this.#waiting.findIndex((waiting) => waiting?.item === item)
    if (place < 0) return
    this.#waiting[place] = undefined
    this.#length--
  }

  clear(): readonly Item[] {
    const all = this.#waiting
      .slice(this.#first)
      .flatMap((waiting) => (waiting === undefined ? [] : [waiting.item]))
    this.#waiting = []
    this.#first = this.#length = 0
    return all
  }

  #take(): Waiting<Item> | undefined {
    while (this.#first < this.#waiting.length) {
      const taken = this.#isLifo ? this.#waiting.pop() : this.#shift()
      if (taken === undefined) continue
      this.#length--
      return taken
    }
    this.#waiting = []
    this.#first = 0
    return undefined
  }

  #shift(): Waiting<Item> | undefined {
    const taken = this.#waiting[this.#first]
    this.#waiting[this.#first++] = undefined
    if (this.#first > 1_000 && this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return taken
  }
}
