import { difference, figure } from '../picture/figures.ts'
import type { Unit } from '../picture/figures.ts'
import type { Report } from '../report.ts'
import type { Runs } from './run.ts'

/** A figure of a run; of two runs that of each, and how much more the first has. */
export function compared(
  runs: Runs,
  unit: Unit,
  of: (report: Report) => number | null | undefined,
): readonly string[] {
  const [one = null, other = null] = runs.map(({ report }) => of(report) ?? null)
  const shown = figure(one, unit)
  return runs.length === 1 ? [shown] : [shown, figure(other, unit), difference(one, other, unit)]
}

/** What stands above these figures; where there is one run alone, `alone`. */
export function comparedHeadings(runs: Runs, alone: string): readonly string[] {
  return runs.length === 1 ? [alone] : ['A', 'B', 'A − B']
}
