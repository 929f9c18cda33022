import { meanOf, within } from './limit-machine.ts'
import type { Durations, LimitBounds, LimitMachine, LimitState, LimitWindow } from './limit-machine.ts'

export interface DurationState extends LimitState {
  /** How long a call takes that does not wait for others, in milliseconds. */
  readonly baselineMs: number | undefined
  /** The largest limit since the baseline was learned. */
  readonly reference: number
  /** How many windows ago that was. */
  readonly age: number
  /** Light calls since the baseline was learned. */
  readonly light: Durations
}

/** A window holds so many ends at least, and so many light calls tell the baseline. */
const minimumCalls = 10
/** How much longer than a light call one may take before the limit is too large. */
const tolerance = 1.5
/** Up to which share of the limit a call is light. Times the tolerance it must be less than 1, or the limit drifts. */
const lightRatio = 0.5
/** The weight of a window in the limit, unless more than that was dropped, and in the baseline at the least. */
const smoothing = 0.2
/** To what share of itself one window shrinks the limit at most. */
const steepest = 0.5
/** As how many calls the baseline counts against new light ones. */
const baselineCalls = 100
/** After so many windows without light calls the limit is lowered to get some. */
const probeEvery = 20
/** For so many windows at most. */
const longestProbe = 5
/** A window lasts so long at least, and twice the baseline. */
const minimumWindowMs = 100
/** A call counts as at most so many baselines, or the few that take very long would decide. */
const longest = 8
/** What takes less is not told apart. */
const resolutionMs = 1

const none: Durations = { calls: 0, totalMs: 0 }

/**
 * Netflix's Gradient2 (concurrency-limits, `Gradient2Limit.java`) with another baseline and with drops. The limit moves
 * towards limit * tolerance * baseline / mean duration, and the root of the limit, which is what chance adds to calls in
 * flight. The baseline is learned from light calls alone, so that no overload, however long, becomes what is normal;
 * where there are none, the limit is lowered for a window. What was dropped shrinks the limit by its share.
 */
export const byDurations: LimitMachine<DurationState> = {
  first: ({ initial }) => ({
    size: initial,
    baselineMs: undefined,
    reference: initial,
    age: 0,
    probing: false,
    light: none,
  }),
  limitOf: ({ size, probing }, { minimum }) =>
    Math.max(minimum, Math.floor(probing ? size * lightRatio : size)),
  lightestOf: ({ reference }) => Math.max(1, Math.floor(reference * lightRatio)),
  slowMsOf: ({ baselineMs }) =>
    baselineMs === undefined ? Infinity : tolerance * Math.max(resolutionMs, baselineMs),
  longestMsOf: ({ baselineMs }) =>
    baselineMs === undefined ? Infinity : longest * Math.max(resolutionMs, baselineMs),
  windowMsOf: ({ baselineMs = 0 }) => Math.max(minimumWindowMs, 2 * baselineMs),
  fewestOf: () => minimumCalls,
  step,
}

function step(before: DurationState, window: LimitWindow, bounds: LimitBounds): DurationState {
  const state = learned(before, window)
  if (state.probing) return { ...state, probing: state.age > 0 && state.age < longestProbe }
  const size = within(bounds, resized(state, window))
  const reference = Math.max(state.reference, size)
  const binds = window.peak >= Math.floor(state.size)
  if (!binds || state.age < probeEvery || size < 2) return { ...state, size, reference }
  return { ...state, size, reference: size, age: 0, light: none, probing: true }
}

function learned(state: DurationState, { served, light: more }: LimitWindow): DurationState {
  const { baselineMs, size } = state
  const light = { calls: state.light.calls + more.calls, totalMs: state.light.totalMs + more.totalMs }
  const age = state.age + 1
  if (light.calls < minimumCalls) {
    return { ...state, baselineMs: baselineMs ?? meanOf(served), age, light }
  }
  // Where all calls are light, because the limit has shrunk so far, they stay so until it has grown again.
  const reference = size > state.reference * lightRatio ? size : state.reference
  return { ...state, baselineMs: moved(baselineMs, light), reference, age: 0, light: none }
}

function moved(baselineMs: number | undefined, light: Durations): number | undefined {
  const mean = meanOf(light)
  if (baselineMs === undefined || mean === undefined) return mean
  const weight = Math.max(smoothing, light.calls / (light.calls + baselineCalls))
  return baselineMs + (mean - baselineMs) * weight
}

function resized({ size, baselineMs = 0 }: DurationState, { served, dropped, peak }: LimitWindow): number {
  if (dropped.calls === 0 && peak < size / 2) return size
  const mean = meanOf(served)
  const gradient =
    mean === undefined ? 0 : (tolerance * Math.max(resolutionMs, baselineMs)) / Math.max(resolutionMs, mean)
  const dropRatio = dropped.calls / (served.calls + dropped.calls)
  const wanted = (size * Math.min(tolerance, gradient) + Math.sqrt(size)) * (1 - dropRatio)
  const target = Math.max(size * steepest, wanted)
  return size + (target - size) * (target < size ? Math.max(smoothing, dropRatio) : smoothing)
}
