import { means } from '../places.ts'
import type { Place } from '../places.ts'
import type { Occurrence } from './plan.ts'
import type { Client, OpenLoad } from '../scenario.ts'

/** A stretch of time over which a rate changes evenly. */
interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  /** Calls a millisecond, at its beginning and at its end. */
  readonly first: number
  readonly last: number
}

/** A rate that changes over time, known beforehand. */
export class Rate {
  readonly #stretches: readonly Stretch[]

  constructor(stretches: readonly Stretch[]) {
    this.#stretches = stretches
  }

  /** The most calls a millisecond that it ever comes to. */
  get highest(): number {
    return Math.max(0, ...this.#stretches.flatMap(({ first, last }) => [first, last]))
  }

  /** When, counted from `now` on, `amount` more calls have come by this rate; Infinity where so many never come. */
  reach(now: number, amount: number): number {
    let left = amount
    for (const stretch of this.#stretches) {
      if (stretch.toMs <= now) continue
      const from = Math.max(now, stretch.fromMs)
      const first = rateAt(stretch, from)
      const slope = slopeOf(stretch)
      const lengthMs = stretch.toMs - from
      const comes = (first + (slope * lengthMs) / 2) * lengthMs
      if (comes >= left) return from + timeFor(left, first, slope)
      left -= comes
    }
    return Infinity
  }
}

/** How many calls one instance begins, of an open load that is spread over all of its client. */
export function rateOf(
  { perSecond }: OpenLoad,
  instance: Place<Client>,
  occurrences: readonly Occurrence[],
  durationMs: number,
): Rate {
  const share = 1 / (1_000 * (instance.kind.instances ?? 1))
  const steps = typeof perSecond === 'number' ? [{ fromMs: 0, perSecond }] : perSecond
  const bursts = occurrences.flatMap(({ injection, fromMs, toMs }) =>
    injection.kind === 'load' && means(injection.client, instance)
      ? [{ fromMs, toMs, times: injection.times }]
      : [],
  )
  const plain = steps.flatMap(({ fromMs, perSecond: last, rampMs = 0 }, place): readonly Stretch[] => {
    const toMs = steps[place + 1]?.fromMs ?? durationMs
    const first = steps[place - 1]?.perSecond ?? 0
    const rampedAt = Math.min(fromMs + rampMs, toMs)
    const reached = rampMs === 0 ? last : first + ((last - first) * (rampedAt - fromMs)) / rampMs
    return [
      { fromMs, toMs: rampedAt, first: first * share, last: reached * share },
      { fromMs: rampedAt, toMs, first: last * share, last: last * share },
    ]
  })
  const cuts = bursts.flatMap(({ fromMs, toMs }) => [fromMs, toMs])
  return new Rate(
    plain
      .flatMap((stretch) => cutAt(stretch, cuts))
      .map((stretch) => {
        const times = bursts
          .filter(({ fromMs, toMs }) => fromMs <= stretch.fromMs && stretch.toMs <= toMs)
          .reduce((product, burst) => product * burst.times, 1)
        return { ...stretch, first: stretch.first * times, last: stretch.last * times }
      }),
  )
}

function cutAt(stretch: Stretch, moments: readonly number[]): readonly Stretch[] {
  const inside = moments
    .filter((at) => at > stretch.fromMs && at < stretch.toMs)
    .toSorted((one, other) => one - other)
  const edges = [stretch.fromMs, ...inside, stretch.toMs]
  return edges
    .slice(1)
    .map((toMs, place) => ({ fromMs: edges[place] ?? 0, toMs }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .map(({ fromMs, toMs }) => ({
      fromMs,
      toMs,
      first: rateAt(stretch, fromMs),
      last: rateAt(stretch, toMs),
    }))
}

function slopeOf({ fromMs, toMs, first, last }: Stretch): number {
  return (last - first) / (toMs - fromMs)
}

function rateAt(stretch: Stretch, at: number): number {
  return stretch.first + slopeOf(stretch) * (at - stretch.fromMs)
}

/** Solves `first * t + slope * t ** 2 / 2 = amount`, in the form that loses no digits. */
function timeFor(amount: number, first: number, slope: number): number {
  return (2 * amount) / (first + Math.sqrt(Math.max(0, first * first + 2 * slope * amount)))
}
