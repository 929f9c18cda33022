import { HoldfastConfigError } from '@holdfast/core'
import type { Call } from '@holdfast/core'
import { checkOptions, durationMs, integer, ratio } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'
import { positiveMs } from '../distribution.ts'

/**
 * Which calls a fault concerns: those that meet all that is said. Plain data (JSON); times count from when the fault was
 * started.
 */
export interface Schedule {
  /** From this moment on. Default 0. */
  readonly fromMs?: number
  /** Before this moment, at which the fault is stopped. Default: until somebody stops it. */
  readonly toMs?: number
  /** Flapping, with `offMs`: on for so long, then off for so long, and again, from `fromMs` on. */
  readonly onMs?: number
  readonly offMs?: number
  /** Calls with one of these keys. */
  readonly keys?: readonly string[]
  /** Calls to one of these endpoints, by their ids. */
  readonly endpoints?: readonly string[]
  /** Every so many of the calls that meet all of the above: with 3 the third, the sixth and so on. */
  readonly every?: number
  /** This share of the calls that meet all of the above, by chance; 0 to 1. */
  readonly ratio?: number
}

const names: Rule = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')
    ? undefined
    : 'an array of strings that is not empty'

const rules: Readonly<Record<keyof Schedule, Rule>> = {
  fromMs: durationMs(),
  toMs: durationMs(),
  onMs: positiveMs,
  offMs: positiveMs,
  keys: names,
  endpoints: names,
  every: integer(1),
  ratio,
}

/** A frozen copy; an error says by `path` what is wrong. */
export function checkedSchedule(given: Schedule, path: string): Schedule {
  const checked = checkOptions(path, given, rules)
  const { fromMs = 0, toMs = Infinity, onMs, offMs } = checked
  if (toMs <= fromMs) {
    throw new HoldfastConfigError(`${path}: toMs must be above fromMs, ${fromMs}, not ${toMs}`)
  }
  if ((onMs === undefined) === (offMs === undefined)) return checked
  throw new HoldfastConfigError(`${path}: onMs and offMs must be given together`)
}

/** Tells which calls a schedule means, one after the other. */
export class Timetable {
  readonly #schedule: Schedule
  readonly #keys: ReadonlySet<string | undefined> | undefined
  readonly #endpoints: ReadonlySet<string | undefined> | undefined
  /** How many calls have met everything but `every` and `ratio`. */
  #met = 0

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.#keys = schedule.keys && new Set(schedule.keys)
    this.#endpoints = schedule.endpoints && new Set(schedule.endpoints)
  }

  /** Whether it means this call, which goes in so long after the start. */
  means(call: Call, sinceMs: number): boolean {
    if (!this.#isOn(sinceMs)) return false
    if (this.#keys?.has(call.key) === false) return false
    if (this.#endpoints?.has(call.endpoint?.id) === false) return false
    const { every = 1, ratio: share = 1 } = this.#schedule
    this.#met++
    return this.#met % every === 0 && (share === 1 || call.random() < share)
  }

  #isOn(sinceMs: number): boolean {
    const { fromMs = 0, toMs = Infinity, onMs, offMs } = this.#schedule
    if (sinceMs < fromMs || sinceMs >= toMs) return false
    return onMs === undefined || offMs === undefined || (sinceMs - fromMs) % (onMs + offMs) < onMs
  }
}
