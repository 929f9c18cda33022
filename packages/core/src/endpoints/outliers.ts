/** Ejects who succeeds less often than the others of its group. */
export interface SuccessRateRule {
  /** So many standard deviations below the mean of all. */
  readonly sigmas: number
  readonly minimumCalls: number
  readonly minimumEndpoints: number
}

/** Ejects who fails at such a share of its calls, whatever the others do. */
export interface FailureRatioRule {
  readonly ratio: number
  readonly minimumCalls: number
}

/** Ejects whose median latency is so many times that of its group. */
export interface LatencyRule {
  readonly factor: number
  /** And longer by so much. */
  readonly minimumMs: number
  readonly minimumCalls: number
  readonly minimumEndpoints: number
}

export interface OutlierRules {
  readonly successRate: SuccessRateRule | false
  readonly failureRatio: FailureRatioRule | false
  readonly latency: LatencyRule | false
}

/** What is known of one endpoint's calls in an interval. */
export interface Observed {
  readonly calls: number
  readonly failures: number
  readonly medianMs: number | undefined
}

export type OutlierReason = 'success-rate' | 'failure-ratio' | 'latency'

/**
 * Which endpoints of a group are to be ejected after an interval, and why (Envoy's outlier detection, and the latency beside
 * it). The success rate is blind where many fail alike: if they are a share p of all, each is the root of (1 - p) / p
 * standard deviations below the mean, which is 1.9 at 21.7 %. The failure ratio is there for that.
 */
export function outliers(
  group: readonly Observed[],
  rules: OutlierRules,
): readonly (OutlierReason | undefined)[] {
  const { successRate, failureRatio, latency } = rules
  const leastRate = successRate === false ? -Infinity : leastSuccessRate(group, successRate)
  const longestMs = latency === false ? Infinity : longestMedianMs(group, latency)
  return group.map((each) => {
    const { calls, failures, medianMs = 0 } = each
    if (
      failureRatio !== false &&
      calls >= failureRatio.minimumCalls &&
      failures >= failureRatio.ratio * calls
    )
      return 'failure-ratio'
    if (successRate !== false && calls >= successRate.minimumCalls && rateOf(each) < leastRate)
      return 'success-rate'
    return latency !== false && successesOf(each) >= latency.minimumCalls && medianMs > longestMs
      ? 'latency'
      : undefined
  })
}

function successesOf({ calls, failures }: Observed): number {
  return calls - failures
}

function rateOf(each: Observed): number {
  return successesOf(each) / each.calls
}

function leastSuccessRate(group: readonly Observed[], rule: SuccessRateRule): number {
  const rates = group.filter(({ calls }) => calls >= rule.minimumCalls).map(rateOf)
  if (rates.length < rule.minimumEndpoints) return -Infinity
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  return mean - rule.sigmas * Math.sqrt(variance)
}

/** Measured by the upper median of all, so that only a minority can be slow. */
function longestMedianMs(group: readonly Observed[], rule: LatencyRule): number {
  const medians = group
    .filter((each) => successesOf(each) >= rule.minimumCalls)
    .map(({ medianMs = 0 }) => medianMs)
    .toSorted((one, other) => one - other)
  if (medians.length < rule.minimumEndpoints) return Infinity
  const usualMs = medians[Math.floor(medians.length / 2)] ?? Infinity
  return Math.max(rule.factor * usualMs, usualMs + rule.minimumMs)
}
