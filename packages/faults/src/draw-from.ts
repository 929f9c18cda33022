import { checkedDistribution } from './distribution.ts'
import type { Distribution, Mixture } from './distribution.ts'
import { gamma } from './gamma.ts'
import { standardNormal } from './normal.ts'

/**
 * Returns how to draw from `distribution`, with `random` uniform in [0, 1). What is drawn is rounded to the microsecond,
 * so that the last bits of a platform's mathematics do not show, and is at most `Number.MAX_SAFE_INTEGER`. A fixed
 * duration draws nothing. Throws a `HoldfastConfigError` where it is no distribution, with the path of what is wrong.
 */
export function drawFrom(distribution: Distribution, random: () => number): () => number {
  const draw = drawing(checkedDistribution(distribution), random)
  return () => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(draw() * 1000) / 1000))
}

function drawing(from: Distribution, random: () => number): () => number {
  if (typeof from === 'number') return () => from
  switch (from.kind) {
    case 'exponential':
      return () => -from.meanMs * Math.log(1 - random())
    case 'uniform':
      return () => from.leastMs + random() * (from.mostMs - from.leastMs)
    case 'normal':
      return () => from.meanMs + from.deviationMs * standardNormal(random)
    case 'lognormal':
      return () => from.medianMs * Math.exp(from.sigma * standardNormal(random))
    case 'gamma':
      return () => (from.meanMs / from.shape) * gamma(from.shape, random)
    case 'pareto':
      return () => from.leastMs / (1 - random()) ** (1 / from.shape)
    case 'mixture':
      return mixing(from, random)
  }
}

function mixing({ of }: Mixture, random: () => number): () => number {
  const possible = of.filter(({ ratio }) => ratio > 0)
  const draws = possible.map(({ ms }) => drawing(ms, random))
  // The last takes what rounding leaves over.
  const last = draws.pop() as () => number
  return () => {
    let left = random()
    const chosen = draws.findIndex((_, index) => (left -= (possible[index] as { ratio: number }).ratio) < 0)
    return (draws[chosen] ?? last)()
  }
}
