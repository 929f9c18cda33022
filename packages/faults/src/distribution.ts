import { HoldfastConfigError } from '@holdfast/core'
import { checkOptions, durationMs, number, oneOf, ratio, required } from '@holdfast/core/options'
import type { Rule } from '@holdfast/core/options'

/** A duration, in milliseconds: fixed, or drawn. Plain data (JSON). */
export type Distribution =
  | number
  | { readonly kind: 'exponential'; readonly meanMs: number }
  /** Anything from the least to the most, with the same chance. */
  | { readonly kind: 'uniform'; readonly leastMs: number; readonly mostMs: number }
  /** Cut off at 0: what would be less is 0. */
  | { readonly kind: 'normal'; readonly meanMs: number; readonly deviationMs: number }
  /** `sigma` is the standard deviation of the natural logarithm; 0 to 50. */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  /** A shape of 1 is exponential; the larger it is, the less the durations differ. From 0.001 to 1 000 000. */
  | { readonly kind: 'gamma'; readonly meanMs: number; readonly shape: number }
  /** The smaller the shape, the heavier the tail; at 1 and below the mean is infinite. From 0.001 to 1 000 000. */
  | { readonly kind: 'pareto'; readonly leastMs: number; readonly shape: number }
  /** Each part for its share of the draws; the shares add up to 1. */
  | Mixture

export interface Mixture {
  readonly kind: 'mixture'
  readonly of: readonly { readonly ratio: number; readonly ms: Distribution }[]
}

type Drawn = Exclude<Distribution, number>

const shape = number(0.001, 1_000_000)
export const positiveMs: Rule = (value) =>
  value !== 0 && durationMs()(value) === undefined ? undefined : 'a finite number of milliseconds above 0'
const parts: Rule = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'an array that is not empty'

/** What each kind is made of. */
const rules: Readonly<Record<Drawn['kind'], Readonly<Record<string, Rule>>>> = {
  exponential: { meanMs: durationMs() },
  uniform: { leastMs: durationMs(), mostMs: durationMs() },
  normal: { meanMs: durationMs(), deviationMs: durationMs() },
  lognormal: { medianMs: durationMs(), sigma: number(0, 50) },
  gamma: { meanMs: durationMs(), shape },
  pareto: { leastMs: positiveMs, shape },
  mixture: { of: parts },
}
const kind = oneOf(...Object.keys(rules))

/** A frozen copy of which every part is checked; an error says by `path` where the mistake is. */
export function checkedDistribution(given: Distribution, path: string = 'distribution'): Distribution {
  if (typeof given !== 'object' || given === null) return fixed(given, path)
  const known = kind(given.kind)
  if (known !== undefined)
    throw new HoldfastConfigError(`${path}: kind must be ${known}, not ${String(given.kind)}`)
  const ofKind = rules[given.kind]
  const checked = checkOptions(path, given, { kind, ...ofKind })
  for (const [option, value] of Object.entries({ ...emptied(ofKind), ...checked })) {
    required(path, option, value, `the kind ${checked.kind} has no default for it`)
  }
  if (checked.kind === 'uniform' && checked.mostMs < checked.leastMs) {
    const { leastMs, mostMs } = checked
    throw new HoldfastConfigError(`${path}: mostMs must be at least leastMs, ${leastMs}, not ${mostMs}`)
  }
  return checked.kind === 'mixture' ? checkedMixture(checked, path) : checked
}

function emptied(of: Readonly<Record<string, Rule>>): Readonly<Record<string, undefined>> {
  return Object.fromEntries(Object.keys(of).map((option) => [option, undefined]))
}

function fixed(given: unknown, path: string): number {
  const demand = durationMs()(given)
  if (demand === undefined) return given as number
  throw new HoldfastConfigError(`${path} must be ${demand}, or a distribution, not ${String(given)}`)
}

function checkedMixture(mixture: Mixture, path: string): Mixture {
  const of = mixture.of.map((part, index) => {
    const here = `${path}.of[${index}]`
    const checked = checkOptions(here, part, { ratio, ms: () => undefined })
    required(here, 'ratio', checked.ratio, 'its share of the draws')
    return Object.freeze({ ratio: checked.ratio, ms: checkedDistribution(checked.ms, `${here}.ms`) })
  })
  const sum = of.reduce((total, part) => total + part.ratio, 0)
  if (Math.abs(sum - 1) < 1e-9) return Object.freeze({ kind: 'mixture', of: Object.freeze(of) })
  throw new HoldfastConfigError(`${path}: the ratios in of must add up to 1, not to ${sum}`)
}
