import type { Call } from '../call.ts'
import { allowedMs } from '../check-composition.ts'
import {
  callable,
  checkOptions,
  durationMs,
  either,
  guardRules,
  HoldfastConfigError,
  required,
  show,
} from '../check.ts'
import type { Rule } from '../check.ts'
import { Timer } from '../deadline-wheel.ts'
import type { Guard, GuardOptions, Mode } from '../guard.ts'
import type { Part } from '../policy.ts'
import { TimeoutError } from '../timeout-error.ts'
import type { Ticket } from '../wait.ts'

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
  #options: Checked

  constructor(options: TimeoutOptions) {
    this.#options = checkTimeout(this.kind, options)
    this.name = this.#options.name ?? this.kind
  }

  admit(call: Call, now: number): number | Watch {
    const { durationMs: limit, mode } = this.#options
    if (mode === 'off') return Infinity
    // A tick of the wheel, which is when it fires: whole numbers take no memory of their own.
    const deadline = Math.ceil(now + (typeof limit === 'number' ? limit : this.#asked(limit, call)))
    return mode === 'enforce' ? deadline : this.#watch(call, deadline, now)
  }

  #asked(limit: (call: Call) => number, call: Call): number {
    const asked: unknown = limit(call)
    if (typeof asked === 'number' && asked >= 0) return asked
    throw new HoldfastConfigError(
      `${this.name}: durationMs() must return milliseconds of at least 0, not ${show(asked)}`,
    )
  }

  /** In shadow it sets no deadline: a retry inside would give up for it, and a part that runs the rest would be cut. */
  #watch(call: Call, deadline: number, now: number): number | Watch {
    if (deadline <= now) this.#report(call, true)
    if (deadline <= now || deadline === Infinity) return Infinity
    const watch = new Watch(() => this.#report(call, true))
    call.host.wheel.add(watch, deadline, now)
    return watch
  }

  settle(ticket: Ticket): void {
    if (typeof ticket !== 'number') (ticket as Watch).cancel()
  }

  expire(call: Call): TimeoutError | undefined {
    const shadow = this.#options.mode !== 'enforce'
    this.#report(call, shadow)
    if (shadow) return undefined
    return new TimeoutError(`${this.name}: no answer in time`, { policy: this.name, key: call.key })
  }

  #report(call: Call, shadow: boolean): void {
    if (call.host.observed) {
      call.emit({ type: 'timeout.elapsed', policy: this.name, shadow } satisfies TimeoutEvent)
    }
  }

  describe(): Readonly<Record<string, unknown>> {
    const { durationMs: limit, mode } = this.#options
    return { durationMs: limit, mode }
  }

  configure(options: Partial<TimeoutOptions>): void {
    this.#options = checkTimeout(this.name, { ...this.#options, ...options })
  }

  draft(options: Partial<TimeoutOptions>): Part {
    return timeout({ ...this.#options, ...options })
  }

  check(inner: readonly Part[]): string | undefined {
    const total = allowedMs(this)
    for (const part of inner) {
      const attempt = allowedMs(part)
      if (total !== undefined && attempt !== undefined && attempt > total) {
        return `'${part.name}' inside allows ${attempt} ms, more than the ${total} ms of '${this.name}' around it; make the inner one shorter, or swap the two`
      }
    }
    return undefined
  }
}

/** The ticket of a timeout in shadow: tells that the time is up, and is no deadline. */
class Watch extends Timer {
  readonly #tell: () => void

  constructor(tell: () => void) {
    super()
    this.#tell = tell
  }

  override fire(): void {
    this.#tell()
  }
}

type Checked = TimeoutOptions & { readonly mode: Mode }

function checkTimeout(name: string, given: TimeoutOptions): Checked {
  const options = checkOptions(name, given, rules)
  required(name, 'durationMs', options.durationMs, 'milliseconds, or a function of the call')
  return { ...options, mode: options.mode ?? 'enforce' }
}
