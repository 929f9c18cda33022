import type { LineChart } from '../picture/line-chart.ts'
import type { ClientStep } from '../report.ts'
import { measuredChart } from './measures.ts'
import type { Measure, Measured } from './measures.ts'
import type { Runs } from './run.ts'
import { clientSteps } from './steps.ts'

/** What its callers saw, how long they waited, and what was sent for them. */
export function clientCharts(runs: Runs, name: string): readonly LineChart[] {
  const chart = (measured: Omit<Measured<ClientStep>, 'stepsOf'>): LineChart =>
    measuredChart(runs, {
      ...measured,
      stepsOf: (report, stepMs) => {
        const client = report.clients[name]
        return client === undefined ? [] : clientSteps(report, client, stepMs)
      },
    })
  return [
    chart({
      title: `${name}: how calls ended`,
      unit: 'ratio',
      measures: runs.length > 1 ? [good] : [good, ...others],
    }),
    chart({ title: `${name}: time until an answer`, unit: 'ms', scale: 'logarithmic', measures: latency }),
    chart({ title: `${name}: calls made, and attempts sent for them`, unit: 'per second', measures: load }),
  ]
}

const good = share('good', ({ good }) => good)

const others: readonly Measure<ClientStep>[] = [
  { ...share('late', ({ late }) => late), isRare: true },
  { ...share('refused', ({ refused }) => refused), isRare: true },
  { ...share('failed otherwise', ({ failed, refused }) => failed - refused), isRare: true },
]

const latency: readonly Measure<ClientStep>[] = [
  { label: 'p50', of: ({ p50Ms }) => p50Ms },
  { label: 'p99', of: ({ p99Ms }) => p99Ms },
]

const load: readonly Measure<ClientStep>[] = [
  { label: 'calls', of: ({ calls }, seconds) => calls / seconds },
  { label: 'attempts', of: ({ attempts }, seconds) => attempts / seconds },
]

function share(label: string, count: (step: ClientStep) => number): Measure<ClientStep> {
  return { label, of: (step) => (step.calls === 0 ? null : count(step) / step.calls) }
}
