import { checkedDistribution } from './distribution.ts'
import type { Distribution } from './distribution.ts'
import { cumulative, density } from './normal.ts'

/**
 * The exact mean in milliseconds; `Infinity` where there is none. Throws a `HoldfastConfigError` where it is no
 * distribution, with the path of what is wrong.
 */
export function meanOf(distribution: Distribution): number {
  return mean(checkedDistribution(distribution))
}

function mean(of: Distribution): number {
  if (typeof of === 'number') return of
  switch (of.kind) {
    case 'exponential':
    case 'gamma':
      return of.meanMs
    case 'uniform':
      return (of.leastMs + of.mostMs) / 2
    case 'normal':
      return meanAbove0(of.meanMs, of.deviationMs)
    case 'lognormal':
      return of.medianMs * Math.exp(of.sigma ** 2 / 2)
    case 'pareto':
      return of.shape > 1 ? (of.leastMs * of.shape) / (of.shape - 1) : Infinity
    case 'mixture':
      return of.of.reduce((sum, { ratio, ms }) => (ratio > 0 ? sum + ratio * mean(ms) : sum), 0)
  }
}

/** Of a normal distribution of which everything below 0 has been moved to 0. */
function meanAbove0(meanMs: number, deviationMs: number): number {
  if (deviationMs === 0) return meanMs
  const bound = meanMs / deviationMs
  return meanMs * cumulative(bound) + deviationMs * density(bound)
}
