import type { Paint, Style } from './paint.ts'

export interface Cell {
  readonly text: string
  readonly style?: Style
}

const gap = '  '

/** Lines of columns as wide as their widest cell. A line that is wider than `width` is cut. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  width: number = Infinity,
): readonly string[] {
  const head = headings.map((text): Cell => ({ text, style: 'faint' }))
  const all = [head, ...rows]
  const widths = headings.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, lengthOf(row[column])), 0),
  )
  return all.map((row) => line(row, widths, paint, width))
}

function line(row: readonly Cell[], widths: readonly number[], paint: Paint, width: number): string {
  let left = width
  let text = ''
  // Blanks that end a line are of no use.
  const last = row.findLastIndex((cell) => cell.text !== '')
  for (const [column, cell] of row.slice(0, last + 1).entries()) {
    const before = column === 0 ? '' : gap.slice(0, left)
    const shown = cut(cell.text, left - before.length)
    const blanks = column === last ? 0 : (widths[column] ?? 0) - lengthOf(cell)
    const padding = ' '.repeat(Math.min(blanks, left - before.length - [...shown].length))
    text += before + (cell.style === undefined ? shown : paint(cell.style, shown)) + padding
    left -= before.length + [...shown].length + padding.length
  }
  return text
}

/** As much of a text as fits, with an ellipsis where something is left out. */
export function cut(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`
}

function lengthOf(cell: Cell | undefined): number {
  return [...(cell?.text ?? '')].length
}
