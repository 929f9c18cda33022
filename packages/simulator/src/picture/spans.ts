import { figure } from './figures.ts'
import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { chartWidth, xOf } from './plane.ts'
import { fitted, widthOf } from './text-width.ts'
import type { Span } from './time-chart.ts'

interface Stretch {
  readonly from: number
  readonly to: number
}

/** All spans of one label, and the lane in which they are named. */
interface Marked {
  readonly label: string
  readonly labelAt: number
  readonly stretches: readonly Stretch[]
  readonly lane: number
}

const laneHeight = 16
const fontSize = 11
const longestLabel = 400
const gap = 6

/** Spans as a chart shows them: named in lanes above the plot, and shaded behind it. */
export class SpanMarks {
  /** Of the lanes. */
  readonly height: number
  readonly #marked: readonly Marked[]

  constructor(spans: readonly Span[], durationMs: number) {
    this.#marked = inLanes(stretchesOf(spans, durationMs))
    this.height = laneHeight * Math.max(0, ...this.#marked.map(({ lane }) => lane + 1))
  }

  lanes(top: number): Markup {
    return markup`${this.#marked.map(({ label, labelAt, stretches, lane }) => {
      const y = top + lane * laneHeight
      const bars = stretches.map(({ from, to }) => bar('span', from, to, y + laneHeight - 4, 3))
      const name = markup`<text class="small" x="${labelAt}" y="${y + 10}">${label}</text>`
      return [bars, name]
    })}`
  }

  shades(top: number, bottom: number): Markup {
    return markup`${this.#marked.map(({ stretches }) =>
      stretches.map(({ from, to }) => bar('shade', from, to, top, bottom - top)),
    )}`
  }
}

/** What happened when, in words. */
export function saidOf(spans: readonly Span[]): string {
  const labels = new Set(spans.map(({ label }) => label))
  if (labels.size === 0) return ''
  const all = Array.from(labels, (label) => {
    const own = spans.filter((span) => span.label === label)
    const from = Math.min(...own.map(({ fromMs }) => fromMs))
    const to = Math.max(...own.map(({ toMs }) => toMs))
    const times = own.length > 1 ? `, ${own.length} times` : ''
    return `${label} from ${figure(from, 'ms')} to ${figure(to, 'ms')}${times}`
  })
  return `Shaded: ${all.join('; ')}.`
}

function bar(kind: string, from: number, to: number, y: number, height: number): Markup {
  return markup`<rect class="${kind}" x="${from}" y="${y}" width="${Math.max(1, to - from)}" height="${height}"/>`
}

/** What is nearer than can be seen is one. */
function stretchesOf(spans: readonly Span[], durationMs: number): ReadonlyMap<string, readonly Stretch[]> {
  const all = new Map<string, Stretch[]>()
  for (const { label, fromMs, toMs } of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const [from, to] = [xOf(fromMs, durationMs), xOf(toMs, durationMs)]
    const known = all.get(label) ?? []
    const last = known.at(-1)
    if (last !== undefined && from - last.to < 1)
      known[known.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else known.push({ from, to })
    all.set(label, known)
  }
  return all
}

/** Each in the first lane in which it meets no other, nor its name. */
function inLanes(all: ReadonlyMap<string, readonly Stretch[]>): readonly Marked[] {
  const ends: number[] = []
  return Array.from(all, ([whole, stretches]) => {
    const label = fitted(whole, longestLabel, fontSize)
    const width = widthOf(label, fontSize)
    const [from, to] = [stretches[0]?.from ?? 0, stretches.at(-1)?.to ?? 0]
    const labelAt = Math.min(from, chartWidth - width)
    const begin = Math.min(from, labelAt) - gap
    const free = ends.findIndex((end) => end <= begin)
    const lane = free === -1 ? ends.length : free
    ends[lane] = Math.max(to, labelAt + width)
    return { label, labelAt, stretches, lane }
  })
}
