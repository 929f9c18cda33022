export interface Budget {
  /** What was measured when it was last looked at. */
  readonly recorded: number
  /** What was promised. */
  readonly bound?: number
  /** Whether it may come to less, because another server or machine may be better at it. */
  readonly mayFall?: boolean
}

/** What a figure is that keeps to its budget. */
export const within = 'within its budget'

/** By how much a recorded figure may be exceeded, or undercut, before it has to be recorded anew. */
const tolerance = 1.25

/** Whether a figure keeps to its budget, and if not, how. */
export function verdict(
  what: string,
  figure: number,
  { recorded, bound = Infinity, mayFall }: Budget,
): string {
  const said = `${what}: ${figure.toFixed(2)}, recorded ${recorded}`
  console.log(said)
  if (figure > bound) return `${said}; more than the promised ${bound}`
  if (figure > recorded * tolerance) return `${said}; more than a quarter above`
  if (mayFall !== true && figure < recorded / tolerance)
    return `${said}; so much less that it has to be recorded anew`
  return within
}
