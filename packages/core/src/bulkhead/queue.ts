/** Who is next among equals: the oldest, or the newest. */
export type Order = 'fifo' | 'lifo'

class Level<Item> {
  readonly priority: number
  oldest: Place<Item> | undefined
  newest: Place<Item> | undefined

  constructor(priority: number) {
    this.priority = priority
  }
}

/** Where an item waits, for leaving early. */
export class Place<Item> {
  readonly item: Item
  /** Undefined once it has left. */
  level: Level<Item> | undefined
  older: Place<Item> | undefined
  newer: Place<Item> | undefined

  constructor(item: Item, level: Level<Item>) {
    this.item = item
    this.level = level
    this.older = level.newest
  }
}

/**
 * A queue in levels of priority, the highest first, each in order of arrival. To look and to leave take constant time;
 * a level that begins or ends takes time in proportion to the number of levels.
 */
export class PriorityQueue<Item> {
  /** The lowest priority first; none is empty. */
  readonly #levels: Level<Item>[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: Item, priority: number): Place<Item> {
    const level = this.#levelOf(priority)
    const place = new Place(item, level)
    if (level.newest === undefined) level.oldest = place
    else level.newest.newer = place
    level.newest = place
    this.#size++
    return place
  }

  /** Whether it was there. */
  remove(place: Place<Item>): boolean {
    const { level, older, newer } = place
    if (level === undefined) return false
    if (older === undefined) level.oldest = newer
    else older.newer = newer
    if (newer === undefined) level.newest = older
    else newer.older = older
    place.level = undefined
    if (level.oldest === undefined) this.#levels.splice(this.#rank(level.priority), 1)
    this.#size--
    return true
  }

  /** Who is next. */
  first(order: Order): Item | undefined {
    const level = this.#levels.at(-1)
    return (order === 'fifo' ? level?.oldest : level?.newest)?.item
  }

  /** Who would be the last of all. */
  last(order: Order): Item | undefined {
    const level = this.#levels[0]
    return (order === 'fifo' ? level?.newest : level?.oldest)?.item
  }

  #levelOf(priority: number): Level<Item> {
    const rank = this.#rank(priority)
    const found = this.#levels[rank]
    if (found?.priority === priority) return found
    const level = new Level<Item>(priority)
    this.#levels.splice(rank, 0, level)
    return level
  }

  /** How many levels are below that priority. */
  #rank(priority: number): number {
    let low = 0
    let high = this.#levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#levels[middle] as Level<Item>).priority < priority) low = middle + 1
      else high = middle
    }
    return low
  }
}
