import { svgOf } from './chart.ts'
import { figure } from './figures.ts'
import type { Unit } from './figures.ts'
import { labels } from './labels.ts'
import { Look } from './line.ts'
import type { Line } from './line.ts'
import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { plotLeft, plotRight, xOf } from './plane.ts'
import { linear, logarithmic, ofRatios } from './scale.ts'
import type { Scale } from './scale.ts'
import { saidOf } from './spans.ts'
import type { TimeChart } from './time-chart.ts'

export interface LineChart extends TimeChart {
  readonly unit: Unit
  /** How long one value is for; it is drawn in the middle. */
  readonly stepMs: number
  readonly lines: readonly Line[]
  /** Where what is small matters as much as what is large: `logarithmic`. Default `linear`; ratios always go from 0 to 1. */
  readonly scale?: 'linear' | 'logarithmic'
}

interface Point {
  readonly x: number
  readonly y: number
}

/** What has been drawn of one line. */
interface Drawn {
  readonly line: Line
  readonly look: Look
  /** Of each step. */
  readonly points: readonly (Point | undefined)[]
}

const plotHeight = 170
const leastPerLabel = 15
const marksPerLine = 9

/** Values over time as SVG. Lines are told apart by dashes, marks, colours, and by their names beside them. */
export function lineChart(chart: LineChart): string {
  const { lines, unit, spans = [] } = chart
  const height = Math.max(plotHeight, lines.length * leastPerLabel)
  const description = [...lines.map((line) => inWords(line, unit)), saidOf(spans)].join(' ')
  return svgOf(chart, { height, description, draw: (top, bottom) => plot(chart, top, bottom) })
}

function plot(chart: LineChart, top: number, bottom: number): Markup {
  const scale = scaleFor(chart)
  const drawn = chart.lines.map((line, index): Drawn => {
    const points = pointsOf(line, chart, (value) => bottom - scale.heightOf(value) * (bottom - top))
    return { line, look: new Look(line, index), points }
  })
  const ends = drawn.map(({ line, look, points }) => ({
    text: line.label,
    look,
    at: points.findLast((point) => point !== undefined),
  }))
  return markup`${valueAxis(scale, chart.unit, top, bottom)}
${drawn.map(curve)}
${labels(ends, top, bottom)}`
}

function scaleFor({ lines, unit, scale }: LineChart): Scale {
  if (unit === 'ratio') return ofRatios
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null))
  return scale === 'logarithmic' ? logarithmic(values) : linear(values)
}

function valueAxis(scale: Scale, unit: Unit, top: number, bottom: number): Markup {
  return markup`${scale.ticks.map((tick) => {
    const y = bottom - scale.heightOf(tick) * (bottom - top)
    return markup`<path class="rule" d="M${plotLeft} ${y}H${plotRight}"/><text class="small end" x="${plotLeft - 6}" y="${y + 4}">${figure(tick, unit)}</text>`
  })}`
}

function pointsOf(
  { values }: Line,
  { stepMs, durationMs }: LineChart,
  heightOf: (value: number) => number,
): Drawn['points'] {
  return values.slice(0, Math.ceil(durationMs / stepMs)).map((value, index) => {
    if (value === null) return undefined
    const [fromMs, toMs] = [index * stepMs, Math.min(durationMs, (index + 1) * stepMs)]
    return { x: xOf((fromMs + toMs) / 2, durationMs), y: heightOf(value) }
  })
}

function curve({ look, points }: Drawn, index: number, { length }: readonly Drawn[]): Markup {
  const every = Math.max(1, Math.ceil(points.length / marksPerLine))
  const first = Math.floor((every * (index + 0.5)) / length)
  const isMarked = (at: number): boolean =>
    at % every === first || (points[at - 1] === undefined && points[at + 1] === undefined)
  const marks = points.map((point, at) =>
    point !== undefined && isMarked(at) ? look.mark(point.x, point.y) : undefined,
  )
  return markup`${look.path(pathThrough(points))}${marks}`
}

/** Broken where there is nothing. */
function pathThrough(points: Drawn['points']): Markup {
  return markup`${points.map((point, index) =>
    point === undefined
      ? undefined
      : markup`${points[index - 1] === undefined ? 'M' : 'L'}${point.x} ${point.y}`,
  )}`
}

function inWords({ label, values }: Line, unit: Unit): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${label}: no values.`
  const least = known.reduce((one, other) => Math.min(one, other))
  const most = known.reduce((one, other) => Math.max(one, other))
  const last = known.at(-1) ?? null
  return `${label}: from ${figure(least, unit)} to ${figure(most, unit)}, at the end ${figure(last, unit)}.`
}
