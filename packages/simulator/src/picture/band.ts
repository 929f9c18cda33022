import { figure } from './figures.ts'

/** How one thing went from state to state. */
export interface Band {
  readonly label: string
  /** In order. Until the first, the usual state holds. */
  readonly changes: readonly { readonly atMs: number; readonly state: string }[]
}

/** A time without a change. */
export interface Stay {
  readonly state: string
  readonly fromMs: number
  readonly toMs: number
}

/** From the beginning until the end, without gaps. */
export function staysIn({ changes }: Band, usual: string, durationMs: number): readonly Stay[] {
  const moments = [{ atMs: 0, state: usual }, ...changes].map(({ atMs, state }) => ({
    fromMs: Math.min(durationMs, Math.max(0, atMs)),
    state,
  }))
  return moments.map(({ fromMs, state }, index) => {
    return { state, fromMs, toMs: moments[index + 1]?.fromMs ?? durationMs }
  })
}

/** How long it was in each state, in the order in which it came to them: `closed 49.8 s, open 10.2 s`. */
export function timesInWords(band: Band, usual: string, durationMs: number): string {
  const times = new Map<string, number>()
  for (const { state, fromMs, toMs } of staysIn(band, usual, durationMs)) {
    times.set(state, (times.get(state) ?? 0) + toMs - fromMs)
  }
  const known = [...times].filter(([, ms]) => ms > 0)
  return known.map(([name, ms]) => `${name} ${figure(ms, 'ms')}`).join(', ')
}
