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
  ['success', ({ success }) => percent(success)],
  ['latency, p50', ({ p50Ms }) => milliseconds(p50Ms)],
  ['latency, p99', ({ p99Ms }) => milliseconds(p99Ms)],
  ['requests to the primary while it was down', (result) => String(result.sentToPrimaryWhileDown)],
  ['time to fail over', ({ failOverMs }) => seconds(failOverMs)],
  ['time to fail back', ({ failBackMs }) => seconds(failBackMs)],
]

export function table(bare: Result, holdfast: Result): string {
  const body = rows.map(([label, value]) => row(label, value(bare), value(holdfast)))
  return [row('', 'bare', 'holdfast'), '─'.repeat(68), ...body].join('\n')
}

function row(label: string, left: string, right: string): string {
  return label.padEnd(44) + left.padStart(12) + right.padStart(12)
}

export function goalLines(reached: readonly Goal[]): string {
  return reached.map(({ text, met }) => `${met ? '✓' : '✗'} ${text}`).join('\n')
}

export const legend: string = [
  'Latency counts from the moment a request was due; one without an answer within 2 s has failed. Fail-',
  'over: from the start of an outage (the longer of hung and killed) until, for a quarter of a second,',
  'the standby serves 90 % without a wait for the primary, and 99 % succeed. Fail-back: from the return',
  'of the primary until it serves 90 % for a quarter of a second.',
].join('\n')

const lineWidth = 100
const nameWidth = 10

/** One policy with its options, as one would write them, in lines that fit a terminal. */
export function policyLines(name: string, options: object): string {
  const lines = ['']
  for (const word of words(options)) {
    const line = lines.at(-1) ?? ''
    const longer = line === '' ? word : `${line}, ${word}`
    if (longer.length + nameWidth + 2 <= lineWidth) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(nameWidth)}${line}`).join('\n')
}

function words(options: object): readonly string[] {
  return Object.entries(options).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return `${name}: '${value}'`
    if (typeof value !== 'object' || value === null) return `${name}: ${String(value)}`
    return Array.isArray(value) ? `${name}: ${value.join(', ')}` : `${name}: { ${words(value).join(', ')} }`
  })
}

/** What a gateway did about its endpoints, and when. */
export interface Deed {
  readonly atMs: number
  readonly text: string
}

/** One line a deed; those that only repeat the one before are counted. */
export function deedLines(deeds: readonly Deed[]): string {
  const lines: { readonly deed: Deed; times: number }[] = []
  for (const deed of deeds) {
    const last = lines.at(-1)
    if (last?.deed.text === deed.text) last.times++
    else lines.push({ deed, times: 1 })
  }
  const told = lines.map(({ deed: { atMs, text }, times }) => {
    return `  ${(atMs / 1_000).toFixed(1).padStart(5)} s  ${text}${times > 1 ? `, ${times} times` : ''}`
  })
  return ['what holdfast did about its endpoints', ...told].join('\n')
}

export function percent(ratio: number): string {
  return `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`
}

function milliseconds(ms: number): string {
  return Number.isNaN(ms) ? '–' : `${Math.round(ms)} ms`
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(2)} s`
}
