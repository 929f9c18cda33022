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
  const ratio =
    cell.ratio === undefined || Number.isNaN(cell.ratio) || subject === 'bare'
      ? ''
      : ` (${cell.ratio.toPrecision(3)}x)`
  return value + ratio
}

/** How to read the table. */
export const footer: readonly string[] = [
  '',
  'Every subject of a case is a process of its own, three times a new one. ns: median over rounds in which each',
  "subject, the bare call included, runs for some 4 ms in an order that moves on; (x): median of the rounds' own",
  'ratios to the bare call. Pauses for collection fall on few slices and so are not in it; bytes tell what they cost.',
  'bare: a refusal is compared with a rejecting call, a retry, a fallback and a firing timeout with code by hand.',
  'CPU ns: processor time of calls that wait. bytes: allocated a call, the bare call included, while nothing was',
  'collected. bytes held: of a call that waits, after a collection. peak MB: resident memory added at the highest.',
  'Loop delays are sampled every millisecond, which is in the figure. –: not offered.',
  '',
]

export function jsonRow({ name, figure, cells }: Row): object {
  return { name, figure, cells: Object.fromEntries(cells) }
}
