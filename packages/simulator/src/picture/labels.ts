import type { Look } from './line.ts'
import { markup } from './markup.ts'
import type { Markup } from './markup.ts'
import { chartWidth, labelLeft, plotRight } from './plane.ts'
import { fitted } from './text-width.ts'

interface Label {
  readonly text: string
  readonly look: Look
  /** Where its line ends, if it has any point. */
  readonly at: { readonly x: number; readonly y: number } | undefined
}

const lineHeight = 15
const sampleWidth = 26
const fontSize = 12

/** The names of lines beside their ends, with a piece of each; apart from each other where the ends are not. */
export function labels(all: readonly Label[], top: number, bottom: number): Markup {
  const wanted = all.map(({ at }) => at?.y ?? bottom)
  const heights = apart(wanted, top + lineHeight / 2, bottom - lineHeight / 2, lineHeight)
  const textLeft = labelLeft + 16 + sampleWidth + 6
  return markup`${all.map(({ text, look, at }, index) => {
    const y = heights[index] ?? bottom
    const [from, to] = [labelLeft + 16, labelLeft + 16 + sampleWidth]
    const leader =
      at && markup`<path class="leader" d="M${at.x} ${at.y}L${plotRight} ${at.y}L${from - 2} ${y}"/>`
    return markup`${leader}${look.path(markup`M${from} ${y}H${to}`)}${look.mark((from + to) / 2, y)}
<text x="${textLeft}" y="${y + 4}">${fitted(text, chartWidth - textLeft, fontSize)}<title>${text}</title></text>`
  })}`
}

/** The nearest places to those that are wanted, between two ends, with at least so much between any two. */
export function apart(
  wanted: readonly number[],
  least: number,
  most: number,
  distance: number,
): readonly number[] {
  const order = wanted
    .map((_, index) => index)
    .toSorted((one, other) => (wanted[one] ?? 0) - (wanted[other] ?? 0))
  const places = [...wanted]
  let free = least
  for (const index of order) {
    places[index] = Math.max(free, wanted[index] ?? 0)
    free = (places[index] ?? 0) + distance
  }
  let limit = most
  for (const index of order.toReversed()) {
    places[index] = Math.min(limit, places[index] ?? 0)
    limit = (places[index] ?? 0) - distance
  }
  return places
}
