import { figure } from './figures.ts'

/** How one thing went from state to state. */
export interface Band {
  readonly label: string
  /** In order. Until the first, the usual state holds. */
  readonly changes: readonly { readonly atMs: number; readonly state: string }[]
}

/** How long it was in each state, in the order in which it came to them: `closed 49.8 s, open 10.2 s`. */
export function timesInWords({ changes }: Pick<Band, 'changes'>, usual: string, durationMs: number): string {
  const times = new Map<string, number>()
  let [state, sinceMs] = [usual, 0]
  for (const { atMs, state: next } of [...changes, { atMs: durationMs, state: '' }]) {
    const untilMs = Math.min(atMs, durationMs)
    times.set(state, (times.get(state) ?? 0) + Math.max(0, untilMs - sinceMs))
    ;[state, sinceMs] = [next, untilMs]
  }
  const known = [...times].filter(([, ms]) => ms > 0)
  return known.map(([name, ms]) => `${name} ${figure(ms, 'ms')}`).join(', ')
}
