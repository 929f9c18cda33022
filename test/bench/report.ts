/** One figure of one subject, or in words why there is none. */
export interface Cell {
  readonly value?: number
  /** To the bare call. */
  readonly ratio?: number
  readonly missing?: string
}

/** One figure of one case, by subject. */
export interface Row {
  readonly name: string
  readonly figure: string
  readonly cells: ReadonlyMap<string, Cell>
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

const nameWidth = 38
const cellWidth = 17

export function line(cells: readonly string[]): string {
  const [name = '', ...rest] = cells
  return name.padEnd(nameWidth) + rest.map((cell) => cell.padStart(cellWidth)).join('')
}

export function rowLine({ name, figure, cells }: Row, subjects: readonly string[]): string {
  return line([`${name} | ${figure}`, ...subjects.map((subject) => show(subject, cells.get(subject)))])
}

function show(subject: string, cell: Cell | undefined): string {
  if (cell?.value === undefined || Number.isNaN(cell.value)) return cell?.missing ?? '–'
  const value =
    Math.abs(cell.value) < 10 ? String(Number(cell.value.toFixed(2))) : String(Math.round(cell.value))
  const ratio = cell.ratio === undefined || subject === 'bare' ? '' : ` (${cell.ratio.toPrecision(3)}x)`
  return value + ratio
}
