import type { LineChart } from '../picture/line-chart.ts'
import type { ReplicaReport, ReplicaStep, Report } from '../report.ts'
import { measuredChart } from './measures.ts'
import type { Measure } from './measures.ts'
import type { Runs } from './run.ts'
import { replicaSteps } from './steps.ts'

/** What came to a service, how busy it was, and how much came to each of its replicas. */
export function serviceCharts(runs: Runs, service: string): readonly LineChart[] {
  const stepsOf = (report: Report, stepMs: number): readonly ReplicaStep[] =>
    replicaSteps(report, [...replicasOf(report, service).values()], stepMs)
  const ends = runs.length > 1 ? came.slice(0, 2) : came
  const all = [
    measuredChart(runs, {
      title: `${service}: requests that came`,
      unit: 'per second',
      measures: ends,
      stepsOf,
    }),
    measuredChart(runs, { title: `${service}: requests in it`, unit: 'count', measures: inside, stepsOf }),
  ]
  const isSpread = runs.some(({ report }) => replicasOf(report, service).size > 1)
  return isSpread ? [...all, replicaChart(runs, service)] : all
}

const came: readonly Measure<ReplicaStep>[] = [
  { label: 'came', of: ({ requests }, seconds) => requests / seconds },
  { label: 'answered', of: ({ answered }, seconds) => answered / seconds },
  { label: 'failed', isRare: true, of: ({ failed }, seconds) => failed / seconds },
  { label: 'refused', isRare: true, of: ({ refused }, seconds) => refused / seconds },
  { label: 'for nobody', isRare: true, of: ({ wasted }, seconds) => wasted / seconds },
]

const inside: readonly Measure<ReplicaStep>[] = [
  { label: 'at work', of: ({ running }) => running },
  { label: 'waiting', of: ({ waiting }) => waiting },
]

/** Requests of a step by replica: the busiest of the whole run first. */
type Spread = readonly { readonly name: string; readonly requests: number }[]

const mostReplicas = 6

/** A line for each replica; where these are many, or runs are compared, for the busiest and for the mean of the others. */
function replicaChart(runs: Runs, service: string): LineChart {
  const [{ report }] = runs
  const names = [...replicasOf(report, service).keys()]
  const measures = runs.length > 1 || names.length > mostReplicas ? extremes : names.map(requestsTo)
  return measuredChart(runs, {
    title: `${service}: requests to each replica`,
    unit: 'per second',
    measures,
    stepsOf: (each, stepMs) => spreadOf(each, service, stepMs),
  })
}

const extremes: readonly Measure<Spread>[] = [
  { label: 'busiest', of: ([busiest], seconds) => (busiest?.requests ?? 0) / seconds },
  {
    label: 'mean of the others',
    of: ([, ...others], seconds) =>
      others.length === 0
        ? null
        : others.reduce((total, { requests }) => total + requests, 0) / others.length / seconds,
  },
]

function requestsTo(name: string): Measure<Spread> {
  return {
    label: name,
    of: (spread, seconds) => (spread.find((each) => each.name === name)?.requests ?? 0) / seconds,
  }
}

function spreadOf(report: Report, service: string, stepMs: number): readonly Spread[] {
  const ranked = [...replicasOf(report, service)].toSorted(
    ([, one], [, other]) => other.requests - one.requests,
  )
  const all = ranked.map(([name, replica]) => ({ name, steps: replicaSteps(report, [replica], stepMs) }))
  const length = Math.max(0, ...all.map(({ steps }) => steps.length))
  return Array.from({ length }, (_, index) =>
    all.map(({ name, steps }) => ({ name, requests: steps[index]?.requests ?? 0 })),
  )
}

function replicasOf({ replicas }: Report, service: string): ReadonlyMap<string, ReplicaReport> {
  return new Map(Object.entries(replicas).filter(([, replica]) => replica.service === service))
}
