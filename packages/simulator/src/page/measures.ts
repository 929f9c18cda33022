import type { LineChart } from '../picture/line-chart.ts'
import type { Line } from '../picture/line.ts'
import type { Report } from '../report.ts'
import { spansOf } from './run-spans.ts'
import { durationOf, withLetter } from './run.ts'
import type { Runs } from './run.ts'
import { secondsOf, stepMsFor } from './steps.ts'

/** What is drawn of each step of something. */
export interface Measure<Step> {
  readonly label: string
  /** Left out where there is none in any step. */
  readonly isRare?: true
  of(step: Step, seconds: number): number | null
}

/** The same for what is measured in runs, over time. */
export interface Measured<Step> {
  readonly title: string
  readonly unit: LineChart['unit']
  readonly scale?: LineChart['scale']
  readonly measures: readonly Measure<Step>[]
  stepsOf(report: Report, stepMs: number): readonly Step[]
}

/** More could not be told apart. */
const mostSteps = 300

/** A line for each measure; where runs are compared, one for each run, of the same colour. */
export function measuredChart<Step>(runs: Runs, measured: Measured<Step>): LineChart {
  const { title, unit, scale = 'linear', measures, stepsOf } = measured
  const stepMs = stepMsFor(
    runs.map(({ report }) => report),
    mostSteps,
  )
  const lines = runs.flatMap(({ report }, run) => {
    const steps = stepsOf(report, stepMs)
    return measures.flatMap(({ label, isRare, of }, measure): readonly Line[] => {
      const values = steps.map((step, index) => of(step, secondsOf(report, index, stepMs)))
      if (isRare === true && !values.some((value) => (value ?? 0) > 0)) return []
      return [
        { label: withLetter(label, runs, run), values, hue: measure, dash: runs.length > 1 ? run : measure },
      ]
    })
  })
  return { title, unit, scale, durationMs: durationOf(runs), stepMs, spans: spansOf(runs), lines }
}
