import type { Call } from './call.ts'
import { checkOrder } from './check-composition.ts'
import { callable, checkOptions, durationMs, HoldfastConfigError, integer, partRules } from './check.ts'
import type { Rule } from './check.ts'
import type { Guard } from './guard.ts'
import type { Host } from './host.ts'
import type { Next, Part, Policy } from './policy.ts'
import { compose } from './segment.ts'
import type { Segment } from './segment.ts'

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
  /** Gives the part of that name new options, for all keys that are and that come. */
  updatePart(name: string, options: object): void
}

const rules: Readonly<Record<string, Rule>> = { ...partRules, maximum: integer(1), idleMs: durationMs() }

/** How many keys are looked at for forgetting beside each call, and when room is needed. */
const sweepStep = 2
const sweepForRoom = 64

/**
 * Parts for each key of its own, made by `parts` when the key first appears; calls without a key share one set. What
 * is in use is never forgotten: a running call, a circuit that is not closed, a window that is not empty.
 */
export function keyed(parts: (key: string) => readonly Part[], options: KeyedOptions = {}): Keyed {
  return new KeyedParts(parts, options)
}

/** Counts the calls of one key; the outermost of its guards. */
class Usage implements Guard {
  readonly kind = 'usage'
  readonly name = 'usage'
  readonly parts: readonly Part[]
  segment: Segment | undefined
  running = 0
  usedAt = 0

  constructor(parts: readonly Part[]) {
    this.parts = parts
  }

  admit(_call: Call, now: number): number {
    this.running++
    this.usedAt = now
    return 0
  }

  settle(): void {}

  release(): void {
    this.running--
  }

  idle(now: number): boolean {
    return this.running === 0 && this.parts.every((part) => part.idle?.(now) ?? true)
  }
}

class KeyedParts implements Keyed {
  readonly kind = 'keyed'
  readonly name: string
  readonly #make: (key: string) => readonly Part[]
  readonly #entries = new Map<string, Usage>()
  readonly #updates: (readonly [name: string, options: object])[] = []
  #shared: Usage | undefined
  #maximum: number
  #idleMs: number
  #host: Host | undefined
  #next: Next | undefined
  #sweep: Iterator<[string, Usage]> | undefined

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

  attach(host: Host): void {
    if (this.#host !== undefined)
      throw new HoldfastConfigError(`${this.name}: can stand in one pipeline only`)
    this.#host = host
  }

  wrap(next: Next): Next {
    this.#next = next
    return (call) => {
      const now = call.clock.now()
      this.#forget(now, sweepStep)
      const { segment } = this.#usageOf(call, now)
      // Every usage is given its segment when it is made.
      return (segment as Segment).next(call)
    }
  }

  #usageOf(call: Call, now: number): Usage {
    if (call.key === undefined) return (this.#shared ??= this.#newUsage(''))
    const known = this.#entries.get(call.key)
    if (known !== undefined) return known
    if (this.#entries.size >= this.#maximum) this.#forget(now, sweepForRoom, 0)
    if (this.#entries.size >= this.#maximum) {
      if (call.host.observed) {
        call.emit({ type: 'keyed.overflow', policy: this.name, maximum: this.#maximum } satisfies KeyedEvent)
      }
      return (this.#shared ??= this.#newUsage(''))
    }
    const usage = this.#newUsage(call.key)
    this.#entries.set(call.key, usage)
    return usage
  }

  #newUsage(key: string): Usage {
    const parts = this.#make(key)
    const host = this.#host as Host
    checkOrder(this.name, parts)
    for (const part of parts) part.attach?.(host)
    for (const [name, options] of this.#updates)
      parts.find((part) => part.name === name)?.configure?.(options)
    const usage = new Usage(parts)
    usage.segment = compose([usage, ...parts], this.#next, host)
    return usage
  }

  /** Looks at the next few keys and forgets those that have been idle for `idleMs`. */
  #forget(now: number, steps: number, idleMs = this.#idleMs): void {
    for (let step = 0; step < Math.min(steps, this.#entries.size); step++) {
      this.#sweep ??= this.#entries.entries()
      const { value, done } = this.#sweep.next()
      if (done === true) this.#sweep = undefined
      else if (value[1].idle(now) && now - value[1].usedAt >= idleMs) this.#entries.delete(value[0])
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
    const all = [...this.#entries.values(), ...(this.#shared === undefined ? [] : [this.#shared])]
    for (const { parts } of all) parts.find((part) => part.name === name)?.configure?.(options)
    this.#updates.push([name, { ...options }])
  }

  describe(): Readonly<Record<string, unknown>> {
    return { maximum: this.#maximum, idleMs: this.#idleMs }
  }

  idle(now: number): boolean {
    return [...this.#entries.values()].every((usage) => usage.idle(now))
  }
}
