import type { BandChart } from '../picture/band-chart.ts'
import { staysIn } from '../picture/band.ts'
import type { Band } from '../picture/band.ts'
import type { LineChart } from '../picture/line-chart.ts'
import type { Report, StateReport } from '../report.ts'
import { measuredChart } from './measures.ts'
import { spansOf } from './run-spans.ts'
import { durationOf, letterOf } from './run.ts'
import type { Runs } from './run.ts'

type Subject = StateReport['subject']

const subjects = ['circuit', 'endpoint', 'group'] as const

const titles: Readonly<Record<Subject, readonly [each: string, many: string]>> = {
  circuit: ['Circuits', 'Number of circuits in each state'],
  endpoint: ['Endpoints', 'Number of endpoints in each state'],
  group: ['Groups of endpoints in use', 'Number of pipelines that use each group of endpoints'],
}

/** More rows would be a carpet. */
const mostRows = 24

/**
 * How circuits, endpoints and groups of endpoints went from state to state: each that ever changed, of one run or of two.
 * Where these are many, it is how many were in each state but the usual one, as the mean of each step.
 */
export function stateCharts(runs: Runs): readonly (BandChart | LineChart)[] {
  return subjects.flatMap((subject): readonly (BandChart | LineChart)[] => {
    const rows = runs.flatMap(({ report }, index) => bandsIn(report, subject, letterOf(runs, index)))
    if (rows.length === 0) return []
    const [title, titleOfMany] = titles[subject]
    const states = statesOf(subject, rows)
    if (rows.length > mostRows) return [countChart(runs, titleOfMany, subject, states)]
    return [{ title, durationMs: durationOf(runs), spans: spansOf(runs), states, rows }]
  })
}

function countChart(runs: Runs, title: string, subject: Subject, states: readonly string[]): LineChart {
  const [usual = '', ...unusual] = states
  return measuredChart<Counts>(runs, {
    title,
    unit: 'count',
    measures: unusual.map((label) => ({ label, of: (counts) => counts.get(label) ?? 0 })),
    stepsOf: (report, stepMs) => countsIn(report, subject, usual, stepMs),
  })
}

type Counts = ReadonlyMap<string, number>

function countsIn(report: Report, subject: Subject, usual: string, stepMs: number): readonly Counts[] {
  const { durationMs } = report
  const steps = Array.from({ length: Math.ceil(durationMs / stepMs) }, () => new Map<string, number>())
  const stays = bandsIn(report, subject, '').flatMap((band) => staysIn(band, usual, durationMs))
  for (const { state, fromMs, toMs } of stays) {
    for (let at = Math.floor(fromMs / stepMs); at * stepMs < toMs; at++) {
      const [beginMs, endMs] = [at * stepMs, Math.min(durationMs, (at + 1) * stepMs)]
      const share = (Math.min(toMs, endMs) - Math.max(fromMs, beginMs)) / (endMs - beginMs)
      steps[at]?.set(state, (steps[at]?.get(state) ?? 0) + share)
    }
  }
  return steps
}

function bandsIn({ states }: Report, subject: Subject, letter: string): readonly Band[] {
  return states
    .filter((each) => each.subject === subject)
    .map(({ instance, name, changes }) => ({ label: `${letter} ${instance} ${name}`.trim(), changes }))
    .toSorted((one, other) => one.label.localeCompare(other.label, 'en', { numeric: true }))
}

const known: Readonly<Record<Subject, readonly string[]>> = {
  circuit: ['closed', 'half-open', 'open'],
  endpoint: ['healthy', 'ejected', 'sick'],
  group: ['primary'],
}

/** Those that are known, and whatever else was reported. */
function statesOf(subject: Subject, bands: readonly Band[]): readonly string[] {
  const reported = bands.flatMap(({ changes }) => changes.map(({ state }) => state)).toSorted()
  return [...new Set([...known[subject], ...reported])]
}
