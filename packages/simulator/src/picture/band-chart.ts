import { staysIn, timesInWords } from './band.ts'
import type { Band } from './band.ts'
import { axisHeight, svgOf } from './chart.ts'
import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { chartWidth, labelLeft, plotLeft, xOf } from './plane.ts'
import { saidOf } from './spans.ts'
import { fitted, widthOf } from './text-width.ts'
import type { TimeChart } from './time-chart.ts'

export interface BandChart extends TimeChart {
  /** All that there are, from the usual one on: the further in the list, the higher it is drawn. */
  readonly states: readonly string[]
  readonly rows: readonly Band[]
}

interface Block {
  readonly from: number
  readonly to: number
  readonly state: string
}

const rowHeight = 22
const blockHeight = 16
const legendLine = 20
const sampleWidth = 24
const fontSize = 11
const labelSize = 12

/** States over time as SVG, a row for each thing. States are told apart by height, and by their names where these fit. */
export function bandChart(chart: BandChart): string {
  const { rows, states, spans = [] } = chart
  return svgOf(chart, {
    height: rows.length * rowHeight + 6,
    footHeight: (entriesOf(states).at(-1)?.line ?? -1) * legendLine + legendLine + 4,
    description: [...rows.map((row) => inWords(row, chart)), saidOf(spans)].join(' '),
    draw: (top, bottom) => markup`${rows.map((row, index) => bandOf(row, chart, top + index * rowHeight))}
${legend(states, bottom + axisHeight)}`,
  })
}

function inWords(row: Band, { states, durationMs }: BandChart): string {
  return `${row.label}: ${timesInWords(row, states[0] ?? '', durationMs)}.`
}

function bandOf(row: Band, { states, durationMs }: BandChart, top: number): Markup {
  const foot = top + rowHeight - 1
  const blocks = blocksOf(row, states[0] ?? '', durationMs).map(({ from, to, state }) => {
    const drawn = block(state, states, { x: from, foot, width: to - from })
    const fits = heightOf(state, states) === blockHeight && widthOf(state, fontSize) + 6 < to - from
    if (!fits) return drawn
    return [
      drawn,
      markup`<text class="small middle on" x="${(from + to) / 2}" y="${foot - 4}">${state}</text>`,
    ]
  })
  const label = fitted(row.label, chartWidth - labelLeft, labelSize)
  return markup`${blocks}<text x="${labelLeft}" y="${foot - 4}">${label}<title>${row.label}</title></text>`
}

function block(
  state: string,
  states: readonly string[],
  { x, foot, width }: { readonly x: number; readonly foot: number; readonly width: number },
): Markup {
  const height = heightOf(state, states)
  const kind = state === states[0] ? 'usual' : 'block'
  return markup`<rect class="${kind}" x="${x}" y="${foot - height}" width="${width}" height="${height}"/>`
}

/** The usual state is a line. */
function heightOf(state: string, states: readonly string[]): number {
  const place = Math.max(0, states.indexOf(state))
  return place === 0 ? 1.5 : (blockHeight * place) / (states.length - 1)
}

/** What is shorter than can be seen is left out. */
function blocksOf(row: Band, usual: string, durationMs: number): readonly Block[] {
  const blocks: Block[] = []
  let from = plotLeft
  for (const { state, toMs } of staysIn(row, usual, durationMs)) {
    const to = xOf(toMs, durationMs)
    if (to - from < 0.5) continue
    const last = blocks.at(-1)
    if (last?.state === state) blocks[blocks.length - 1] = { from: last.from, to, state }
    else blocks.push({ from, to, state })
    from = to
  }
  return blocks
}

interface Entry {
  readonly state: string
  readonly left: number
  readonly line: number
}

/** The states beside each other, on as many lines as that takes. */
function entriesOf(states: readonly string[]): readonly Entry[] {
  let [left, line] = [plotLeft, 0]
  return states.map((state) => {
    const width = sampleWidth + 6 + widthOf(state, fontSize) + 18
    if (left > plotLeft && left + width > chartWidth) [left, line] = [plotLeft, line + 1]
    const entry = { state, left, line }
    left += width
    return entry
  })
}

function legend(states: readonly string[], top: number): Markup {
  return markup`${entriesOf(states).map(({ state, left, line }) => {
    const foot = top + (line + 1) * legendLine - 4
    return [
      block(state, states, { x: left, foot, width: sampleWidth }),
      markup`<text class="small" x="${left + sampleWidth + 6}" y="${foot}">${fitted(state, chartWidth - left - sampleWidth - 6, fontSize)}</text>`,
    ]
  })}`
}
