/** Case and figure, to subject, to one number a round. */
export type Results = Map<string, Map<string, number[]>>

export interface Target {
  readonly text: string
  readonly met: boolean
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function figure(results: Results, key: string, subject: string): number {
  return median(results.get(key)?.get(subject) ?? [])
}

/** Medians, with the ratio to the bare call where a case has one. */
export function table(results: Results, subjects: readonly string[]): readonly string[] {
  const head = `${''.padEnd(36)}${subjects.map((name) => name.padStart(20)).join('')}`
  const rows = [...results].map(([key, row]) => {
    const bare = median(row.get('bare') ?? [])
    const cells = subjects.map((subject) => {
      const value = median(row.get(subject) ?? [])
      if (Number.isNaN(value)) return '–'.padStart(20)
      const ratio = key.endsWith('| ns') && subject !== 'bare' ? ` (${(value / bare).toFixed(1)}x)` : ''
      return `${Math.round(value)}${ratio}`.padStart(20)
    })
    return `${key.padEnd(36)}${cells.join('')}`
  })
  return [head, ...rows]
}

/** What Holdfast set out to reach, with what it reached. */
export function targets(results: Results): readonly Target[] {
  const ns = (name: string, subject = 'holdfast'): number => figure(results, `${name} | ns`, subject)
  const stack = ns('stack of five')
  const refusal = ns('open breaker refuses')
  const flying = (subject: string): number => figure(results, '100 000 in flight | calls/s', subject)
  return [
    atMost('stack, times the bare call', stack / ns('stack of five', 'bare'), 5),
    atMost('stack, bytes a call', figure(results, 'stack of five | bytes', 'holdfast'), 700),
    atLeast('stack, times faster than opossum', ns('stack of five', 'opossum') / stack, 6),
    atLeast('stack, times faster than cockatiel', ns('stack of five', 'cockatiel') / stack, 30),
    atMost('refusal, nanoseconds', refusal, 1_000),
    atLeast('refusal, times cheaper than opossum', ns('open breaker refuses', 'opossum') / refusal, 5),
    atLeast('refusal, times cheaper than cockatiel', ns('open breaker refuses', 'cockatiel') / refusal, 5),
    atLeast(
      '100 000 in flight, times the throughput of opossum',
      flying('holdfast') / flying('opossum'),
      2.5,
    ),
    atMost(
      'used and idle keyed breaker, bytes',
      figure(results, '100 000 keys | bytes/key', 'holdfast'),
      1_000,
    ),
  ]
}

function atMost(text: string, value: number, bound: number): Target {
  return { text: `${text}: ${value.toPrecision(3)} (at most ${bound})`, met: value <= bound }
}

function atLeast(text: string, value: number, bound: number): Target {
  return { text: `${text}: ${value.toPrecision(3)} (at least ${bound})`, met: value >= bound }
}
