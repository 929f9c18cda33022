import type { Call } from '../call.ts'
import {
  callable,
  checkOptions,
  durationMs,
  guardRules,
  HoldfastConfigError,
  number,
  object,
  oneOf,
  required,
} from '../check.ts'
import type { Rule } from '../check.ts'
import type { GuardOptions, Mode } from '../guard.ts'
import type { Rate, WarmUp } from './warmth.ts'

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
  /**
   * How the rate begins where there were no calls for a while, and at first: at a `coldFactor`th of the limit and the burst, from where
   * it grows while calls come. Not where its pipeline has a share, unless `shared` is `false`. Default `false`: at the full rate.
   */
  readonly warmUp?: WarmUpOptions | false
  /** How it takes part where its pipeline has a share: the rate is the fleet's then. `false`: it stays on its own. */
  readonly shared?: SharedRateLimitOptions | false
}

export interface WarmUpOptions {
  /**
   * How long it takes, in milliseconds and with calls enough, until the rate is the limit; and for how long there are no calls
   * until it is as cold as can be.
   */
  readonly durationMs: number
  /** Cold, the rate is so many times lower, at least 1.1. Default 3. */
  readonly coldFactor?: number
}

/** How instances divide one rate. */
export interface SharedRateLimitOptions {
  /**
   * `stock`: each takes small numbers of calls in advance, and no call waits for the store. `strict`: each call asks the store
   * before it begins; nobody queues. Default `stock`.
   */
  readonly mode?: 'stock' | 'strict'
  /** For how long a call waits for the store, in milliseconds; needs `strict`. Default 20. */
  readonly deadlineMs?: number
  /**
   * What becomes of a call that the store has not answered by then; needs `strict`. `local`: it goes by this instance's part
   * of the rate; `open`: it passes; `closed`: it is refused. Default `local`.
   */
  readonly onStoreError?: 'local' | 'open' | 'closed'
}

const objectOrFalse: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  limit: number(1e-9),
  intervalMs: durationMs(1),
  burst: number(1),
  weight: callable,
  maximumWaitMs: durationMs(),
  warmUp: objectOrFalse,
  shared: objectOrFalse,
}

/** The options with their defaults. */
export interface Settings {
  readonly options: RateLimitOptions
  readonly cells: Rate
  readonly intervalMs: number
  readonly burst: number
  readonly maximumWaitMs: number
  readonly mode: Mode
  readonly weight: ((call: Call) => number) | undefined
  readonly shared: SharedRateLimitOptions | false
  /** Whether a fleet is asked about each call. */
  readonly asksForEach: boolean
}

export function settingsFrom(name: string, asked: RateLimitOptions): Settings {
  const given = checkOptions(name, asked, rules)
  const { limit, intervalMs = 1_000, maximumWaitMs = 0, mode = 'enforce', weight } = given
  required(name, 'limit', limit, 'calls an interval')
  const { burst = Math.max(1, limit) } = given
  const cellMs = intervalMs / limit
  const { warmUp: asksToWarmUp = false } = given
  const warmUp = asksToWarmUp && checkWarmUp(name, asksToWarmUp, given.shared)
  const cells = { intervalMs: cellMs, toleranceMs: cellMs * burst, warmUp: warmUp || undefined }
  const shared = given.shared && checkShared(name, given.shared, maximumWaitMs)
  const options = { ...given, warmUp, ...(shared !== undefined && { shared }) }
  const asksForEach =
    mode === 'enforce' && shared !== undefined && shared !== false && shared.mode === 'strict'
  const rest = { weight, shared: shared ?? {}, asksForEach }
  return { options, cells, intervalMs, burst, maximumWaitMs, mode, ...rest }
}

const warmUpRules: Readonly<Record<string, Rule>> = { durationMs: durationMs(1), coldFactor: number(1.1) }

function checkWarmUp(name: string, given: WarmUpOptions, shared: RateLimitOptions['shared']): WarmUp {
  const checked = checkOptions(`${name}.warmUp`, given, warmUpRules)
  required(name, 'warmUp.durationMs', checked.durationMs, 'milliseconds')
  if (shared !== undefined && shared !== false) throw neverBoth(name)
  const { durationMs: ms, coldFactor = 3 } = checked
  return { durationMs: ms, coldFactor }
}

/** A fleet has one rate, and each instance would be as warm as its own calls. */
export function neverBoth(name: string): HoldfastConfigError {
  return new HoldfastConfigError(
    `${name}: a rate that instances share has no warm-up; leave warmUp out, or say shared: false`,
  )
}

const sharedRules: Readonly<Record<string, Rule>> = {
  mode: oneOf('stock', 'strict'),
  deadlineMs: durationMs(),
  onStoreError: oneOf('local', 'open', 'closed'),
}

/** Refuses what has no effect in the mode that is asked for. */
function checkShared(
  name: string,
  given: SharedRateLimitOptions,
  maximumWaitMs: number,
): SharedRateLimitOptions {
  const shared = checkOptions(`${name}.shared`, given, sharedRules)
  const { mode, deadlineMs, onStoreError } = shared
  if (mode === 'strict' && maximumWaitMs > 0) {
    throw new HoldfastConfigError(
      `${name}: nobody queues with shared.mode strict; leave maximumWaitMs out, or share by stock`,
    )
  }
  if (mode !== 'strict' && (deadlineMs !== undefined || onStoreError !== undefined)) {
    throw new HoldfastConfigError(
      `${name}: shared.deadlineMs and shared.onStoreError have no effect without shared.mode 'strict'`,
    )
  }
  return shared
}
