import { alike } from '../alike.ts'
import {
  callable,
  checkOptions,
  durationMs,
  guardRules,
  HoldfastConfigError,
  integer,
  number,
  object,
  oneOf,
  ratio,
  required,
} from '../check.ts'
import type { Rule } from '../check.ts'
import type { GuardOptions, Mode } from '../guard.ts'
import type { Outcome } from '../outcome.ts'
import type { Counts, WindowOptions } from '../window.ts'
import type { Rules } from './machine.ts'

export interface CircuitBreakerOptions extends GuardOptions {
  /**
   * What the ratios are taken over. Default: the last 10 s, sliding in tenths. Live: a window of the same type takes over
   * what the old one holds, as far as it fits; one of the other type begins empty.
   */
  readonly window?: WindowOptions
  /** Opens at this share of failures. Default 0.5; 0.9 with `proportional`, which acts below it. */
  readonly failureRatio?: number
  /** No ratio opens the circuit before so many calls are in the window. Default 20. */
  readonly minimumCalls?: number
  /**
   * A call longer than this is slow, whatever its outcome; so is one that still runs. A slow probe has failed.
   * Default: none is.
   */
  readonly slowCallMs?: number
  /** Opens at this share of slow calls. Default 0.5; needs `slowCallMs`. */
  readonly slowRatio?: number
  /** Opens after so many failures in a row. Default: never. */
  readonly consecutiveFailures?: number
  /** Opens at a share of failures over the newest buckets alone. Default: 0.9 over 2; needs a time window. */
  readonly burst?: { readonly failureRatio: number; readonly buckets: number } | false
  /**
   * Opens when it says so, asked after each failure or slow call that no other rule opens on. It must not throw; if it
   * does, that means no.
   */
  readonly tripWhen?: (counts: Counts) => boolean
  /** What counts as a failure. Default: every error. `ignored` counts as nothing. */
  readonly isFailure?: (outcome: Outcome) => boolean | 'ignored'
  /** How long it stays open the first time, and up to a tenth longer. Default 1 000. */
  readonly openMs?: number
  /** Doubles with every failed round of probes up to this. Default 15 000. */
  readonly maximumOpenMs?: number
  /** How many calls may probe in one round. Default 3. */
  readonly probes?: number
  /** How many of them must succeed. Default 2. */
  readonly probeSuccesses?: number
  /** A probe that has not ended by then has failed. Default 30 000. */
  readonly probeLeaseMs?: number
  /** For how long after closing only a share of the calls is admitted. Default 0: at once all. */
  readonly rampMs?: number
  /** The share that the ramp begins with. Default 0.1. */
  readonly rampFrom?: number
  /**
   * While closed, refuses a share of the calls that grows with the failures: when more than `multiplier` times the
   * successes are called for, the rest is refused (Google's client-side throttling); nobody before `minimumCalls` are in the
   * window. Default: off; `{}` means 2.
   */
  readonly proportional?: { readonly multiplier?: number } | false
  /** How it takes part where its pipeline has a share. `false`: it stays on its own. */
  readonly shared?: SharedCircuitOptions | false
}

/** What a breaker says to a fleet. Its other rules are those of the breaker itself, over a window of ten buckets. */
export interface SharedCircuitOptions {
  /** Of these options: where instances differ, the highest binds all. Default 0, which binds nobody. */
  readonly version?: number
  /**
   * How many instances must have seen failures before the circuit opens for all: a share of those that report, at least
   * `minimum` and at most `maximum` of them. Default: a tenth, at least 2, at most 20.
   */
  readonly quorum?: { readonly ratio?: number; readonly minimum?: number; readonly maximum?: number }
}

/** The machine's rules, and what the guard decides by itself. */
export interface Settings extends Rules {
  readonly options: CircuitBreakerOptions
  readonly mode: Mode
  /** Whether a closed circuit lets calls through unseen, as long as none of them failed: nothing is timed. */
  readonly letsAllThrough: boolean
  readonly tripWhen: ((counts: Counts) => boolean) | undefined
  readonly isFailure: ((outcome: Outcome) => boolean | 'ignored') | undefined
  /** Undefined: the default, which a fleet has another of. */
  readonly rampMs: number | undefined
  readonly rampFrom: number
  /** `Infinity`: not proportional. */
  readonly multiplier: number
  readonly shared: SharedCircuitOptions | false
}

const objectOrFalse: Rule = (value) => (value === false ? undefined : object(value) && 'an object or false')

const rules: Readonly<Record<string, Rule>> = {
  ...guardRules,
  window: object,
  failureRatio: ratio,
  minimumCalls: integer(1),
  slowCallMs: durationMs(),
  slowRatio: ratio,
  consecutiveFailures: integer(1),
  burst: objectOrFalse,
  tripWhen: callable,
  isFailure: callable,
  openMs: durationMs(),
  maximumOpenMs: durationMs(),
  probes: integer(1, 1_000),
  probeSuccesses: integer(1, 1_000),
  probeLeaseMs: durationMs(1),
  rampMs: durationMs(),
  rampFrom: ratio,
  proportional: objectOrFalse,
  shared: objectOrFalse,
}

const sharedRules: Readonly<Record<string, Rule>> = { version: integer(0, 1e9), quorum: object }
const quorumRules: Readonly<Record<string, Rule>> = { ratio, minimum: integer(1), maximum: integer(1) }

const windowRules: Readonly<Record<WindowOptions['type'], Readonly<Record<string, Rule>>>> = {
  time: { type: oneOf('time'), durationMs: durationMs(1), buckets: integer(1, 10_000) },
  count: { type: oneOf('count'), size: integer(1, 1_000_000) },
}

let latest: Settings | undefined

