import type { Call, Endpoint } from '../call.ts'
import { checkEndpoints, checkIds } from '../check-endpoints.ts'
import {
  callable,
  checkOptions,
  durationMs,
  HoldfastConfigError,
  integer,
  object,
  oneOf,
  partRules,
  ratio,
  required,
} from '../check.ts'
import type { Rule } from '../check.ts'
import type { Outcome } from '../outcome.ts'
import type { Balance } from './balance.ts'
import type { ReturnRules } from './health.ts'

export interface EndpointsOptions {
  readonly name?: string
  /** Where calls go as long as they can. Ids differ; a `weight` of 0 gets nothing. */
  readonly primary: readonly Endpoint[]
  /** Where they go otherwise: one group, or several, each for when those before it are not well enough. Default: none. */
  readonly standby?: readonly Endpoint[] | readonly (readonly Endpoint[])[]
  /** How one is chosen in a group. Default `peak-ewma`. */
  readonly balance?: Balance
  /**
   * Which outcomes count against an endpoint. Default: every error. Not asked of cancellations, nor of refusals by the
   * guards inside. If it throws, the default is taken.
   */
  readonly isFailure?: (outcome: Outcome, call: Call) => boolean
  /** When an endpoint that fails gets no calls for a while; `false`: never. */
  readonly ejection?: EjectionOptions | false
  /** For how long an endpoint that comes back or is new gets only a growing share of its calls. Default 10 000. */
  readonly slowStartMs?: number
  /** For how long a standby stays in use, at least, before the primary that is well again takes over. Default 30 000. */
  readonly dwellMs?: number
  /** All endpoints of a group are used, ejected or not, when fewer than this share are healthy. Default 0.5; 0: never. */
  readonly panicRatio?: number
}

export interface EjectionOptions {
  /** After so many failures in a row. Default 5; `false`: not for that. */
  readonly consecutiveFailures?: number | false
  /** Every so long that an endpoint stays healthy makes up for one ejection. Default 10 000. */
  readonly intervalMs?: number
  /** For how long the first time, and up to a tenth longer; doubled every time after. Default 5 000. */
  readonly baseMs?: number
  /** At most. Default 300 000. */
  readonly maximumMs?: number
  /** Of all endpoints at most so many are out at once; one may always go, and one always stays. Default 1. */
  readonly maximumEjectedRatio?: number
  /** The call that finds out whether an endpoint is well again has failed if it has not ended by then. Default 30 000. */
  readonly probeLeaseMs?: number
}

export interface Settings extends ReturnRules {
  readonly options: EndpointsOptions
  /** Of each rank, from the primary's on. */
  readonly groups: readonly (readonly Endpoint[])[]
  readonly balance: Balance
  readonly isFailure: ((outcome: Outcome, call: Call) => boolean) | undefined
  readonly slowStartMs: number
  readonly dwellMs: number
  readonly panicRatio: number
  /** `Infinity`: never for that. */
  readonly consecutiveFailures: number
  readonly maximumEjectedRatio: number
}

const array: Rule = (value) => (Array.isArray(value) ? undefined : 'an array of { id }')

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  primary: array,
  standby: (value) => (Array.isArray(value) ? undefined : 'an array of { id }, or of such arrays'),
  balance: oneOf('peak-ewma', 'least-request', 'round-robin'),
  isFailure: callable,
  ejection: orFalse(object),
  slowStartMs: durationMs(),
  dwellMs: durationMs(),
  panicRatio: ratio,
}

const ejectionRules: Readonly<Record<string, Rule>> = {
  consecutiveFailures: orFalse(integer(1)),
  intervalMs: durationMs(1),
  baseMs: durationMs(),
  maximumMs: durationMs(),
  maximumEjectedRatio: ratio,
  probeLeaseMs: durationMs(1),
}

function orFalse(rule: Rule): Rule {
  return (value) => {
    const demand = value === false ? undefined : rule(value)
    return demand === undefined ? undefined : `${demand} or false`
  }
}

/** Checks the options as a whole and fills in the defaults. */
export function settingsFrom(name: string, given: EndpointsOptions): Settings {
  const options = checkOptions(name, given, rules)
  required(name, 'primary', options.primary, 'the endpoints, or an empty array for none yet')
  const ejection = checkEjection(name, options.ejection)
  const {
    balance = 'peak-ewma',
    isFailure,
    slowStartMs = 10_000,
    dwellMs = 30_000,
    panicRatio = 0.5,
  } = options
  const { baseMs = 5_000, maximumMs = Math.max(baseMs, 300_000) } = ejection
  const failures = options.ejection === false ? false : (ejection.consecutiveFailures ?? 5)
  return {
    options,
    groups: groupsOf(name, options),
    balance,
    isFailure,
    slowStartMs,
    dwellMs,
    panicRatio,
    consecutiveFailures: failures === false ? Infinity : failures,
    intervalMs: ejection.intervalMs ?? 10_000,
    baseMs,
    maximumMs,
    maximumEjectedRatio: ejection.maximumEjectedRatio ?? 1,
    probeLeaseMs: ejection.probeLeaseMs ?? 30_000,
  }
}

function checkEjection(name: string, given: EjectionOptions | false = {}): EjectionOptions {
  if (given === false) return {}
  const ejection = checkOptions(`${name}.ejection`, given, ejectionRules)
  const { baseMs = 5_000, maximumMs } = ejection
  if (maximumMs === undefined || maximumMs >= baseMs) return ejection
  throw new HoldfastConfigError(
    `${name}.ejection: maximumMs must be at least baseMs, ${baseMs}, not ${maximumMs}`,
  )
}

function groupsOf(
  name: string,
  { primary, standby = [] }: EndpointsOptions,
): readonly (readonly Endpoint[])[] {
  const groups = [checkEndpoints(name, 'primary', primary)]
  if (isNested(standby)) {
    for (const [index, group] of standby.entries()) {
      groups.push(checkEndpoints(name, `standby[${index}]`, group))
    }
  } else if (standby.length > 0) groups.push(checkEndpoints(name, 'standby', standby))
  checkIds(name, 'the endpoints of all groups', groups.flat())
  return Object.freeze(groups)
}

function isNested(
  standby: readonly Endpoint[] | readonly (readonly Endpoint[])[],
): standby is readonly (readonly Endpoint[])[] {
  return standby.length > 0 && standby.every(Array.isArray)
}

/** As a user would write them, with every default. */
export function described(settings: Settings): Readonly<Record<string, unknown>> {
  const { groups, balance, slowStartMs, dwellMs, panicRatio, options } = settings
  const { consecutiveFailures, intervalMs, baseMs, maximumMs, maximumEjectedRatio, probeLeaseMs } = settings
  const ejection = { consecutiveFailures, intervalMs, baseMs, maximumMs, maximumEjectedRatio, probeLeaseMs }
  return {
    primary: groups[0],
    standby: groups.slice(1),
    balance,
    isFailure: options.isFailure,
    ejection: options.ejection === false ? false : ejection,
    slowStartMs,
    dwellMs,
    panicRatio,
  }
}
