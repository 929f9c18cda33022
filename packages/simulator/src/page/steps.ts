import type { ClientReport, ClientStep, ReplicaReport, ReplicaStep, Report } from '../report.ts'

/** How long steps must be that none of the reports has more than `most`: a multiple of what they have. */
export function stepMsFor(reports: readonly Report[], most: number): number {
  const needed = reports.map(
    ({ durationMs, stepMs }) => stepMs * Math.max(1, Math.ceil(durationMs / stepMs / most)),
  )
  return Math.max(...needed)
}

type Figure = number | null

/** What the figures of two steps, the earlier first, are together. */
type Together = (one: Figure, other: Figure) => Figure

const sum: Together = (one, other) => (one ?? 0) + (other ?? 0)
const larger: Together = (one, other) => (one === null ? other : Math.max(one, other ?? one))
const later: Together = (_, other) => other

/**
 * The steps of a client until the end of the run. Where several become one, what they count is added up, and of a
 * percentile the largest is taken.
 */
export function clientSteps(report: Report, { series }: ClientReport, stepMs: number): readonly ClientStep[] {
  return inSteps(report, series, stepMs, { p50Ms: larger, p99Ms: larger })
}

/** The same of what came to several replicas. */
export function replicaSteps(
  report: Report,
  replicas: readonly ReplicaReport[],
  stepMs: number,
): readonly ReplicaStep[] {
  const all = replicas.map(({ series }) =>
    inSteps(report, series, stepMs, { running: later, waiting: later }),
  )
  const longest = Math.max(0, ...all.map(({ length }) => length))
  return Array.from({ length: longest }, (_, index) =>
    all.flatMap((steps) => steps[index] ?? []).reduce((one, other) => combined(one, other, {})),
  )
}

/** How many seconds of the run a step has; the last may be shorter. */
export function secondsOf({ durationMs }: Report, index: number, stepMs: number): number {
  return (Math.min(durationMs, (index + 1) * stepMs) - index * stepMs) / 1_000
}

type Rules<Step> = { readonly [Name in keyof Step]?: Together }

function inSteps<Step extends Readonly<Record<keyof Step, Figure>>>(
  { durationMs, stepMs: given }: Report,
  series: readonly Step[],
  stepMs: number,
  rules: Rules<Step>,
): readonly Step[] {
  const count = Math.min(series.length, Math.ceil(durationMs / given))
  const size = Math.round(stepMs / given)
  const firsts = Array.from({ length: Math.ceil(count / size) }, (_, index) => index * size)
  return firsts.map((first) =>
    series.slice(first, Math.min(count, first + size)).reduce((one, other) => combined(one, other, rules)),
  )
}

/** Each figure by its own rule; without one it is added up. */
function combined<Step extends Readonly<Record<keyof Step, Figure>>>(
  one: Step,
  other: Step,
  rules: Rules<Step>,
): Step {
  const names = Object.keys(one) as (keyof Step)[]
  // It has the same members as each of the two.
  return Object.fromEntries(names.map((name) => [name, (rules[name] ?? sum)(one[name], other[name])])) as Step
}
