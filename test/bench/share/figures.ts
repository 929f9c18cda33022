export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** A target and whether it was met. */
export function atMost(text: string, value: number, bound: number): string {
  return `${value <= bound ? '✓' : '✗'} ${text}, at most ${bound}: ${Number(value.toPrecision(3))}`
}
