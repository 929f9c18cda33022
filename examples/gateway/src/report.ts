import type { Result } from './measure.ts'

/** A bound that Holdfast has to keep. */
export interface Goal {
  readonly text: string
  readonly met: boolean
}

export function goals({ success, failOverMs, failBackMs }: Result): readonly Goal[] {
  return [
    { text: 'at least 99 % success over the whole schedule', met: success >= 0.99 },
    { text: 'fail-over within 1 s', met: failOverMs !== undefined && failOverMs <= 1_000 },
    { text: 'fail-back within 3 s', met: failBackMs !== undefined && failBackMs <= 3_000 },
  ]
}

const rows: readonly (readonly [label: string, value: (result: Result) => string])[] = [
  ['success', ({ success }) => `${(success * 100).toFixed(2)} %`],
  ['p50', ({ p50Ms }) => ms(p50Ms)],
  ['p99', ({ p99Ms }) => ms(p99Ms)],
  ['sent to the primary while down', (result) => String(result.sentToPrimaryWhileDown)],
  ['time to fail over', ({ failOverMs }) => ms(failOverMs)],
  ['time to fail back', ({ failBackMs }) => ms(failBackMs)],
]

export function table(bare: Result, holdfast: Result): string {
  const head = ['', 'bare', 'holdfast']
  const body = rows.map(([label, value]) => [label, value(bare), value(holdfast)])
  return [head, ...body]
    .map(
      ([label = '', left = '', right = '']) => `${label.padEnd(32)}${left.padStart(12)}${right.padStart(12)}`,
    )
    .join('\n')
}

export const legend: string = [
  'Fail-over: from the start of an outage (the longer of hung and killed) until the standby serves 90 % of a quarter of',
  'a second without a wait for the primary, and 99 % of it succeeds. Fail-back: from the return of the primary until it',
  'serves 90 %. Latency counts from the moment a request was due; without an answer within 2 s it failed.',
].join('\n')

function ms(value: number | undefined): string {
  return value === undefined ? 'never' : `${Math.round(value)} ms`
}
