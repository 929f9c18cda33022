import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { chartWidth, plotLeft, plotRight, xOf } from './plane.ts'
import { SpanMarks } from './spans.ts'
import { chartStyle } from './style.ts'
import { fitted } from './text-width.ts'
import type { TimeChart } from './time-chart.ts'
import { moment, moments } from './ticks.ts'

/** What a kind of chart draws itself. */
export interface Drawing {
  /** Of the plot. */
  readonly height: number
  /** Below the axis of time. */
  readonly footHeight?: number
  /** In words, for those who cannot see it. */
  readonly description: string
  draw(top: number, bottom: number): Markup
}

const titleHeight = 24
/** It is bold, and so as wide as larger letters are. */
const titleSize = 14 * 1.15
export const axisHeight: number = 24

/** A chart over time as SVG that needs nothing else: title, what happened, the plot, and the axis of time below it. */
export function svgOf({ title, durationMs, spans = [] }: TimeChart, drawing: Drawing): string {
  const marks = new SpanMarks(spans, durationMs)
  const top = titleHeight + marks.height + 6
  const bottom = top + drawing.height
  const height = bottom + axisHeight + (drawing.footHeight ?? 0)
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 ${chartWidth} ${height}">
<title>${title}</title>
<desc>${drawing.description}</desc>
<style>${chartStyle}</style>
<rect class="ground" width="${chartWidth}" height="${height}"/>
<text class="title" x="${plotLeft}" y="16">${fitted(title, chartWidth - plotLeft, titleSize)}</text>
${marks.lanes(titleHeight)}
${marks.shades(top, bottom)}
${timeAxis(durationMs, top, bottom)}
${drawing.draw(top, bottom)}
</svg>
`.text
}

function timeAxis(durationMs: number, top: number, bottom: number): Markup {
  const all = moments(durationMs, 9)
  const step = all[1] ?? durationMs
  const line = markup`<path class="axis" d="M${plotLeft} ${bottom}H${plotRight}"/>`
  return markup`${line}${all.map((ms) => {
    const x = xOf(ms, durationMs)
    return markup`<path class="rule" d="M${x} ${top}V${bottom + 4}"/><text class="small middle" x="${x}" y="${bottom + 16}">${moment(ms, step)}</text>`
  })}`
}
