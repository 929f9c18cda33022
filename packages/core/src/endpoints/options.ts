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
  text,
} from '../check.ts'
import type { Rule } from '../check.ts'
import { copied } from '../copied.ts'
import type { Outcome } from '../outcome.ts'
import type { Balance } from './balance.ts'
import { describedEjection, ejectionFrom, orFalse } from './ejection.ts'
import type { EjectionOptions, EjectionSettings } from './ejection.ts'
import type { HealthCheckOptions } from './health-check.ts'
import { subsetOf } from './subset.ts'
import type { SubsetOptions } from './subset.ts'

export interface EndpointsOptions {
  readonly name?: string
  /** Where calls go as long as they can. Ids differ; a `weight` of 0 gets nothing. */
  readonly primary: readonly Endpoint[]
  /** Where they go otherwise: one group, or several, each for when those before it are not well enough. Default: none. */
  readonly standby?: readonly Endpoint[] | readonly (readonly Endpoint[])[]
  /**
   * Has this instance use a part of each group, and others other parts, where there are many of both. All that is said of a
   * group's endpoints, such as `panicRatio`, is then said of that part. Default `false`: it uses all.
   */
  readonly subset?: SubsetOptions | false
  /** How one is chosen in a group. Default `peak-ewma`. */
  readonly balance?: Balance
  /**
   * Which outcomes count against an endpoint. Default: every error. Not asked of cancellations, nor of refusals by the
   * guards inside. If it throws, the default is taken.
   */
  readonly isFailure?: (outcome: Outcome, call: Call) => boolean
  /** When an endpoint that fails gets no calls for a while; `false`: never. */
  readonly ejection?: EjectionOptions | false
  /** Asks the endpoints whether they are well, as long as there are calls. Default: nobody asks. */
  readonly healthCheck?: HealthCheckOptions | undefined
  /** For how long an endpoint that comes back or is new gets only a growing share of its calls. Default 10 000. */
  readonly slowStartMs?: number
  /** For how long a standby stays in use, at least, before the primary that is well again takes over. Default 30 000. */
  readonly dwellMs?: number
  /** Whether its health is shared where its pipeline has a share. `false`: it stays on its own. */
  readonly shared?: SharedEndpointsOptions | false
  /** All endpoints of a group are used, ejected or not, when fewer than this share are healthy. Default 0.5; 0: never. */
  readonly panicRatio?: number
}

/** What is said to a fleet. */
export interface SharedEndpointsOptions {
  /** Of these options: where instances differ, the highest binds all. Default 0, which binds nobody. */
  readonly version?: number
}

export interface Settings extends EjectionSettings {
  readonly options: EndpointsOptions
  /** Of each rank, from the primary's on. */
  readonly groups: readonly (readonly Endpoint[])[]
  readonly subset: SubsetOptions | false
  /** Of each group those that this instance uses. */
  readonly subsets: readonly (readonly Endpoint[])[]
  readonly balance: Balance
  readonly isFailure: ((outcome: Outcome, call: Call) => boolean) | undefined
  readonly healthCheck: Required<HealthCheckOptions> | undefined
  readonly slowStartMs: number
  readonly dwellMs: number
  readonly panicRatio: number
  readonly shared: SharedEndpointsOptions | false
}

const array: Rule = (value) => (Array.isArray(value) ? undefined : 'an array of { id }')

const rules: Readonly<Record<string, Rule>> = {
  ...partRules,
  primary: array,
  standby: (value) => (Array.isArray(value) ? undefined : 'an array of { id }, or of such arrays'),
  subset: orFalse(object),
  balance: oneOf('peak-ewma', 'least-request', 'round-robin'),
  isFailure: callable,
  ejection: orFalse(object),
  healthCheck: object,
  slowStartMs: durationMs(),
  dwellMs: durationMs(),
  panicRatio: ratio,
  shared: orFalse(object),
}

const checkRules: Readonly<Record<string, Rule>> = {
  check: callable,
  intervalMs: durationMs(1),
  timeoutMs: durationMs(1),
  failures: integer(1),
  successes: integer(1),
  idleMs: durationMs(1),
}

/** Checks the options as a whole and fills in the defaults. */
export function settingsFrom(name: string, given: EndpointsOptions): Settings {
  const options = checkOptions(name, given, rules)
  required(name, 'primary', options.primary, 'the endpoints, or an empty array for none yet')
  const { balance = 'peak-ewma', isFailure, healthCheck } = options
  const { slowStartMs = 10_000, dwellMs = 30_000, panicRatio = 0.5, shared = {} } = options
  const groups = groupsOf(name, options)
  const subset = subsetFrom(name, options.subset)
  return {
    // A later update begins with these.
    options: copied(options),
    groups,
    subset,
    subsets: subset === false ? groups : groups.map((group) => subsetOf(group, subset)),
    balance,
    isFailure,
    ...ejectionFrom(name, options.ejection),
    healthCheck: healthCheck && healthCheckFrom(name, healthCheck),
    slowStartMs,
    dwellMs,
    panicRatio,
    shared: shared !== false && checkOptions(`${name}.shared`, shared, { version: integer(0, 1e9) }),
  }
}

function subsetFrom(name: string, given: SubsetOptions | false = false): SubsetOptions | false {
  if (given === false) return false
  const options = checkOptions(`${name}.subset`, given, { key: text, size: integer(1) })
  required(`${name}.subset`, 'key', options.key, 'a string that no other instance has')
  required(`${name}.subset`, 'size', options.size, 'how many endpoints of each group are used')
  return options
}

function healthCheckFrom(name: string, given: HealthCheckOptions): Required<HealthCheckOptions> {
  const options = checkOptions(`${name}.healthCheck`, given, checkRules)
  required(`${name}.healthCheck`, 'check', options.check, 'a function of an endpoint and a signal')
  const { intervalMs = 10_000, timeoutMs = Math.min(2_000, intervalMs), idleMs = 60_000 } = options
  if (timeoutMs > intervalMs) {
    throw new HoldfastConfigError(
      `${name}.healthCheck: timeoutMs must be at most intervalMs, ${intervalMs}, not ${timeoutMs}`,
    )
  }
  const { check, failures = 3, successes = 2 } = options
  return { check, intervalMs, timeoutMs, failures, successes, idleMs }
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
  const { groups, subset, balance, isFailure, healthCheck, slowStartMs, dwellMs, panicRatio, shared } =
    settings
  return {
    primary: groups[0],
    standby: groups.slice(1),
    subset,
    balance,
    isFailure,
    ejection: settings.options.ejection !== false && describedEjection(settings),
    healthCheck,
    slowStartMs,
    dwellMs,
    panicRatio,
    shared,
  }
}
