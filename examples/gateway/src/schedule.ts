/** What an inventory process does with a request. */
export type Health = 'healthy' | 'errors' | 'slow' | 'hung' | 'killed'

export interface Phase {
  readonly name: string
  readonly primary: Health
  readonly standby: Health
  /** Milliseconds from the start. */
  readonly startMs: number
  readonly endMs: number
}

const phases: readonly (readonly [name: string, primary: Health, standby: Health])[] = [
  ['healthy', 'healthy', 'healthy'],
  ['20 % errors', 'errors', 'healthy'],
  ['latency ×20', 'slow', 'healthy'],
  ['hung', 'hung', 'healthy'],
  ['killed', 'killed', 'healthy'],
  ['back', 'healthy', 'healthy'],
  ['both slow', 'slow', 'slow'],
]

/** The faults in order, all of one length, in `seconds` together. */
export function schedule(seconds: number): readonly Phase[] {
  const eachMs = (seconds * 1_000) / phases.length
  return phases.map(([name, primary, standby], index) => {
    return { name, primary, standby, startMs: index * eachMs, endMs: (index + 1) * eachMs }
  })
}

/** Whether the primary answers nothing in that phase. */
export function isDown({ primary }: Phase): boolean {
  return primary === 'hung' || primary === 'killed'
}
