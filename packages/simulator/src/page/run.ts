import type { Report } from '../report.ts'

/** A report, and where it comes from. */
export interface Run {
  readonly report: Report
  /** Such as `down.json with clients.web.load.perSecond=50`. Default: nothing is said of it. */
  readonly source?: string
}

/** One run, or two that are compared. */
export type Runs = readonly [Run] | readonly [Run, Run]

/** What a name is followed by to tell the two runs apart; nothing where there is one alone. */
export function letterOf(runs: Runs, index: number): string {
  if (runs.length === 1) return ''
  return index === 0 ? 'A' : 'B'
}

/** `good A`. */
export function withLetter(text: string, runs: Runs, index: number): string {
  return `${text} ${letterOf(runs, index)}`.trim()
}

/** The names of all that any of the runs has, each once. */
export function namesIn(
  runs: Runs,
  of: (report: Report) => Readonly<Record<string, unknown>>,
): readonly string[] {
  return [...new Set(runs.flatMap(({ report }) => Object.keys(of(report))))]
}

/** Until the last of them ends. */
export function durationOf(runs: Runs): number {
  return Math.max(...runs.map(({ report }) => report.durationMs))
}
