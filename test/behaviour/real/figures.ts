import type { Report } from '@holdfast/simulator'

/** What is compared, by what it is and its unit. Null: it never came to that. */
export type Figures = Readonly<Record<string, number | null>>

export function figuresOf({ clients, replicas, states }: Report): Figures {
  const figures: Record<string, number | null> = {}
  for (const [name, client] of Object.entries(clients)) {
    const { calls, refused, goodRatio, amplification, latencyMs } = client
    figures[`${name}: calls`] = calls
    figures[`${name}: good (%)`] = percent(goodRatio)
    figures[`${name}: refused by a policy (%)`] = percent(calls === 0 ? null : refused / calls)
    figures[`${name}: attempts a call`] = amplification
    figures[`${name}: half of the answers within (ms)`] = latencyMs?.p50 ?? null
    figures[`${name}: 90 % of the answers within (ms)`] = latencyMs?.p90 ?? null
    figures[`${name}: 99 % of the answers within (ms)`] = latencyMs?.p99 ?? null
  }
  for (const [name, { requests }] of Object.entries(replicas)) figures[`${name}: requests`] = requests
  for (const { instance, name, changes } of states) {
    const [first] = changes
    if (first !== undefined) figures[`${instance}: ${name} first ${first.state} (s)`] = first.atMs / 1_000
  }
  return figures
}

function percent(ratio: number | null): number | null {
  return ratio === null ? null : 100 * ratio
}

/** Of several runs: the least, the median and the most. A run in which it never came to that counts as the most. */
export function spreadOf(runs: readonly Figures[], figure: string): readonly (number | null)[] {
  const values = runs.map((run) => run[figure] ?? Infinity).toSorted((one, other) => one - other)
  return [0, (values.length - 1) >> 1, values.length - 1].map((place) => {
    const value = values[place] ?? Infinity
    return value === Infinity ? null : value
  })
}
