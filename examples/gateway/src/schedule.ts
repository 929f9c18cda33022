/** What an inventory process does with a request. */
export type Health = 'healthy' | 'errors' | 'slow' | 'hung' | 'killed'

export interface Phase {
  readonly name: string
  readonly seconds: number
  readonly primary: Health
  readonly standby: Health
}

const phases: readonly (readonly [name: string, primary: Health, standby: Health])[] = [
  ['healthy', 'healthy', 'healthy'],
  ['20 % errors', 'errors', 'healthy'],
  ['latency x 20', 'slow', 'healthy'],
  ['hung', 'hung', 'healthy'],
  ['killed', 'killed', 'healthy'],
  ['back', 'healthy', 'healthy'],
  ['both slow', 'slow', 'slow'],
]

/** The faults in order, scaled to `seconds` in all. */
export function schedule(seconds: number): readonly Phase[] {
  const each = seconds / phases.length
  return phases.map(([name, primary, standby]) => ({ name, seconds: each, primary, standby }))
}

/** Phases with the moment each begins, in milliseconds from the start. */
export function timeline(
  plan: readonly Phase[],
): readonly (Phase & { readonly startMs: number; readonly endMs: number })[] {
  let startMs = 0
  return plan.map((phase) => {
    const endMs = startMs + phase.seconds * 1_000
    const timed = { ...phase, startMs, endMs }
    startMs = endMs
    return timed
  })
}
