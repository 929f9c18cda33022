/** A place in the queue. */
export interface Entry {
  readonly priority: number
}

interface Level<Item> {
  readonly priority: number
  readonly items: Set<Item>
}

/**
 * A queue in levels of priority, the highest first, each in order of arrival. Taking the oldest and removing cost
 * constant time; taking the newest of a level costs its length, which the queue's bound keeps small.
 */
export class PriorityQueue<Item extends Entry> {
  /** The highest priority first; none is empty. */
  readonly #levels: Level<Item>[] = []
  size = 0

  add(item: Item): void {
    const at = this.#levels.findIndex(({ priority }) => priority <= item.priority)
    const level = this.#levels[at]
    if (level?.priority === item.priority) level.items.add(item)
    else
      this.#levels.splice(at < 0 ? this.#levels.length : at, 0, {
        priority: item.priority,
        items: new Set([item]),
      })
    this.size++
  }

  remove(item: Item): boolean {
    const at = this.#levels.findIndex(({ priority }) => priority === item.priority)
    const level = this.#levels[at]
    if (level === undefined || !level.items.delete(item)) return false
    if (level.items.size === 0) this.#levels.splice(at, 1)
    this.size--
    return true
  }

  /** Takes the next one out: of the highest level the oldest, or the newest. */
  take(order: 'fifo' | 'lifo'): Item | undefined {
    const items = this.#levels[0]?.items
    if (items === undefined) return undefined
    const item = order === 'fifo' ? first(items) : last(items)
    if (item !== undefined) this.remove(item)
    return item
  }

  /** The one that would be given up first: the newest of the lowest level. */
  lowest(): Item | undefined {
    const items = this.#levels.at(-1)?.items
    return items === undefined ? undefined : last(items)
  }
}

function first<Item>(items: Set<Item>): Item | undefined {
  const [item] = items
  return item
}

function last<Item>(items: Set<Item>): Item | undefined {
  return [...items].at(-1)
}
