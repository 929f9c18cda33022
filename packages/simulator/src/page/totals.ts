import type { Unit } from '../picture/figures.ts'
import { markup } from '../picture/markup.ts'
import type { Markup } from '../picture/markup.ts'
import type { ClientReport } from '../report.ts'
import { compared, comparedHeadings } from './compared.ts'
import { namesIn } from './run.ts'
import type { Runs } from './run.ts'
import { table } from './table.ts'

/** One figure of what the callers of a client saw. */
interface Total {
  readonly name: string
  readonly unit: Unit
  /** Whether it is told first. */
  readonly isMain?: true
  of(client: ClientReport): number | null
}

const totals: readonly Total[] = [
  { name: 'good calls', unit: 'ratio', isMain: true, of: ({ goodRatio }) => goodRatio },
  { name: 'calls', unit: 'count', isMain: true, of: ({ calls }) => calls },
  { name: 'good', unit: 'count', of: ({ good }) => good },
  { name: 'of these from the cache', unit: 'count', of: ({ cached }) => cached },
  { name: 'late', unit: 'count', of: ({ late }) => late },
  { name: 'failed', unit: 'count', of: ({ failed }) => failed },
  { name: 'of these refused by a policy', unit: 'count', of: ({ refused }) => refused },
  { name: 'attempts', unit: 'count', of: ({ attempts }) => attempts },
  { name: 'attempts a call', unit: 'count', isMain: true, of: ({ amplification }) => amplification },
  { name: 'mean time until an answer', unit: 'ms', of: ({ latencyMs }) => latencyMs?.mean ?? null },
  { name: 'p50', unit: 'ms', isMain: true, of: ({ latencyMs }) => latencyMs?.p50 ?? null },
  { name: 'p90', unit: 'ms', of: ({ latencyMs }) => latencyMs?.p90 ?? null },
  { name: 'p95', unit: 'ms', of: ({ latencyMs }) => latencyMs?.p95 ?? null },
  { name: 'p99', unit: 'ms', isMain: true, of: ({ latencyMs }) => latencyMs?.p99 ?? null },
  { name: 'p99.9', unit: 'ms', of: ({ latencyMs }) => latencyMs?.p999 ?? null },
  { name: 'longest', unit: 'ms', of: ({ latencyMs }) => latencyMs?.maximum ?? null },
]

/** The few figures that matter most, large, for each client. */
export function verdict(runs: Runs): Markup {
  const names = namesIn(runs, ({ clients }) => clients)
  const headings = comparedHeadings(runs, '')
  return markup`${names.map(
    (name) => markup`<h3>${name}</h3>
<dl class="verdict">${totals
      .filter(({ isMain }) => isMain === true)
      .map((total) => {
        const figures = figuresOf(runs, name, total)
        const shown = figures.map((each, index) => markup`<dd><small>${headings[index]}</small> ${each}</dd>`)
        return markup`<div><dt>${total.name}</dt>${shown}</div>`
      })}</dl>
`,
  )}`
}

/** All figures of a client; of two runs with how much more the first has. */
export function totalsTable(runs: Runs, name: string): Markup {
  return table({
    caption: `Totals of ${name}`,
    headings: ['', ...comparedHeadings(runs, '')],
    rows: totals.map((total) => [total.name, ...figuresOf(runs, name, total)]),
  })
}

/** How often calls of a client ended with which error. */
export function errorsTable(runs: Runs, name: string): Markup | undefined {
  const codes = namesIn(runs, ({ clients }) => clients[name]?.errors ?? {})
  if (codes.length === 0) return undefined
  return table({
    caption: `Errors that callers of ${name} saw`,
    headings: ['code', ...comparedHeadings(runs, 'calls')],
    rows: codes.map((code) => [
      code,
      ...compared(runs, 'count', ({ clients }) => clients[name] && (clients[name].errors[code] ?? 0)),
    ]),
  })
}

function figuresOf(runs: Runs, name: string, { unit, of }: Total): readonly string[] {
  return compared(runs, unit, ({ clients }) => clients[name] && of(clients[name]))
}
