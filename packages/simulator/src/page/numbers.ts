import type { BandChart } from '../picture/band-chart.ts'
import { timesInWords } from '../picture/band.ts'
import { figure } from '../picture/figures.ts'
import type { LineChart } from '../picture/line-chart.ts'
import type { Markup } from '../picture/markup.ts'
import { table } from './table.ts'

/** What a chart of lines shows, in numbers. */
export function lineNumbers({ title, unit, lines, stepMs, durationMs }: LineChart): Markup {
  const count = Math.min(
    Math.ceil(durationMs / stepMs),
    Math.max(0, ...lines.map(({ values }) => values.length)),
  )
  return table({
    caption: title,
    headings: ['from', ...lines.map(({ label }) => label)],
    rows: Array.from({ length: count }, (_, index) => [
      figure(index * stepMs, 'ms'),
      ...lines.map(({ values }) => figure(values[index] ?? null, unit)),
    ]),
  })
}

/** How long each was in which state. */
export function bandNumbers({ title, rows, states, durationMs }: BandChart): Markup {
  return table({
    caption: title,
    headings: ['', 'how long in each state', 'changes'],
    words: 2,
    rows: rows.map((row) => [
      row.label,
      timesInWords(row, states[0] ?? '', durationMs),
      figure(row.changes.length, 'count'),
    ]),
  })
}
