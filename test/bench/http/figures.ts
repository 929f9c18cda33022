import { median } from '../report.ts'

/** Processor time for a request, in microseconds; compared with the first of its group in the same rounds. */
export interface Figure {
  readonly subject: string
  readonly us: number
  readonly ratio: number
  readonly addedUs: number
  /** Half of the rounds lie in between. */
  readonly addedBetweenUs: readonly [low: number, high: number]
}

/** Of what was measured in every round, the first subject being what the others are compared with. */
export function figuresOf(measured: ReadonlyMap<string, readonly number[]>): readonly Figure[] {
  const [bare = []] = measured.values()
  return [...measured].map(([subject, us]) => {
    const added = us.map((each, round) => each - (bare[round] ?? Number.NaN)).toSorted((a, b) => a - b)
    return {
      subject,
      us: median(us),
      ratio: median(us.map((each, round) => each / (bare[round] ?? Number.NaN))),
      addedUs: median(added),
      addedBetweenUs: [quantile(added, 0.25), quantile(added, 0.75)],
    }
  })
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
}
