/**
 * Finds the places of keys that come and go, without memory for any of them: open addressing with linear probing, where
 * the gap that a key leaves is closed at once (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
 */
export class KeyTable {
  /** By place. */
  readonly #keys: string[] = []
  readonly #hashes: Int32Array
  /** One more than the place whose key is found here; 0 where there is none. */
  readonly #cells: Int32Array
  readonly #mask: number

  /** For places from 0 to `places` − 1. At most half of the cells are used. */
  constructor(places: number) {
    const cells = 2 ** Math.ceil(Math.log2(2 * places))
    this.#hashes = new Int32Array(places)
    this.#cells = new Int32Array(cells)
    this.#mask = cells - 1
  }

  keyAt(place: number): string {
    return this.#keys[place] ?? ''
  }

  /** The place of `key`; -1 where it has none. */
  find(key: string, hash: number): number {
    for (let cell = hash & this.#mask; ; cell = (cell + 1) & this.#mask) {
      const place = (this.#cells[cell] ?? 0) - 1
      if (place < 0) return -1
      if (this.#hashes[place] === hash && this.#keys[place] === key) return place
    }
  }

  /** Gives a place to a key. Neither has one of the other. */
  put(place: number, key: string, hash: number): void {
    let cell = hash & this.#mask
    while (this.#cells[cell] !== 0) cell = (cell + 1) & this.#mask
    this.#cells[cell] = place + 1
    this.#keys[place] = key
    this.#hashes[place] = hash
  }

  /** The key at `place` has none any more. */
  remove(place: number): void {
    let gap = this.#wanted(place)
    while (this.#cells[gap] !== place + 1) gap = (gap + 1) & this.#mask
    for (let cell = (gap + 1) & this.#mask; this.#cells[cell] !== 0; cell = (cell + 1) & this.#mask) {
      const moved = (this.#cells[cell] ?? 0) - 1
      const gone = (cell - gap) & this.#mask
      // It may stand in the gap unless it would then stand before the cell where its search begins.
      if (((cell - this.#wanted(moved)) & this.#mask) < gone) continue
      this.#cells[gap] = moved + 1
      gap = cell
    }
    this.#cells[gap] = 0
  }

  /** Where the search for the key of a place begins. */
  #wanted(place: number): number {
    return (this.#hashes[place] ?? 0) & this.#mask
  }
}

/** FNV-1a over UTF-16 units, with the finish of MurmurHash3, so that the lowest bits depend on all others. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let each = 0; each < key.length; each++) hash = Math.imul(hash ^ key.charCodeAt(each), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
