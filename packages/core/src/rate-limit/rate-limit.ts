import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, guardRules, HoldfastConfigError, number } from '../check.ts'
import type { Rule } from '../check.ts'
import { Rejection } from '../error.ts'
import { EndpointStates } from '../guard.ts'
import type { Guard, GuardOptions, Mode } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Ending } from '../outcome.ts'
import { Wait } from '../wait.ts'
import type { Ticket } from '../wait.ts'
import { givenBack, taken, waitMs } from './gcra.ts'
import type { Cells } from './gcra.ts'

export interface RateLimitOptions extends GuardOptions {
  /** How many calls an interval lets through in the long run. */
  readonly limit: number
  /** The interval in milliseconds. Default 1 000. */
  readonly intervalMs?: number
  /** How many may pass at once after a quiet time. Default: `limit`. */
  readonly burst?: number
  /** What one call costs. Default 1. A call that costs more than the burst is always refused. */
  readonly weight?: (call: Call) => number
  /** For how long a call may wait for its turn. Default 0: it is refused at once. */
  readonly maximumWaitMs?: number
}

export type RateLimitEvent =
  | {
      readonly type: 'rate-limit.rejected'
      readonly policy: string
      readonly retryAfterMs: number | undefined
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }
  | { readonly type: 'rate-limit.queued'; readonly policy: string; readonly waitMs: number }

/** More calls than the rate allows. `retryAfterMs` is exact; undefined when the call costs more than the burst. */
export class RateLimitedError extends Rejection {
  readonly code = 'ERR_RATE_LIMITED'
}

export interface RateLimitStatistics {
  /** Calls of weight 1 that would pass now. */
  readonly available: number
  readonly waiting: number
  readonly refused: number
}

export interface RateLimit extends Guard {
  statistics(endpoint?: string): RateLimitStatistics
}

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: number(Number.MIN_VALUE),
  intervalMs: durationMs(Number.MIN_VALUE),
  burst: number(1),
  weight: callable,
  maximumWaitMs: durationMs(),
}

/** Lets calls through at a steady rate with bursts (GCRA): in every span of T ms at most burst + limit x T / intervalMs. */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new Limiter(options)
}

class Meter {
  /** The theoretical arrival time; -Infinity before the first call. */
  arrival = -Infinity
  waiting = 0
  refused = 0
}

/** A call that was let through, or will be at a known moment. */
class Turn extends Wait {
  readonly meter: Meter
  readonly weight: number
  readonly cells: Cells

  constructor(meter: Meter, weight: number, cells: Cells) {
    super()
    this.meter = meter
    this.weight = weight
    this.cells = cells
  }

  override fire(now: number): void {
    this.meter.waiting--
    this.grant(new Taken(this.meter, this.weight, this.cells), now)
  }

  /** Calls behind it keep the moments that they were promised; the next to come may take its place. */
  protected override left(): void {
    this.meter.waiting--
    this.meter.arrival = givenBack(this.meter.arrival, this.weight, this.cells)
  }
}

class Taken {
  readonly meter: Meter
  readonly weight: number
  readonly cells: Cells

  constructor(meter: Meter, weight: number, cells: Cells) {
    this.meter = meter
    this.weight = weight
    this.cells = cells
  }
}

class Limiter implements RateLimit {
  readonly kind = 'rate-limit'
  readonly name: string
  #options: RateLimitOptions
  #cells: Cells
  #mode: Mode
  #host: Host | undefined
  readonly #meters: EndpointStates<Meter> = new EndpointStates(() => new Meter())

  constructor(options: RateLimitOptions) {
    this.#cells = cellsFrom(this.kind, options)
    this.#options = { ...options }
    this.name = options.name ?? this.kind
    this.#mode = options.mode ?? 'enforce'
  }

