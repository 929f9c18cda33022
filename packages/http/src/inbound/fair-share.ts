import { Rejection } from '@holdfast/core'
import type { Call, Guard, GuardOptions, Ticket } from '@holdfast/core'
import {
  ask,
  callable,
  checkOptions,
  durationMs,
  either,
  guardRules,
  integer,
  ratio,
  required,
} from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { AskingKeys } from './asking-keys.ts'
import type { Asking } from './asking-keys.ts'

export interface FairShareOptions extends GuardOptions {
  /**
   * How many calls there is room for at a time, as in the bulkhead behind it; a function where that changes. What it
   * returns besides numbers binds nobody, and neither does it when it throws.
   */
  readonly limit: number | (() => number)
  /** The last part of the limit, which only keys below their share may take. Default 0.25. */
  readonly headroomRatio?: number
  /** For how long a key wants something after it has asked, in milliseconds, at least 1. Default 1 000. */
  readonly wantsMs?: number
  /** So many keys are known at a time; further ones share one place. Default 10 000. */
  readonly maximumKeys?: number
}

/** Its key has its share of what may run, and others want the rest. */
export class ShareExceededError extends Rejection {
  readonly code = 'ERR_SHARE_EXCEEDED'
}

export interface FairShareEvent {
  readonly type: 'fair-share.rejected'
  readonly policy: string
  /** How many of the key ran, and how many it might have. */
  readonly running: number
  readonly share: number
  /** Only reported: the call was admitted. */
  readonly shadow: boolean
}

export interface FairShareStatistics {
  readonly running: number
  /** How many keys want something. */
  readonly keys: number
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export interface FairShare extends Guard {
  statistics(): FairShareStatistics
}

type Settings = Required<Omit<FairShareOptions, 'name' | 'limit'>> & {
  readonly options: FairShareOptions
  readonly limitOf: () => number
}

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: either(integer(1), callable),
  headroomRatio: ratio,
  wantsMs: durationMs(1),
  maximumKeys: integer(1),
}

/**
 * Keeps one key from holding more than its share while others want in. A key that holds less than the limit divided by the
 * number of keys that want something is never refused; one that holds as much or more is, once the headroom is all that
 * is left. Calls without a key count as one key.
 */
export function fairShare(options: FairShareOptions): FairShare {
  return new Shares(options)
}

class Shares implements FairShare {
  readonly kind = 'fair-share'
  readonly name: string
  #settings: Settings
  readonly #keys: AskingKeys
  #running = 0
  #rejected = 0

  constructor(options: FairShareOptions) {
    this.#settings = settingsFrom(this.kind, options)
    this.name = this.#settings.options.name ?? this.kind
    this.#keys = new AskingKeys(this.#settings.wantsMs, this.#settings.maximumKeys)
  }

  admit(call: Call, now: number): Ticket | ShareExceededError {
    const { headroomRatio, limitOf, mode } = this.#settings
    if (mode === 'off') return 0
    const asking = this.#keys.ask(call.key ?? '', now)
    const limit = ask(call.host, this.name, 'limit', limitOf, Number.NaN)
    const share = Math.max(1, Math.floor(limit / this.#keys.size))
    const isSpare = this.#running < limit - Math.floor(limit * headroomRatio)
    if (asking.running < share || isSpare || Number.isNaN(limit)) return this.#take(asking)
    this.#report(call, asking, share, mode === 'shadow')
    if (mode === 'shadow') return this.#take(asking)
    const { name: policy } = this
    const message = `${policy}: the key has its share of ${share}, and others want the rest`
    return new ShareExceededError(message, { policy, key: call.key })
  }

  #take(asking: Asking): Asking {
    asking.running++
    this.#running++
    return asking
  }

  #report(call: Call, { running }: Asking, share: number, shadow: boolean): void {
    this.#rejected++
    if (!call.host.observed) return
    const { name: policy } = this
    call.emit({ type: 'fair-share.rejected', policy, running, share, shadow } satisfies FairShareEvent)
  }

  release(ticket: Ticket): void {
    if (typeof ticket === 'number') return
    // Its tickets are what keys have running.
    const asking = ticket as Asking
    asking.running--
    this.#running--
  }

  statistics(): FairShareStatistics {
    return { running: this.#running, keys: this.#keys.size, rejected: this.#rejected }
  }

  configure(options: Partial<FairShareOptions>): void {
    this.#settings = settingsFrom(this.name, { ...this.#settings.options, ...options })
    this.#keys.tune(this.#settings.wantsMs, this.#settings.maximumKeys)
  }

  draft(options: Partial<FairShareOptions>): FairShare {
    return fairShare({ ...this.#settings.options, ...options })
  }

  describe(): Readonly<Record<string, unknown>> {
    const { headroomRatio, maximumKeys, mode, wantsMs } = this.#settings
    return { limit: shownLimit(this.#settings), headroomRatio, wantsMs, maximumKeys, mode }
  }

  idle(): boolean {
    return this.#running === 0
  }
}

function settingsFrom(name: string, asked: FairShareOptions): Settings {
  const options = checkOptions(name, asked, rules)
  const { limit, mode = 'enforce', headroomRatio = 0.25, wantsMs = 1_000, maximumKeys = 10_000 } = options
  required(name, 'limit', limit, 'how many calls there is room for at a time')
  const limitOf = typeof limit === 'number' ? () => limit : () => Number(limit())
  return { options, mode, headroomRatio, wantsMs, maximumKeys, limitOf }
}

/** Without a call there is nobody to tell that the function threw. */
function shownLimit({ limitOf }: Settings): number {
  try {
    return limitOf()
  } catch {
    return Number.NaN
  }
}
