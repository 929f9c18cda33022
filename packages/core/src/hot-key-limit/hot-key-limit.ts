import type { Call } from '../call.ts'
import { Rejection } from '../error.ts'
import { EndpointStates, firstHost } from '../guard.ts'
import type { Guard } from '../guard.ts'
import type { Host } from '../host.ts'
import type { Part } from '../policy.ts'
import type { Ticket } from '../wait.ts'
import { HotKey } from './hot-key.ts'
import { HotKeys } from './hot-keys.ts'
import type { HotKeyListener } from './hot-keys.ts'
import { limitOf, settingsFrom } from './options.ts'
import type { HotKeyLimitOptions, Settings } from './options.ts'

export type { HotKeyLimitOptions } from './options.ts'

export type HotKeyLimitEvent =
  | {
      readonly type: 'hot-key.detected'
      readonly policy: string
      /** The key's share of recent calls. */
      readonly shareRatio: number
      /** How often it is asked for; too low at first, because what is recent is counted from its beginning. */
      readonly perSecond: number
    }
  | {
      readonly type: 'hot-key.cooled'
      readonly policy: string
      /** How many calls were refused while it was hot, shadowed ones included. */
      readonly rejected: number
    }
  | {
      readonly type: 'hot-key.rejected'
      readonly policy: string
      /** How many calls of the key run. */
      readonly running: number
      readonly retryAfterMs: number | undefined
      /** Only reported: the call was admitted. */
      readonly shadow: boolean
    }

/**
 * The key is asked for too much, and as many of its calls run as may. `retryAfterMs` is how long its calls last at present;
 * undefined until one has ended.
 */
export class HotKeyLimitedError extends Rejection {
  readonly code = 'ERR_HOT_KEY'
}

/** A key that is hot. */
export interface HotKeyStatistics {
  readonly key: string
  /** Its share of recent calls, at most a thousandth too high. */
  readonly shareRatio: number
  /** How often it is asked for; too low while it has not been for long. */
  readonly perSecond: number
  /** Calls that were let in since it is hot, and run. */
  readonly running: number
  /** Since it is hot, shadowed ones included. */
  readonly rejected: number
}

export interface HotKeyLimitStatistics {
  /** The hottest first. */
  readonly hotKeys: readonly HotKeyStatistics[]
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export interface HotKeyLimit extends Guard {
  statistics(endpoint?: string): HotKeyLimitStatistics
}

/**
 * Finds the keys that are asked for far more than others, and bounds how many calls of each run at a time, so that what one key
 * wants leaves room for the rest. Other keys pass, and take no memory of their own. Calls without a key are not counted.
 */
export function hotKeyLimit(options: HotKeyLimitOptions = {}): HotKeyLimit {
  return new Limiter(options)
}

class Limiter implements HotKeyLimit {
  readonly kind = 'hot-key-limit'
  readonly name: string
  #settings: Settings
  #host: Host | undefined
  readonly #states = new EndpointStates<HotKeys>()

  constructor(options: HotKeyLimitOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
  }

  readonly #listener: HotKeyListener = {
    detected: (hot, keys, call) => {
      const { name: policy } = this
      if (!call.host.observed) return
      const [shareRatio, perSecond] = [keys.shareRatio(hot), keys.perSecond(hot)]
      call.emit({ type: 'hot-key.detected', policy, shareRatio, perSecond } satisfies HotKeyLimitEvent)
    },
    cooled: ({ key, rejected }, { host, endpoint }) => {
      const { name: policy } = this
      const event = { type: 'hot-key.cooled', policy, rejected } as const
      if (host.observed) host.emit(event satisfies HotKeyLimitEvent, { key, endpoint })
    },
  }

  attach(host: Host): void {
    this.#host = firstHost(this.name, this.#host, host)
  }

  admit(call: Call, now: number): Ticket | HotKeyLimitedError {
    const { key } = call
    if (key === undefined || this.#settings.mode === 'off') return 0
    const endpoint = call.endpoint?.id
    const keys = this.#states.of(endpoint) ?? this.#states.add(endpoint, this.#newKeys())
    const hot = keys.count(key, call, now)
    if (hot === undefined) return 0
    return hot.running < limitOf(key, this.#settings) ? hot.enter(now) : this.#refuse(keys, hot, call, now)
  }

  #newKeys(): HotKeys {
    return new HotKeys(this.#settings, this.#listener)
  }

  /** In shadow it is let in and holds nothing. */
  #refuse(keys: HotKeys, hot: HotKey, call: Call, now: number): Ticket | HotKeyLimitedError {
    const { name: policy } = this
    const { key, running } = hot
    const shadow = this.#settings.mode === 'shadow'
    const retryAfterMs = hot.durationMs(now)
    hot.rejected++
    keys.rejected++
    if (call.host.observed) {
      const event = { type: 'hot-key.rejected', policy, running, retryAfterMs, shadow } as const
      call.emit(event satisfies HotKeyLimitEvent)
    }
    if (shadow) return 0
    return new HotKeyLimitedError(`${policy}: the key is asked for too much`, { policy, key, retryAfterMs })
  }

  release(ticket: Ticket, now: number): void {
    if (ticket instanceof HotKey) ticket.leave(now)
  }

  statistics(endpoint?: string): HotKeyLimitStatistics {
    const now = this.#host?.clock.now() ?? 0
    const keys = this.#states.of(endpoint)
    const hotKeys = (keys?.at(now) ?? []).map((hot) => ({
      key: hot.key,
      shareRatio: keys?.shareRatio(hot) ?? 0,
      perSecond: keys?.perSecond(hot) ?? 0,
      running: hot.running,
      rejected: hot.rejected,
    }))
    return { hotKeys, rejected: keys?.rejected ?? 0 }
  }

  describe(): Readonly<Record<string, unknown>> {
    const { limit, shareRatio, minimumPerSecond, halfLifeMs, exceptions, mode } = this.#settings
    return { limit, shareRatio, minimumPerSecond, halfLifeMs, exceptions, mode }
  }

  configure(options: HotKeyLimitOptions): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    for (const [, keys] of this.#states.all()) keys.settings = this.#settings
  }

  draft(options: HotKeyLimitOptions): Part {
    return hotKeyLimit({ ...this.#settings.options, ...options })
  }

  idle(now: number): boolean {
    for (const [, keys] of this.#states.all()) if (!keys.idle(now)) return false
    return true
  }
}