  attach(host: Host): void {
    this.#host ??= host
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    if (this.#mode === 'off') return 0
    const meter = this.#meters.of(call.endpoint?.id)
    const cells = this.#cells
    const weight = this.#weightOf(call)
    const wait = waitMs(meter.arrival, now, weight, cells)
    if (wait > 0) {
      const affordable = weight * cells.intervalMs <= cells.toleranceMs
      const refusal = this.#refuseUnless(
        affordable && wait <= (this.#options.maximumWaitMs ?? 0),
        wait,
        affordable,
        meter,
        call,
      )
      if (refusal !== undefined) return refusal
      if (this.#mode === 'enforce') return this.#turn(meter, weight, wait, call, now)
    }
    meter.arrival = taken(meter.arrival, now, weight, cells)
    return new Taken(meter, weight, cells)
  }

  #weightOf(call: Call): number {
    const { weight } = this.#options
    return weight === undefined ? 1 : this.#asked(weight, call)
  }

  #asked(weight: (call: Call) => number, call: Call): number {
    const asked = ask(call.host, this.name, 'weight', () => weight(call), 1)
    return asked >= 0 ? asked : 1
  }

  #refuseUnless(
    mayWait: boolean,
    wait: number,
    affordable: boolean,
    meter: Meter,
    call: Call,
  ): RateLimitedError | undefined {
    if (mayWait) return undefined
    const shadow = this.#mode === 'shadow'
    const retryAfterMs = affordable ? wait : undefined
    meter.refused++
    if (call.host.observed) {
      call.emit({
        type: 'rate-limit.rejected',
        policy: this.name,
        retryAfterMs,
        shadow,
      } satisfies RateLimitEvent)
    }
    if (shadow) return undefined
    const message = affordable ? 'the rate limit is reached' : 'the call costs more than the whole burst'
    return new RateLimitedError(`${this.name}: ${message}`, {
      policy: this.name,
      key: call.key,
      retryAfterMs,
    })
  }

  #turn(meter: Meter, weight: number, wait: number, call: Call, now: number): Turn {
    const turn = new Turn(meter, weight, this.#cells)
    meter.arrival = taken(meter.arrival, now, weight, this.#cells)
    meter.waiting++
    call.host.wheel.add(turn, now + wait, now)
    if (call.host.observed) {
      call.emit({ type: 'rate-limit.queued', policy: this.name, waitMs: wait } satisfies RateLimitEvent)
    }
    return turn
  }

  settle(ticket: Ticket, ending: Ending): void {
    if (ending !== 'unstarted' || !(ticket instanceof Taken)) return
    ticket.meter.arrival = givenBack(ticket.meter.arrival, ticket.weight, ticket.cells)
  }

  statistics(endpoint?: string): RateLimitStatistics {
    const { arrival, waiting, refused } = this.#meters.of(endpoint)
    const { intervalMs, toleranceMs } = this.#cells
    const now = this.#host?.clock.now() ?? arrival
    const ahead = Math.max(0, arrival === -Infinity ? 0 : arrival - now)
    return { available: Math.max(0, Math.floor((toleranceMs - ahead) / intervalMs)), waiting, refused }
  }

  configure(options: Partial<RateLimitOptions>): void {
    const merged = { ...this.#options, ...options }
    this.#cells = cellsFrom(this.name, merged)
    this.#options = merged
    this.#mode = merged.mode ?? 'enforce'
  }

  describe(): Readonly<Record<string, unknown>> {
    const { limit, intervalMs = 1_000, burst = limit, maximumWaitMs = 0 } = this.#options
    return { limit, intervalMs, burst, maximumWaitMs, mode: this.#mode }
  }

  idle(now: number): boolean {
    for (const [, { arrival, waiting }] of this.#meters.all()) if (waiting > 0 || arrival > now) return false
    return true
  }
}

function cellsFrom(name: string, options: Partial<RateLimitOptions>): Cells {
  checkOptions(name, options, rules)
  const { limit, intervalMs = 1_000 } = options
  if (limit === undefined) throw new HoldfastConfigError(`${name}: limit must be given: calls an interval`)
  const cellMs = intervalMs / limit
  return { intervalMs: cellMs, toleranceMs: cellMs * (options.burst ?? Math.max(1, limit)) }
}
