import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, integer, object, partRules, required } from '../check.ts'
import type { Rule } from '../check.ts'

export interface SingleFlightOptions {
  readonly name?: string
  /**
   * Which calls are alike: those for which it says the same. Default: the call's key. A call for which it says nothing,
   * throws or says anything but a string passes as if there were no single flight.
   */
  readonly by?: (call: Call) => string | undefined
  /** What is answered where a run fails. Default `false`: its error. */
  readonly stale?: StaleOptions | false
}

export interface StaleOptions {
  /**
   * For how long the last good value of a key may be given in place of an error, in milliseconds, counted from when the run
   * that brought it began: the state that it tells of is no older.
   */
  readonly maximumAgeMs: number
  /** Of how many keys the last good value is kept; those used least recently are forgotten. Default 1 000. */
  readonly maximumKeys?: number
}

/** The options with their defaults. */
export interface Settings {
  readonly options: SingleFlightOptions
  readonly by: ((call: Call) => unknown) | undefined
  readonly stale: Required<StaleOptions> | false
}

const staleRule: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = { ...partRules, by: callable, stale: staleRule }

const staleRules: Readonly<Record<string, Rule>> = { maximumAgeMs: durationMs(1), maximumKeys: integer(1) }

export function settingsFrom(name: string, asked: SingleFlightOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { by, stale: asksFor = false } = given
  const stale = asksFor && checkStale(name, asksFor)
  return { options: { ...given, stale }, by, stale }
}

function checkStale(name: string, given: StaleOptions): Required<StaleOptions> {
  const { maximumAgeMs, maximumKeys = 1_000 } = checkOptions(`${name}.stale`, given, staleRules)
  required(name, 'stale.maximumAgeMs', maximumAgeMs, 'milliseconds')
  return { maximumAgeMs, maximumKeys }
}
