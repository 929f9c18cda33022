import { ticksBetween, ticksTo } from './ticks.ts'

/** From values to heights: 0 is the foot of a plot, 1 its top. */
export interface Scale {
  readonly ticks: readonly number[]
  /** What is outside is at the border. */
  heightOf(value: number): number
}

/** No figure is so small and yet not 0. */
const negligible = 1e-9

/** From 0 to the first round value that none of the values exceeds. */
export function linear(values: readonly number[]): Scale {
  const most = values.reduce((one, other) => Math.max(one, other), 0)
  return scaleOn(ticksTo(most > negligible ? most : 1, 4), (value) => value)
}

/** Each tick is ten times the one before. What is less than a millionth of the most is at the foot. */
export function logarithmic(values: readonly number[]): Scale {
  const most = values.reduce((one, other) => Math.max(one, other), 0)
  if (most <= negligible) return linear([])
  const least = values.filter((value) => value > 0).reduce((one, other) => Math.min(one, other), most)
  return scaleOn(ticksBetween(Math.max(least, most / 1e6), most), Math.log10)
}

/** From nothing to all. */
export const ofRatios: Scale = scaleOn([0, 0.25, 0.5, 0.75, 1], (value) => value)

function scaleOn(ticks: readonly number[], measured: (value: number) => number): Scale {
  const [foot, top] = [measured(ticks[0] ?? 0), measured(ticks.at(-1) ?? 1)]
  return {
    ticks,
    heightOf: (value) => Math.min(1, Math.max(0, (measured(value) - foot) / (top - foot))),
  }
}
