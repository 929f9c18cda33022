import type { BandChart, LineChart, Span } from '@holdfast/simulator'

const bars = [...'▁▂▃▄▅▆▇█']

/** How far up a bar goes, from 0 to 1. */
function bar(ratio: number): string {
  return bars[Math.min(bars.length - 1, Math.max(0, Math.round(ratio * (bars.length - 1))))] ?? ' '
}

/** Each line as a bar in each of so many columns; a blank where there is no value. All have the same scale. */
export function lineColumns(chart: LineChart, count: number): readonly string[] {
  const { lines, durationMs, stepMs, unit } = chart
  const steps = Math.ceil(durationMs / stepMs)
  const heightOf = heightIn(chart)
  return lines.map(({ values }) =>
    Array.from({ length: count }, (_, column) => {
      const from = Math.floor((column * steps) / count)
      const to = Math.max(from + 1, Math.floor(((column + 1) * steps) / count))
      const known = values.slice(from, to).filter((value) => value !== null)
      if (known.length === 0) return ' '
      const sum = known.reduce((one, other) => one + other, 0)
      // What took long matters; of everything else the mean.
      return bar(heightOf(unit === 'ms' ? Math.max(...known) : sum / known.length))
    }).join(''),
  )
}

/** From a value to a share of the height. */
function heightIn({ lines, unit, scale }: LineChart): (value: number) => number {
  if (unit === 'ratio') return (value) => value
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null))
  const most = values.reduce((one, other) => Math.max(one, other), 0)
  if (scale !== 'logarithmic') return (value) => value / (most || 1)
  const least = values.filter((value) => value > 0).reduce((one, other) => Math.min(one, other), most)
  return (value) => Math.log(value / least) / (Math.log(most / least) || 1)
}

/** Each row of states as a bar in each of so many columns: the highest of the states in that time; a dot for the usual one. */
export function bandColumns({ rows, states, durationMs }: BandChart, count: number): readonly string[] {
  const usual = '·'
  return rows.map(({ changes }) => {
    const heights = Array.from({ length: count }, () => 0)
    const moments = [...changes, { atMs: durationMs, state: '' }]
    for (const [index, { atMs, state }] of changes.entries()) {
      const height = Math.max(0, states.indexOf(state)) / Math.max(1, states.length - 1)
      for (const column of columnsOf(
        { fromMs: atMs, toMs: moments[index + 1]?.atMs ?? atMs },
        durationMs,
        count,
      )) {
        heights[column] = Math.max(heights[column] ?? 0, height)
      }
    }
    return heights.map((height) => (height === 0 ? usual : bar(height))).join('')
  })
}

/** The columns in which any of the spans is on. */
export function spanColumns(spans: readonly Span[], durationMs: number, count: number): string {
  const on = new Set(spans.flatMap((span) => [...columnsOf(span, durationMs, count)]))
  return Array.from({ length: count }, (_, column) => (on.has(column) ? '█' : '·')).join('')
}

function* columnsOf(
  { fromMs, toMs }: Omit<Span, 'label'>,
  durationMs: number,
  count: number,
): Iterable<number> {
  const first = Math.floor((fromMs / durationMs) * count)
  const last = Math.max(first + 1, Math.ceil((Math.min(toMs, durationMs) / durationMs) * count))
  for (let column = first; column < Math.min(last, count); column++) yield column
}
