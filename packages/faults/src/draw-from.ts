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
  const draw = sampler(checkedDistribution(distribution))
  return () => draw(random)
}

/** The same for a distribution that has been checked, and chance that comes with each draw. */
export function sampler(distribution: Distribution): Draw {
  const draw = drawing(distribution)
  return (random) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(draw(random) * 1000) / 1000))
}

type Draw = (random: () => number) => number

function drawing(from: Distribution): Draw {
  if (typeof from === 'number') return () => from
  switch (from.kind) {
    case 'exponential':
      return (random) => -from.meanMs * Math.log(1 - random())
    case 'uniform':
      return (random) => from.leastMs + random() * (from.mostMs - from.leastMs)
    case 'normal':
      return (random) => from.meanMs + from.deviationMs * standardNormal(random)
    case 'lognormal':
      return (random) => from.medianMs * Math.exp(from.sigma * standardNormal(random))
    case 'gamma':
      return (random) => (from.meanMs / from.shape) * gamma(from.shape, random)
    case 'pareto':
      return (random) => from.leastMs / (1 - random()) ** (1 / from.shape)
    case 'mixture':
      return mixing(from)
  }
}

function mixing({ of }: Mixture): Draw {
  const possible = of.filter(({ ratio }) => ratio > 0)
  const draws = possible.map(({ ms }) => drawing(ms))
  // The last takes what rounding leaves over.
  const last = draws.pop() as Draw
  return (random) => {
    let left = random()
    const chosen = draws.findIndex((_, index) => (left -= (possible[index] as { ratio: number }).ratio) < 0)
    return (draws[chosen] ?? last)(random)
  }
}
