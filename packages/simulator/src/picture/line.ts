import { markup } from './markup.ts'
import type { Markup } from './markup.ts'

/** One line of a chart. */
export interface Line {
  readonly label: string
  /** One for each step; null where there is none. */
  readonly values: readonly (number | null)[]
  /** Lines of the same number have the same colour and the same marks. Default: its place in the list. */
  readonly hue?: number
  /** Lines of the same number have the same dashes; 0 is solid. Default: such that no two of 36 lines look alike. */
  readonly dash?: number
}

/** How one line differs from others, with and without colours. */
export class Look {
  readonly #hue: number
  readonly #dash: number

  constructor({ hue, dash }: Line, index: number) {
    this.#hue = (hue ?? index) % shapes.length
    // Beyond the last colour the first comes again, with other dashes.
    this.#dash = (dash ?? index + Math.floor(index / shapes.length)) % dashes.length
  }

  path(d: string | Markup): Markup {
    return markup`<path class="line hue${this.#hue}" stroke-dasharray="${dashes[this.#dash]}" d="${d}"/>`
  }

  mark(x: number, y: number): Markup {
    return markup`<path class="mark hue${this.#hue}" transform="translate(${x} ${y})" d="${shapes[this.#hue]}"/>`
  }
}

const dashes = ['none', '7 3', '2 2.5', '10 3 2 3', '4 4', '12 4'] as const

/** A circle, a square, a triangle, a diamond, a triangle on its tip, and a lying bar, around the origin. */
const shapes = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z',
  'M-3-3h6v6h-6z',
  'M0-4l4 7h-8z',
  'M0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z',
  'M0 4l4-7h-8z',
  'M-4.5-1.5h9v3h-9z',
] as const
