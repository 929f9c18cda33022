import { checkOptions, durationMs, HoldfastConfigError, integer, number, object, ratio } from '../check.ts'
import type { Rule } from '../check.ts'
import type { ReturnRules } from './health.ts'
import type { FailureRatioRule, LatencyRule, OutlierRules, SuccessRateRule } from './outliers.ts'

/** When an endpoint gets no calls for a while. Rules are `false` where they are to eject nobody. */
export interface EjectionOptions {
  /** After so many failures in a row. Default 5. */
  readonly consecutiveFailures?: number | false
  /**
   * After an interval in which it succeeded less often than the others of its group: by so many standard deviations. Default
   * 1.9, of at least 100 calls to each of at least 5 endpoints.
   */
  readonly successRate?: Partial<SuccessRateRule> | false
  /** After an interval in which so many of its calls failed. Default 0.85 of at least 50. */
  readonly failureRatio?: Partial<FailureRatioRule> | false
  /**
   * After an interval in which the median latency of its successes was so many times that of its group. Default 3 times, and
   * 100 ms longer, of at least 20 successes at each of at least 3 endpoints.
   */
  readonly latency?: Partial<LatencyRule> | false
  /**
   * What is counted is looked at so often; staying healthy for so long makes up for one ejection. Default 10 000.
   */
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

export interface EjectionSettings extends ReturnRules {
  /** `Infinity`: never for that. */
  readonly consecutiveFailures: number
  readonly outliers: OutlierRules
  readonly maximumEjectedRatio: number
}

const rules: Readonly<Record<string, Rule>> = {
  consecutiveFailures: orFalse(integer(1)),
  successRate: orFalse(object),
  failureRatio: orFalse(object),
  latency: orFalse(object),
  intervalMs: durationMs(1),
  baseMs: durationMs(),
  maximumMs: durationMs(),
  maximumEjectedRatio: ratio,
  probeLeaseMs: durationMs(1),
}

const outlierRules = {
  successRate: { sigmas: number(0), minimumCalls: integer(1), minimumEndpoints: integer(2) },
  failureRatio: { ratio, minimumCalls: integer(1) },
  latency: {
    factor: number(1),
    minimumMs: durationMs(),
    minimumCalls: integer(1),
    minimumEndpoints: integer(2),
  },
}

/** The defaults of Envoy, where it has the rule. */
const standard = {
  successRate: { sigmas: 1.9, minimumCalls: 100, minimumEndpoints: 5 },
  failureRatio: { ratio: 0.85, minimumCalls: 50 },
  latency: { factor: 3, minimumMs: 100, minimumCalls: 20, minimumEndpoints: 3 },
}

export function orFalse(rule: Rule): Rule {
  return (value) => {
    const demand = value === false ? undefined : rule(value)
    return demand === undefined ? undefined : `${demand} or false`
  }
}

/** Checks the options and fills in the defaults. */
export function ejectionFrom(name: string, given: EjectionOptions | false = {}): EjectionSettings {
  const options = checkOptions(`${name}.ejection`, given === false ? {} : given, rules)
  const failures = given === false ? false : (options.consecutiveFailures ?? 5)
  const { baseMs = 5_000, maximumMs = Math.max(baseMs, 300_000) } = options
  if (maximumMs < baseMs) {
    throw new HoldfastConfigError(
      `${name}.ejection: maximumMs must be at least baseMs, ${baseMs}, not ${maximumMs}`,
    )
  }
  return {
    consecutiveFailures: failures === false ? Infinity : failures,
    outliers: {
      successRate: given !== false && outlier(name, 'successRate', options.successRate),
      failureRatio: given !== false && outlier(name, 'failureRatio', options.failureRatio),
      latency: given !== false && outlier(name, 'latency', options.latency),
    },
    intervalMs: options.intervalMs ?? 10_000,
    baseMs,
    maximumMs,
    maximumEjectedRatio: options.maximumEjectedRatio ?? 1,
    probeLeaseMs: options.probeLeaseMs ?? 30_000,
  }
}

function outlier<Name extends keyof OutlierRules>(
  name: string,
  rule: Name,
  given: Partial<OutlierRules[Name]> | undefined,
): OutlierRules[Name] | false {
  if (given === false) return false
  const checked = checkOptions(`${name}.ejection.${rule}`, given ?? {}, outlierRules[rule])
  const present = Object.entries(checked).filter(([, value]) => value !== undefined)
  return { ...standard[rule], ...Object.fromEntries(present) }
}

/** As a user would write them, with every default. */
export function describedEjection(settings: EjectionSettings): Readonly<Record<string, unknown>> {
  const { consecutiveFailures, outliers, intervalMs, baseMs, maximumMs } = settings
  const { maximumEjectedRatio, probeLeaseMs } = settings
  const isRule = consecutiveFailures !== Infinity
  return {
    consecutiveFailures: isRule && consecutiveFailures,
    ...outliers,
    intervalMs,
    baseMs,
    maximumMs,
    maximumEjectedRatio,
    probeLeaseMs,
  }
}
