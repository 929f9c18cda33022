import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, either, guardRules, HoldfastConfigError } from '../check.ts'
import type { Rule } from '../check.ts'
import type { Guard, GuardOptions, Mode } from '../guard.ts'
import type { Part } from '../policy.ts'
import { TimeoutError } from '../timeout-error.ts'

export interface TimeoutOptions extends GuardOptions {
  /** Milliseconds that the inside may take, or a function that tells them for one call. `Infinity` from it: no limit. */
  readonly durationMs: number | ((call: Call) => number)
}

export interface TimeoutEvent {
  readonly type: 'timeout.elapsed'
  readonly policy: string
  /** Only reported: the call runs on. */
  readonly shadow: boolean
}

const rules: Readonly<Record<string, Rule>> = { ...guardRules, durationMs: either(durationMs(0), callable) }

/**
 * Bounds the time of everything inside it: placed outside a retry it is the total, inside it is each attempt's. When
 * it has elapsed the caller hears a `TimeoutError` at once and the call's signal is aborted with it. Its clock starts
 * when the call reaches it, so waiting in a queue further out does not count.
 */
export function timeout(options: TimeoutOptions): Guard {
  return new Timeout(options)
}

class Timeout implements Guard {
  readonly kind = 'timeout'
  readonly name: string
  #durationMs: number | ((call: Call) => number)
  #mode: Mode

  constructor(options: TimeoutOptions) {
    checkTimeout('timeout', options)
    this.name = options.name ?? this.kind
    this.#durationMs = options.durationMs
    this.#mode = options.mode ?? 'enforce'
  }

  admit(call: Call, now: number): number {
    if (this.#mode === 'off') return Infinity
    const limit = this.#durationMs
    if (typeof limit === 'number') return now + limit
    const asked = limit(call)
    if (asked >= 0) return now + asked
    throw new HoldfastConfigError(
      `${this.name}: durationMs() must return milliseconds of at least 0, not ${asked}`,
    )
  }

  expire(call: Call): TimeoutError | undefined {
    const shadow = this.#mode !== 'enforce'
    if (call.host.observed) {
      call.emit({ type: 'timeout.elapsed', policy: this.name, shadow } satisfies TimeoutEvent)
    }
    if (shadow) return undefined
    return new TimeoutError(`${this.name}: no answer in time`, { policy: this.name, key: call.key })
  }

  describe(): Readonly<Record<string, unknown>> {
    return { durationMs: this.#durationMs, mode: this.#mode }
  }

  configure(options: Partial<TimeoutOptions>): void {
    checkTimeout(this.name, { durationMs: this.#durationMs, ...options })
    this.#durationMs = options.durationMs ?? this.#durationMs
    this.#mode = options.mode ?? this.#mode
  }

  check(inner: readonly Part[]): string | undefined {
    const total = this.#durationMs
    for (const part of inner) {
      const attempt = part.kind === this.kind ? part.describe?.()['durationMs'] : undefined
      if (typeof total === 'number' && typeof attempt === 'number' && attempt > total) {
        return `'${part.name}' inside allows ${attempt} ms, more than the ${total} ms of '${this.name}' around it; make the inner one shorter, or swap the two`
      }
    }
    return undefined
  }
}

function checkTimeout(name: string, options: Partial<TimeoutOptions>): void {
  checkOptions(name, options, rules)
  if (options.durationMs === undefined) {
    throw new HoldfastConfigError(
      `${name}: durationMs must be given: milliseconds, or a function of the call`,
    )
  }
}
