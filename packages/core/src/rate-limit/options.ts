import type { Call } from '../call.ts'
import { callable, checkOptions, durationMs, guardRules, number, object, required } from '../check.ts'
import type { Rule } from '../check.ts'
import type { GuardOptions, Mode } from '../guard.ts'
import type { Cells } from './gcra.ts'

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
  /** How it takes part where its pipeline has a share: the rate is the fleet's then. `false`: it stays on its own. */
  readonly shared?: SharedRateLimitOptions | false
}

/** How instances divide one rate: each takes small numbers of calls in advance. */
export type SharedRateLimitOptions = Readonly<Record<string, never>>

const sharedRule: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: number(1e-9),
  intervalMs: durationMs(1),
  burst: number(1),
  weight: callable,
  maximumWaitMs: durationMs(),
  shared: sharedRule,
}

/** The options with their defaults. */
export interface Settings {
  readonly options: RateLimitOptions
  readonly cells: Cells
  readonly intervalMs: number
  readonly burst: number
  readonly maximumWaitMs: number
  readonly mode: Mode
  readonly weight: ((call: Call) => number) | undefined
  readonly shared: SharedRateLimitOptions | false
}

export function settingsFrom(name: string, asked: RateLimitOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit, intervalMs = 1_000, maximumWaitMs = 0, mode = 'enforce', weight } = given
  required(name, 'limit', limit, 'calls an interval')
  const { burst = Math.max(1, limit) } = given
  const cellMs = intervalMs / limit
  const cells = { intervalMs: cellMs, toleranceMs: cellMs * burst }
  const shared = given.shared && checkOptions(`${name}.shared`, given.shared, {})
  const options = { ...given, ...(shared !== undefined && { shared }) }
  return { options, cells, intervalMs, burst, maximumWaitMs, mode, weight, shared: shared ?? {} }
}
