import { checkOptions, durationMs, guardRules, integer, number } from '../check.ts'
import type { Rule } from '../check.ts'
import type { GuardOptions, Mode } from '../guard.ts'

export interface HotKeyLimitOptions extends GuardOptions {
  /** How many calls of one hot key run at a time. Default 10. */
  readonly limit?: number
  /** The share of recent calls from which on a key is hot, 0.01 to 1. Default 0.1. */
  readonly shareRatio?: number
  /** Calls a second below which no key is hot, whatever its share, at least 1. Default 20. */
  readonly minimumPerSecond?: number
  /** After so many milliseconds a call counts half as much as a new one. Default 5 000. */
  readonly halfLifeMs?: number
  /** Limits of their own for keys by name; `false`: the key is never refused. Default: none. */
  readonly exceptions?: Readonly<Record<string, number | false>>
}

/** The options with their defaults. */
export interface Settings {
  readonly options: HotKeyLimitOptions
  readonly limit: number
  readonly shareRatio: number
  readonly minimumPerSecond: number
  readonly halfLifeMs: number
  readonly exceptions: Readonly<Record<string, number | false>>
  readonly mode: Mode
  /** How long ago a call was, on average, weighted by what it counts. */
  readonly meanAgeMs: number
}

const limitRule = integer(1)

const exceptionsRule: Rule = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((limit) => limit === false || limitRule(limit) === undefined)
    ? undefined
    : `an object whose values are each ${limitRule(0)}, or false`

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: limitRule,
  shareRatio: number(0.01, 1),
  minimumPerSecond: number(1),
  halfLifeMs: durationMs(1),
  exceptions: exceptionsRule,
}

export function settingsFrom(name: string, asked: HotKeyLimitOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit = 10, shareRatio = 0.1, minimumPerSecond = 20, halfLifeMs = 5_000, mode = 'enforce' } = given
  const exceptions = Object.freeze({ ...given.exceptions })
  const options = { ...given, ...(given.exceptions !== undefined && { exceptions }) }
  const meanAgeMs = halfLifeMs / Math.LN2
  return { options, limit, shareRatio, minimumPerSecond, halfLifeMs, exceptions, mode, meanAgeMs }
}

/** How many calls of `key` may run at a time while it is hot. */
export function limitOf(key: string, { exceptions, limit }: Settings): number {
  const own = Object.hasOwn(exceptions, key) ? exceptions[key] : limit
  return own === false || own === undefined ? Infinity : own
}
