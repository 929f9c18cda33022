import type { Call } from '../call.ts'
import { HeavyHitters } from './heavy-hitters.ts'
import { HotKey } from './hot-key.ts'
import type { Settings } from './options.ts'

/** How many keys are counted: a share is known to a thousandth. */
const places = 1_000

/** A key that is hot cools when it has fallen below this part of what made it hot. */
const cooledRatio = 0.5

/** Told what the counting of a call brought about: its key became hot, or one cooled, which need not be its own. */
export interface HotKeyListener {
  detected(hot: HotKey, keys: HotKeys, call: Call): void
  cooled(hot: HotKey, call: Call): void
}

/**
 * Which keys are hot among the calls of one endpoint. A key becomes hot when that is sure: by the least that it can have
 * been asked for; and it cools when that is sure too: by the most.
 */
export class HotKeys {
  readonly #listener: HotKeyListener
  readonly #counts: HeavyHitters
  readonly #byPlace: (HotKey | undefined)[] = Array.from({ length: places })
  #hot: HotKey[] = []
  #settings: Settings
  #next = 0
  rejected = 0

  constructor(settings: Settings, listener: HotKeyListener) {
    this.#settings = settings
    this.#listener = listener
    this.#counts = new HeavyHitters(places, settings.meanAgeMs)
  }

  set settings(settings: Settings) {
    this.#settings = settings
    this.#counts.meanAgeMs = settings.meanAgeMs
  }

  /** Counts a call. Returns what is known of its key if that is hot. */
  count(key: string, call: Call, now: number): HotKey | undefined {
    const place = this.#counts.count(key, now)
    const known = this.#byPlace[place]
    if (this.#hot.length > 0) this.#coolNext(call)
    if (known !== undefined && this.#stays(known)) return known
    // The place may have been that of another key.
    if (known !== undefined) this.#forget(known, call)
    if (this.#counts.atLeast(place) < this.#threshold) return undefined
    const hot = new HotKey(key, place, now)
    this.#byPlace[place] = hot
    this.#hot.push(hot)
    this.#listener.detected(hot, this, call)
    return hot
  }

  /** The least that makes a key hot. */
  get #threshold(): number {
    const { shareRatio, minimumPerSecond, meanAgeMs } = this.#settings
    return Math.max(shareRatio * this.#counts.total, (minimumPerSecond * meanAgeMs) / 1_000)
  }

  /** Looks at one key that is hot, each in turn. */
  #coolNext(call: Call): void {
    const each = this.#hot[this.#next++ % this.#hot.length]
    if (each !== undefined && !this.#stays(each)) this.#forget(each, call)
  }

  #stays({ place, key }: HotKey): boolean {
    return this.#counts.keyAt(place) === key && this.#counts.atMost(place) >= cooledRatio * this.#threshold
  }

  #forget(hot: HotKey, call: Call): void {
    if (this.#byPlace[hot.place] !== hot) return
    this.#byPlace[hot.place] = undefined
    this.#hot = this.#hot.filter((each) => each !== hot)
    this.#listener.cooled(hot, call)
  }

  /** Those that are hot now, the hottest first. */
  at(now: number): readonly HotKey[] {
    this.#counts.passTo(now)
    const hot = this.#hot.filter((each) => this.#stays(each))
    return hot.toSorted((one, other) => this.#counts.atMost(other.place) - this.#counts.atMost(one.place))
  }

  /** The key's share of what is counted, at most. */
  shareRatio({ place }: HotKey): number {
    return this.#counts.atMost(place) / this.#counts.total
  }

  /** Calls a second, at most. Too low while it has not been asked for long. */
  perSecond({ place }: HotKey): number {
    return (this.#counts.atMost(place) * 1_000) / this.#settings.meanAgeMs
  }

  idle(now: number): boolean {
    this.#counts.passTo(now)
    return this.#counts.total < 1 && this.#hot.every(({ running }) => running === 0)
  }
}
