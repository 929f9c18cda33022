import { figure } from '@holdfast/simulator'
import type { BandChart, LineChart, Span } from '@holdfast/simulator'
import type { Paint } from '../paint.ts'
import { cut } from '../table.ts'
import { printable } from '../text.ts'
import { bandColumns, lineColumns, spanColumns } from './columns.ts'

/** One line of the picture; a heading has a label alone. */
interface Row {
  readonly label: string
  /** A character for each of so many columns. */
  draw?(count: number): string
  readonly note?: string
}

const mostColumns = 60
const leastColumns = 10
const longestLabel = 30

/** Charts as lines of characters, with the same times in the same columns: what happened, values, and states. */
export function picture(
  charts: readonly (LineChart | BandChart)[],
  paint: Paint,
  width: number,
): readonly string[] {
  const [first] = charts
  if (first === undefined) return []
  const { durationMs, spans = [] } = first
  const rows = [
    axisRow(durationMs),
    ...spanRows(spans, durationMs),
    ...charts.flatMap((chart) => ('rows' in chart ? bandRows(chart) : lineRows(chart))),
  ]
  const drawn = rows.filter(({ draw }) => draw !== undefined)
  const labelWidth = Math.min(longestLabel, longest(drawn.map(({ label }) => label)))
  const noteWidth = longest(drawn.map(({ note = '' }) => note))
  const count = Math.max(leastColumns, Math.min(mostColumns, width - labelWidth - noteWidth - 4))
  return rows.map(({ label, draw, note = '' }) => {
    if (draw === undefined) return paint('faint', cut(label, width))
    return cut(`${padded(cut(label, labelWidth), labelWidth)}  ${draw(count)}  ${note}`.trimEnd(), width)
  })
}

function axisRow(durationMs: number): Row {
  const end = figure(durationMs, 'ms')
  return { label: '', draw: (count) => `0${end.padStart(count - 1)}` }
}

function spanRows(spans: readonly Span[], durationMs: number): readonly Row[] {
  return [...new Set(spans.map(({ label }) => label))].map((label) => {
    const own = spans.filter((span) => span.label === label)
    const from = figure(Math.min(...own.map(({ fromMs }) => fromMs)), 'ms')
    const to = figure(Math.max(...own.map(({ toMs }) => toMs)), 'ms')
    return {
      label: printable(label),
      draw: (count) => spanColumns(own, durationMs, count),
      note: `${from} to ${to}`,
    }
  })
}

function lineRows(chart: LineChart): readonly Row[] {
  const { title, lines, unit } = chart
  return [
    { label: printable(title) },
    ...lines.map(({ label, values }, index) => ({
      label: printable(label),
      draw: (count: number) => lineColumns(chart, count)[index] ?? '',
      note: rangeOf(
        values.filter((value) => value !== null),
        unit,
      ),
    })),
  ]
}

function rangeOf(values: readonly number[], unit: LineChart['unit']): string {
  if (values.length === 0) return 'none'
  const least = values.reduce((one, other) => Math.min(one, other))
  const most = values.reduce((one, other) => Math.max(one, other))
  return `${figure(least, unit)} to ${figure(most, unit)}`
}

function bandRows(chart: BandChart): readonly Row[] {
  const { title, rows, states } = chart
  return [
    { label: `${title}, from ${states.join(' to ')}` },
    ...rows.map(({ label, changes }, index) => ({
      label: printable(label),
      draw: (count: number) => bandColumns(chart, count)[index] ?? '',
      note: `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`,
    })),
  ]
}

/** By what is seen of it: some characters are two units of a text. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(width - [...text].length)
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, [...text].length), 0)
}
