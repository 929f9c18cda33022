import { markup } from '../picture/markup.ts'
import type { Content, Markup } from '../picture/markup.ts'

export interface Table {
  readonly caption: string
  /** Of the columns. */
  readonly headings: readonly string[]
  /** The first cell of each is its heading. */
  readonly rows: readonly (readonly Content[])[]
  /** How many columns hold words; those behind them hold figures. Default 1. */
  readonly words?: number
}

export function table({ caption, headings, rows, words = 1 }: Table): Markup {
  const kind = (column: number): string => (column < words ? 'word' : 'figure')
  return markup`<div class="wide"><table><caption>${caption}</caption>
<thead><tr>${headings.map((heading, column) => markup`<th scope="col" class="${kind(column)}">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([first, ...rest]) =>
    markup`<tr><th scope="row">${first}</th>${rest.map((cell, index) => markup`<td class="${kind(index + 1)}">${cell}</td>`)}</tr>
`,
)}</tbody></table></div>`
}