/**
 * Checks the options as a whole and fills in the defaults. Equal options one after the other give the same object, so
 * that the breakers of a `keyed` share it.
 */
export function settingsFrom(name: string, given: CircuitBreakerOptions): Settings {
  const options = checkBreaker(name, given)
  if (latest === undefined || !alike(latest.options, options)) latest = filledIn(options)
  return latest
}

function filledIn(options: CircuitBreakerOptions): Settings {
  const { window = { type: 'time' }, openMs = 1_000, probes = 3, proportional } = options
  const { slowCallMs = Infinity, rampMs, mode = 'enforce', shared = {} } = options
  const multiplier = typeof proportional === 'object' ? (proportional.multiplier ?? 2) : Infinity
  return {
    options,
    mode,
    letsAllThrough: slowCallMs === Infinity && mode !== 'off',
    window,
    failureRatio: options.failureRatio ?? defaultRatio(options),
    minimumCalls: options.minimumCalls ?? 20,
    slowCallMs,
    slowRatio: options.slowRatio ?? 0.5,
    consecutiveFailures: options.consecutiveFailures ?? Infinity,
    burst:
      options.burst ??
      (window.type === 'time' && { failureRatio: 0.9, buckets: Math.min(2, window.buckets ?? 10) }),
    tripWhen: options.tripWhen,
    isFailure: options.isFailure,
    openMs,
    maximumOpenMs: options.maximumOpenMs ?? Math.max(openMs, 15_000),
    probes,
    probeSuccesses: options.probeSuccesses ?? Math.ceil((probes * 2) / 3),
    probeLeaseMs: options.probeLeaseMs ?? 30_000,
    rampMs,
    rampFrom: options.rampFrom ?? 0.1,
    multiplier,
    shared,
  }
}

/** Checks the options as a whole; returns a copy. */
function checkBreaker(name: string, given: CircuitBreakerOptions): CircuitBreakerOptions {
  const options = checkOptions(name, given, rules)
  const { burst, proportional, shared } = options
  const window = options.window && checkWindow(name, options.window)
  const checked = {
    ...options,
    ...(window !== undefined && { window }),
    ...(typeof burst === 'object' && { burst: checkBurst(name, burst, window) }),
    ...(typeof proportional === 'object' && {
      proportional: checkOptions(`${name}.proportional`, proportional, { multiplier: number(1, 1_000) }),
    }),
    ...(typeof shared === 'object' && { shared: checkShared(name, shared) }),
  }
  checkBounds(name, checked)
  return checked
}

function checkShared(name: string, given: SharedCircuitOptions): SharedCircuitOptions {
  const shared = checkOptions(`${name}.shared`, given, sharedRules)
  const { quorum } = shared
  if (quorum === undefined) return shared
  return { ...shared, quorum: checkOptions(`${name}.shared.quorum`, quorum, quorumRules) }
}

function checkWindow(name: string, given: WindowOptions): WindowOptions {
  const anyRules = { ...windowRules.time, ...windowRules.count, type: oneOf('time', 'count') }
  const window = checkOptions(`${name}.window`, given, anyRules)
  required(name, 'window.type', window.type, "'time' or 'count'")
  return checkOptions(`${name}.window`, window, windowRules[window.type])
}

function checkBurst(
  name: string,
  burst: Exclude<CircuitBreakerOptions['burst'], false | undefined>,
  window: WindowOptions = { type: 'time' },
): typeof burst {
  if (window.type === 'count') fail(name, 'burst needs a time window; leave it out with a count window')
  const checked = checkOptions(`${name}.burst`, burst, { failureRatio: ratio, buckets: integer(1, 10_000) })
  const { buckets = 10 } = window
  required(name, 'burst.failureRatio', checked.failureRatio, 'a share of failures')
  required(name, 'burst.buckets', checked.buckets, 'how many of the newest count')
  if (checked.buckets > buckets)
    fail(name, `burst.buckets must be at most those of the window, ${buckets}, not ${checked.buckets}`)
  return checked
}

function checkBounds(name: string, options: CircuitBreakerOptions): void {
  const { window, minimumCalls = 20, openMs = 1_000, maximumOpenMs, probes = 3, probeSuccesses = 1 } = options
  if (options.slowRatio !== undefined && options.slowCallMs === undefined) {
    fail(name, 'slowRatio has no effect without slowCallMs; give both')
  }
  if (window?.type === 'count' && minimumCalls > (window.size ?? 100)) {
    fail(name, `minimumCalls must be at most the window's size of ${window.size ?? 100}, not ${minimumCalls}`)
  }
  if (maximumOpenMs !== undefined && maximumOpenMs < openMs) {
    fail(name, `maximumOpenMs must be at least openMs, ${openMs}, not ${maximumOpenMs}`)
  }
  const from = proportionalFrom(options)
  const { failureRatio = defaultRatio(options) } = options
  if (failureRatio <= from) {
    const remedy = 'raise failureRatio or lower the multiplier'
    fail(name, `proportional begins at ${from}, where failureRatio ${failureRatio} opens already; ${remedy}`)
  }
  if (probeSuccesses > probes)
    fail(name, `probeSuccesses must be at most probes, ${probes}, not ${probeSuccesses}`)
}

function defaultRatio({ proportional }: CircuitBreakerOptions): number {
  return typeof proportional === 'object' ? 0.9 : 0.5
}

/** The share of failures above which calls are refused in proportion; -1 where none are. */
function proportionalFrom({ proportional }: CircuitBreakerOptions): number {
  return typeof proportional === 'object' ? 1 - 1 / (proportional.multiplier ?? 2) : -1
}

function fail(name: string, message: string): never {
  throw new HoldfastConfigError(`${name}: ${message}`)
}
