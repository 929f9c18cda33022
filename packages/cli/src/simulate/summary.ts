import { clientCharts, difference, figure, stateCharts } from '@holdfast/simulator'
import type { ClientReport, Run, Runs, Unit } from '@holdfast/simulator'
import type { Paint } from '../paint.ts'
import { table } from '../table.ts'
import type { Cell } from '../table.ts'
import { printable } from '../text.ts'
import { picture } from './picture.ts'

type Figure = number | null | undefined

/** What is told of each client. */
const columns: readonly {
  readonly heading: string
  readonly unit: Unit
  of(client: ClientReport): Figure
}[] = [
  { heading: 'GOOD', unit: 'ratio', of: ({ goodRatio }) => goodRatio },
  { heading: 'CALLS', unit: 'count', of: ({ calls }) => calls },
  { heading: 'LATE', unit: 'count', of: ({ late }) => late },
  { heading: 'FAILED', unit: 'count', of: ({ failed }) => failed },
  { heading: 'REFUSED', unit: 'count', of: ({ refused }) => refused },
  { heading: 'ATTEMPTS', unit: 'count', of: ({ attempts }) => attempts },
  { heading: 'P50', unit: 'ms', of: ({ latencyMs }) => latencyMs?.p50 },
  { heading: 'P99', unit: 'ms', of: ({ latencyMs }) => latencyMs?.p99 },
]

/** What came of one run, or of two, for people: what was played, what callers saw as tables, and a picture. */
export function summaryLines(runs: Runs, paint: Paint, width: number): readonly string[] {
  const clients = [...new Set(runs.flatMap(({ report }) => Object.keys(report.clients)))]
  const errors = clients.flatMap((name) => errorRows(runs, name))
  const charts = [...clients.flatMap((name) => clientCharts(runs, name)), ...stateCharts(runs)]
  return [
    ...runs.flatMap((run, index) => aboutLines(run, lettersOf(runs)[index] ?? '')),
    '',
    ...table(['CLIENT', ...columns.map(({ heading }) => heading)], clientRows(runs, clients), paint, width),
    '',
    ...(errors.length === 0 ? [] : [...table(['ERROR', 'CLIENT', 'CALLS'], errors, paint, width), '']),
    ...picture(charts, paint, width),
  ]
}

/** Nothing where there is one run alone. */
function lettersOf(runs: Runs): readonly string[] {
  return runs.length === 1 ? [''] : ['A', 'B']
}

function aboutLines({ report, source }: Run, letter: string): readonly string[] {
  const { scenario, description, seed, ground, durationMs, warmUpMs } = report
  const warmUp = warmUpMs > 0 ? [`the first ${figure(warmUpMs, 'ms')} are in no total`] : []
  const facts = [source ?? scenario, `seed ${seed}`, ground, figure(durationMs, 'ms'), ...warmUp]
  const title = description === '' ? scenario : `${scenario}: ${description}`
  return [`${letter} ${printable(title)}`, `${letter} ${printable(facts.join('; '))}`].map((line) =>
    line.trim(),
  )
}

/** A row for each client and run; of two runs another one with how much more the first has. */
function clientRows(runs: Runs, clients: readonly string[]): readonly (readonly Cell[])[] {
  return clients.flatMap((name) => {
    const all = runs.map(({ report }) => report.clients[name])
    const rows = all.map((client, index) => [
      `${name} ${lettersOf(runs)[index]}`.trim(),
      ...columns.map(({ unit, of }) => figure((client && of(client)) ?? null, unit)),
    ])
    const [one, other] = all
    if (one !== undefined && other !== undefined) {
      const changes = columns.map(({ unit, of }) => difference(of(one) ?? null, of(other) ?? null, unit))
      rows.push([`${name} A − B`, ...changes])
    }
    return rows.map((row) => row.map((text) => ({ text: printable(text) })))
  })
}

/** The most frequent first. */
function errorRows(runs: Runs, name: string): readonly (readonly Cell[])[] {
  return runs.flatMap(({ report }, index) =>
    Object.entries(report.clients[name]?.errors ?? {})
      .toSorted(([, one], [, other]) => other - one)
      .map(([code, count]) => [code, `${name} ${lettersOf(runs)[index]}`.trim(), figure(count, 'count')])
      .map((row) => row.map((text) => ({ text: printable(text) }))),
  )
}
