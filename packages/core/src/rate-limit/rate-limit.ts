import type { Call } from '../call.ts'
import { leavesNoTime } from '../check-composition.ts'
import { callable, checkOptions, durationMs, guardRules, number, required } from '../check.ts'
import type { Rule } from '../check.ts'
import { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard, GuardOptions, Mode } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Ending } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Ticket, Wait } from '../wait.ts'
import type { Cells } from './gcra.ts'
import { Meter, Taken, Turn } from './meter.ts'

export interface RateLimitOptions extends GuardOptions {
  /** How many calls an interval lets through in the long run. */
  readonly limit: number
  /** The interval in milliseconds. Default 1 000. */
  readonly intervalMs?: number
  /** How many may pass at once after a quiet time. Default: `limit`, at least 1. */
  readonly burst?: number
  /**
   * What one call costs. Default 1, which is also what anything but a number of at least 0 counts as. A call that
   * costs nothing passes at once; one that costs more than the burst is always refused.
   */
  readonly weight?: (call: Call) => number
  /**
   * For how long a call may wait for its turn, which comes in order of arrival. Default 0: it is refused at once, and
   * so is one whose turn would come later.
   */
  readonly maximumWaitMs?: number
}

export type RateLimitEvent =
  | {
      readonly type: 'rate-limit.rejected'
      readonly policy: string
      /** Undefined where the call costs more than the burst. */
      readonly retryAfterMs: number | undefined
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | {
      readonly type: 'rate-limit.queued'
      readonly policy: string
      /** When its turn comes at the latest, in milliseconds from now. */
      readonly waitMs: number
    }

/** More calls than the rate allows. `retryAfterMs` is exact; undefined when the call costs more than the burst. */
export class RateLimitedError extends Rejection {
  readonly code = 'ERR_RATE_LIMITED'
}

export interface RateLimitStatistics {
  /** Calls of weight 1 that would pass now. */
  readonly available: number
  readonly waiting: number
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export interface RateLimit extends Guard {
  statistics(endpoint?: string): RateLimitStatistics
}

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: number(1e-9),
  intervalMs: durationMs(1),
  burst: number(1),
  weight: callable,
  maximumWaitMs: durationMs(),
}

/** Lets calls through at a steady rate with bursts (GCRA): in every span of T ms at most burst + limit x T / intervalMs. */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new Limiter(options)
}

class Limiter implements RateLimit {
  readonly kind = 'rate-limit'
  readonly name: string
  #settings: Settings
  #host: Host | undefined
  readonly #meters = new EndpointStates<Meter>()

  constructor(options: RateLimitOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  attach(host: Host): void {
    this.#host = firstHost(this.name, this.#host, host)
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    if (this.#settings.mode === 'off') return 0
    const weight = this.#settings.weight === undefined ? 1 : this.#weightOf(call)
    if (weight === 0) return 0
    const meter = this.#meters.of(call.endpoint?.id) ?? this.#newMeter(call.endpoint?.id)
    const waitMs = meter.waitMs(now, weight)
    if (waitMs === 0) return meter.take(now, weight)
    const affords = meter.affords(weight)
    if (!affords || waitMs > this.#settings.maximumWaitMs) {
      return this.#refuse(meter, affords ? waitMs : undefined, call)
    }
    return this.#settings.mode === 'shadow'
      ? meter.take(now, weight)
      : this.#queue(meter, weight, waitMs, call, now)
  }

  #newMeter(endpoint: string | undefined): Meter {
    return this.#meters.add(endpoint, new Meter(this.#settings.cells))
  }

  #weightOf(call: Call): number {
    const { weight } = this.#settings
    const asked: unknown = ask(call.host, this.name, 'weight', () => weight?.(call), 1)
    return typeof asked === 'number' && asked >= 0 ? asked : 1
  }

  /** In shadow it takes nothing, as a refusal would. */
  #refuse(meter: Meter, retryAfterMs: number | undefined, call: Call): Ticket | RateLimitedError {
    const { name: policy } = this
    const shadow = this.#settings.mode === 'shadow'
    meter.rejected++
    if (call.host.observed) {
      call.emit({ type: 'rate-limit.rejected', policy, retryAfterMs, shadow } satisfies RateLimitEvent)
    }
    if (shadow) return 0
    const reason =
      retryAfterMs === undefined ? 'the call costs more than the whole burst' : 'the rate limit is reached'
    return new RateLimitedError(`${policy}: ${reason}`, { policy, key: call.key, retryAfterMs })
  }

  #queue(meter: Meter, weight: number, waitMs: number, call: Call, now: number): Turn {
    const turn = new Turn(meter, weight, now + waitMs, call.host)
    meter.queue(turn, now)
    if (call.host.observed) {
      call.emit({ type: 'rate-limit.queued', policy: this.name, waitMs } satisfies RateLimitEvent)
    }
    return turn
  }

  settle(ticket: Ticket, ending: Ending, now: number): void {
    if (ending !== 'unstarted' || !(ticket instanceof Taken)) return
    ticket.meter.giveBack(ticket, now)
    ticket.meter.serve(now)
  }

  statistics(endpoint?: string): RateLimitStatistics {
    const now = this.#host?.clock.now() ?? 0
    for (const [id, meter] of this.#meters.all()) {
      const { waiting, rejected } = meter
      if (id === endpoint) return { available: Math.floor(meter.available(now)), waiting, rejected }
    }
    return { available: Math.floor(this.#settings.burst), waiting: 0, rejected: 0 }
  }

  /**
   * As many calls as were taken stay taken, at the new rate. Those who wait have their turn no later than they were
   * promised, and at once where nothing is enforced any longer.
   */
  configure(options: Partial<RateLimitOptions>): void {
    const settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    const now = this.#host?.clock.now() ?? 0
    this.#settings = settings
    for (const [, meter] of this.#meters.all()) meter.rescale(settings.cells, now)
    for (const [, meter] of this.#meters.all()) meter.serve(now, settings.mode !== 'enforce')
  }

  draft(options: Partial<RateLimitOptions>): Part {
    return rateLimit({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { options, intervalMs, burst, maximumWaitMs, mode } = this.#settings
    return { limit: options.limit, intervalMs, burst, maximumWaitMs, mode }
  }

  check(_inner: readonly Part[], outer: readonly Part[]): string | undefined {
    const { maximumWaitMs, mode } = this.#settings
    if (maximumWaitMs === 0 || mode !== 'enforce') return undefined
    const waiter = `'${this.name}' may wait ${maximumWaitMs} ms`
    return leavesNoTime(outer, maximumWaitMs, waiter, 'make maximumWaitMs shorter')
  }

  idle(now: number): boolean {
    for (const [, meter] of this.#meters.all()) if (!meter.idle(now)) return false
    return true
  }
}

interface Settings {
  readonly options: RateLimitOptions
  readonly cells: Cells
  readonly intervalMs: number
  readonly burst: number
  readonly maximumWaitMs: number
  readonly mode: Mode
  readonly weight: ((call: Call) => number) | undefined
}

function settingsFrom(name: string, asked: RateLimitOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit, intervalMs = 1_000, maximumWaitMs = 0, mode = 'enforce', weight } = given
  required(name, 'limit', limit, 'calls an interval')
  const { burst = Math.max(1, limit) } = given
  const cellMs = intervalMs / limit
  const cells = { intervalMs: cellMs, toleranceMs: cellMs * burst }
  return { options: { ...given }, cells, intervalMs, burst, maximumWaitMs, mode, weight }
}
