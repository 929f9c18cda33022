import { figure } from '../picture/figures.ts'
import type { Markup } from '../picture/markup.ts'
import type { InjectionReport, Report } from '../report.ts'
import { letterOf } from './run.ts'
import type { Runs } from './run.ts'
import { table } from './table.ts'

/** What came to each replica. */
export function replicasTable(runs: Runs): Markup {
  return table({
    caption: 'Requests that came to each replica, the warm-up included',
    headings: [
      'replica',
      ...runHeading(runs),
      'service',
      'came',
      'answered',
      'failed',
      'refused',
      'for nobody',
    ],
    words: 2 + runHeading(runs).length,
    rows: runs.flatMap(({ report }, index) =>
      Object.entries(report.replicas).map(([name, replica]) => {
        const { service, requests, answered, failed, refused, wasted } = replica
        const counts = [requests, answered, failed, refused, wasted].map((count) => figure(count, 'count'))
        return [name, ...runCell(runs, index), service, ...counts]
      }),
    ),
  })
}

/** What was injected, and when; what comes and goes has one row. */
export function injectionsTable(runs: Runs): Markup {
  return table({
    caption: 'What was injected',
    headings: ['id', ...runHeading(runs), 'kind', 'where', 'from', 'until', 'times'],
    words: 3 + runHeading(runs).length,
    rows: runs.flatMap(({ report }, index) =>
      turnsIn(report).map((turns) => {
        const [{ id, kind, target, fromMs }] = turns
        const untilMs = Math.max(...turns.map(({ toMs }) => toMs))
        const times = [figure(fromMs, 'ms'), figure(untilMs, 'ms'), figure(turns.length, 'count')]
        return [id, ...runCell(runs, index), kind, target, ...times]
      }),
    ),
  })
}

type Turns = readonly [InjectionReport, ...InjectionReport[]]

/** The turns of each injection, by its id. */
function turnsIn({ injections }: Report): readonly Turns[] {
  const all = new Map<string, [InjectionReport, ...InjectionReport[]]>()
  for (const each of injections) {
    const known = all.get(each.id)
    if (known === undefined) all.set(each.id, [each])
    else known.push(each)
  }
  return [...all.values()]
}

function runHeading(runs: Runs): readonly string[] {
  return runs.length === 1 ? [] : ['run']
}

function runCell(runs: Runs, index: number): readonly string[] {
  return runs.length === 1 ? [] : [letterOf(runs, index)]
}
