import type { Call } from '../call.ts'
import { leavesNoTime } from '../check-composition.ts'
import { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard } from '../guard.ts'
import { ask } from '../hook.ts'
import type { Host } from '../host.ts'
import type { Ending } from '../outcome.ts'
import type { Part } from '../policy.ts'
import type { Ticket, Wait } from '../wait.ts'
import { FleetMeter } from './fleet-meter.ts'
import { Taken, Turn } from './line.ts'
import type { Line } from './line.ts'
import { Meter } from './meter.ts'
import { settingsFrom } from './options.ts'
import type { RateLimitOptions, Settings } from './options.ts'
import { checkWarmUp, kindOf, kindOfMeter, newMeter } from './shared-rate-limit.ts'
import type { MetersOwner } from './shared-rate-limit.ts'
import { StrictMeter, StrictTurn } from './strict-meter.ts'

export type { RateLimitOptions, SharedRateLimitOptions, WarmUpOptions } from './options.ts'

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

/** Lets calls through at a steady rate with bursts (GCRA): in every span of T ms at most burst + limit x T / intervalMs. */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new Limiter(options)
}

class Limiter implements RateLimit, MetersOwner {
  readonly kind = 'rate-limit'
  readonly name: string
  #settings: Settings
  #host: Host | undefined
  readonly #meters = new EndpointStates<Meter | FleetMeter>()
  /** How the meters stop sharing. */
  readonly #leave = new Map<string | undefined, () => void>()

  constructor(options: RateLimitOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  attach(host: Host): void {
    checkWarmUp(this.name, this.#settings, host)
    const first = this.#host === undefined
    this.#host = firstHost(this.name, this.#host, host)
    // Its stock is there before the first call is.
    if (first && host.sharing !== undefined) this.#newMeter(undefined)
  }

  detach(): void {
    for (const leave of this.#leave.values()) leave()
    this.#leave.clear()
  }

  get settings(): Settings {
    return this.#settings
  }

  admit(call: Call, now: number): Ticket | Wait | Rejection {
    if (this.#settings.mode === 'off') return 0
    const weight = this.#settings.weight === undefined ? 1 : this.#weightOf(call)
    if (weight === 0) return 0
    const meter = this.#meters.of(call.endpoint?.id) ?? this.#newMeter(call.endpoint?.id)
    if (this.#settings.asksForEach && meter instanceof StrictMeter && meter.affords(weight)) {
      return new StrictTurn(meter, weight, call, this.#settings, this.#refused).begin(now)
    }
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

  #newMeter(endpoint: string | undefined): Meter | FleetMeter {
    const { meter, leave } = newMeter(endpoint, this, this.#host)
    if (kindOfMeter(meter) !== 'alone') this.#leave.set(endpoint, leave)
    return this.#meters.add(endpoint, meter)
  }

  #weightOf(call: Call): number {
    const { weight } = this.#settings
    const asked: unknown = ask(call.host, this.name, 'weight', () => weight?.(call), 1)
    return typeof asked === 'number' && asked >= 0 ? asked : 1
  }

  /** In shadow it takes nothing, as a refusal would. */
  #refuse(meter: Line, retryAfterMs: number | undefined, call: Call): Ticket | RateLimitedError {
    if (this.#settings.mode !== 'shadow') return this.#refused(meter, retryAfterMs, call)
    this.#report(meter, retryAfterMs, call)
    return 0
  }

  #report(meter: Line, retryAfterMs: number | undefined, call: Call): void {
    const { name: policy } = this
    const shadow = this.#settings.mode === 'shadow'
    meter.rejected++
    if (call.host.observed) {
      call.emit({ type: 'rate-limit.rejected', policy, retryAfterMs, shadow } satisfies RateLimitEvent)
    }
  }

  readonly #refused = (meter: Line, retryAfterMs: number | undefined, call: Call): RateLimitedError => {
    const { name: policy } = this
    const { key } = call
    this.#report(meter, retryAfterMs, call)
    const reason =
      retryAfterMs === undefined ? 'the call costs more than the whole burst' : 'the rate limit is reached'
    return new RateLimitedError(`${policy}: ${reason}`, { policy, key, retryAfterMs })
  }

  tooLate(turn: Turn, retryAfterMs: number, now: number): void {
    turn.refuse(this.#refused(turn.line, retryAfterMs, turn.call), now)
  }

  #queue(meter: Meter | FleetMeter, weight: number, soonestMs: number, call: Call, now: number): Turn {
    const waitMs = meter instanceof FleetMeter ? this.#settings.maximumWaitMs : soonestMs
    const turn = new Turn(meter, weight, now + waitMs, call)
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
    const untouched = new Meter(this.#settings.cells)
    return { available: Math.floor(untouched.available(now)), waiting: 0, rejected: 0 }
  }

  /**
   * As many calls as were taken stay taken, at the new rate. Those who wait have their turn no later than they were
   * promised, and at once where nothing is enforced any longer.
   */
  configure(options: Partial<RateLimitOptions>): void {
    const settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    checkWarmUp(this.name, settings, this.#host)
    const now = this.#host?.clock.now() ?? 0
    this.#settings = settings
    for (const [endpoint, meter] of [...this.#meters.all()]) {
      meter.rescale(settings.cells, now)
      this.#rejoin(endpoint, meter, now).serve(now, settings.mode !== 'enforce')
    }
  }

  /** Whether it shares may have changed; those who wait stay. */
  #rejoin(endpoint: string | undefined, meter: Meter | FleetMeter, now: number): Meter | FleetMeter {
    if (kindOfMeter(meter) === kindOf(this.#settings, this.#host)) return meter
    this.#leave.get(endpoint)?.()
    this.#leave.delete(endpoint)
    const other = this.#newMeter(endpoint)
    other.rejected = meter.rejected
    meter.moveTo(other, now)
    return other
  }

  draft(options: Partial<RateLimitOptions>): Part {
    return rateLimit({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { options, cells, intervalMs, burst, maximumWaitMs, mode } = this.#settings
    const shared = options.shared !== undefined && { shared: options.shared }
    const warmUp = cells.warmUp ? { ...cells.warmUp } : false
    return { limit: options.limit, intervalMs, burst, maximumWaitMs, warmUp, mode, ...shared }
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
