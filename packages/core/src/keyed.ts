import type { Call } from './call.ts'
import { attachAll, checkParts, checkUpdate } from './check-composition.ts'
import {
  callable,
  checkOptions,
  durationMs,
  givenOptions,
  HoldfastConfigError,
  integer,
  partRules,
} from './check.ts'
import type { Rule } from './check.ts'
import type { Host } from './host.ts'
import type { Next, Part, Policy } from './policy.ts'
import { ScopedHost } from './share/scoped-host.ts'
import { laidOut, Segment } from './engine/segment.ts'

export interface KeyedOptions {
  readonly name?: string
  /** How many keys have parts of their own; when all are in use, further keys share one set. Default 10 000. */
  readonly maximum?: number
  /** After how many milliseconds without a call a key that holds nothing is forgotten. Default 60 000. */
  readonly idleMs?: number
}

export interface KeyedEvent {
  readonly type: 'keyed.overflow'
  readonly policy: string
  readonly maximum: number
}

export interface Keyed extends Policy {
  /** How many keys have parts of their own. */
  readonly size: number
  /** The parts of one key, to read their statistics; undefined where it has none. */
  of(key: string): readonly Part[] | undefined
  /**
   * Gives the part of that name new options, for all keys that are and that come. Throws `HoldfastConfigError` and
   * changes nothing where it refuses them.
   */
  updatePart(name: string, options: object): void
}

const rules: Readonly<Record<string, Rule>> = { ...partRules, maximum: integer(1), idleMs: durationMs() }

/** How many keys are looked at for forgetting beside each call, and when room is needed. */
const sweepStep = 2
const sweepForRoom = 64

/**
 * Parts for each key of its own, made by `parts` when the key first appears; calls without a key share one set. What
 * is in use is never forgotten: a running call, a circuit that is not closed, a window that is not empty. Where a new
 * key needs room, 64 keys are looked at for one that is not; if there is none among them, the call shares that set.
 */
export function keyed(parts: (key: string) => readonly Part[], options: KeyedOptions = {}): Keyed {
  return new KeyedParts(parts, options)
}

/** What one key has. */
class Entry extends Segment {
  readonly parts: readonly Part[]
  /** Whole milliseconds: a number with a fraction would cost every key memory of its own. */
  usedAt = 0

  constructor(parts: readonly Part[], inner: Next, host: Host) {
    super(host, laidOut(parts, inner, host))
    this.parts = parts
  }

  part(name: string): Part | undefined {
    return this.parts.find((part) => part.name === name)
  }

  idle(now: number): boolean {
    return this.running === 0 && this.parts.every((part) => part.idle?.(now) ?? true)
  }
}

class KeyedParts implements Keyed {
  readonly kind = 'keyed'
  readonly passesThrough = true
  readonly name: string
  readonly #make: (key: string) => readonly Part[]
  readonly #entries = new Map<string, Entry>()
  /** What was updated for all keys, by the name of the part. */
  readonly #updates = new Map<string, object>()
  /** For calls without a key, and those that find no room. */
  #shared: Entry | undefined
  #maximum: number
  #idleMs: number
  #host: Host | undefined
  /** What stands beside it in its pipeline. */
  #inner: readonly Part[] = []
  #outer: readonly Part[] = []
  #next: Next | undefined
  #sweep: Iterator<[string, Entry]> | undefined

  constructor(parts: (key: string) => readonly Part[], options: KeyedOptions) {
    checkOptions('keyed', options, rules)
    const complaint = callable(parts)
    if (complaint !== undefined)
      throw new HoldfastConfigError(`keyed: the first argument must be ${complaint}`)
    this.name = options.name ?? this.kind
    this.#make = parts
    this.#maximum = options.maximum ?? 10_000
    this.#idleMs = options.idleMs ?? 60_000
  }

  attach(host: Host, inner: readonly Part[] = [], outer: readonly Part[] = []): void {
    if (this.#host !== undefined)
      throw new HoldfastConfigError(`${this.name}: can stand in one pipeline only`)
    this.#host = host
    this.#inner = inner
    this.#outer = outer
  }

  wrap(next: Next): Next {
    this.#next = next
    return (call) => {
      const now = call.clock.now()
      this.#forget(now, sweepStep)
      const entry = this.#entryOf(call, now)
      entry.usedAt = Math.ceil(now)
      return entry.run(call)
    }
  }

  #entryOf(call: Call, now: number): Entry {
    const { key, host } = call
    if (key === undefined) return this.#sharedEntry()
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    if (this.#entries.size >= this.#maximum) this.#forget(now, sweepForRoom, 0)
    if (this.#entries.size >= this.#maximum) {
      const { name: policy } = this
      if (host.observed)
        call.emit({ type: 'keyed.overflow', policy, maximum: this.#maximum } satisfies KeyedEvent)
      return this.#sharedEntry()
    }
    const entry = this.#newEntry(key)
    this.#entries.set(key, entry)
    return entry
  }

  #sharedEntry(): Entry {
    return (this.#shared ??= this.#newEntry(''))
  }

  #newEntry(key: string): Entry {
    const parts = this.#make(key)
    checkParts(this.name, parts)
    // A pipeline attached and wrapped it before any call could come.
    const [host, next] = [this.#host, this.#next] as [Host, Next]
    const own = host.sharing === undefined ? host : new ScopedHost(host, host.sharing, [this.name, key])
    attachAll(parts, own, this.#inner, this.#outer)
    const entry = new Entry(parts, next, host)
    for (const [name, options] of this.#updates) entry.part(name)?.configure?.(options)
    return entry
  }

  /** Looks at the next few keys and forgets those that have been idle for `idleMs`. */
  #forget(now: number, steps: number, idleMs = this.#idleMs): void {
    for (let step = 0; step < steps; step++) {
      this.#sweep ??= this.#entries.entries()
      const { value, done } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      const [key, entry] = value
      if (now - entry.usedAt < idleMs || !entry.idle(now)) continue
      this.#entries.delete(key)
      for (const part of entry.parts) part.detach?.()
    }
  }

  get size(): number {
    return this.#entries.size
  }

  of(key: string): readonly Part[] | undefined {
    return this.#entries.get(key)?.parts
  }

  configure(options: KeyedOptions): void {
    checkOptions(this.name, options, rules)
    this.#maximum = options.maximum ?? this.#maximum
    this.#idleMs = options.idleMs ?? this.#idleMs
  }

  updatePart(name: string, options: object): void {
    if (this.#host === undefined) {
      throw new HoldfastConfigError(`${this.name}: stands in no pipeline yet; give its parts their options`)
    }
    const given = givenOptions(`${this.name}: ${name}`, options)
    const shared = this.#sharedEntry()
    if (shared.part(name)?.configure === undefined) {
      throw new HoldfastConfigError(`${this.name}: no part named '${name}' has options to update`)
    }
    const entries = [shared, ...this.#entries.values()]
    for (const { parts } of entries) checkUpdate(this.name, parts, name, given)
    for (const entry of entries) entry.part(name)?.configure?.(given)
    this.#updates.set(name, { ...this.#updates.get(name), ...given })
  }

  describe(): Readonly<Record<string, unknown>> {
    return { maximum: this.#maximum, idleMs: this.#idleMs }
  }

  idle(now: number): boolean {
    return this.#shared?.idle(now) !== false && [...this.#entries.values()].every((entry) => entry.idle(now))
  }
}
