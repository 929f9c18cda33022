import { bandChart } from '../picture/band-chart.ts'
import type { BandChart } from '../picture/band-chart.ts'
import { figure } from '../picture/figures.ts'
import { lineChart } from '../picture/line-chart.ts'
import type { LineChart } from '../picture/line-chart.ts'
import { Markup, markup } from '../picture/markup.ts'
import { clientCharts } from './client-charts.ts'
import { clientsBeside } from './clients-beside.ts'
import { bandNumbers, lineNumbers } from './numbers.ts'
import { pageStyle } from './page-style.ts'
import { injectionsTable, replicasTable } from './run-tables.ts'
import { letterOf, namesIn } from './run.ts'
import type { Run, Runs } from './run.ts'
import { serviceCharts } from './service-charts.ts'
import { stateCharts } from './state-charts.ts'
import { errorsTable, totalsTable, verdict } from './totals.ts'

/** Forbids everything but what stands in the page itself. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/**
 * What came of a run as an HTML page that needs nothing else: what matters most, charts with their numbers, tables. Of two
 * runs side by side: the first is A, the second B.
 */
export function reportPage(...runs: Runs): string {
  const title = [...new Set(runs.map(({ report }) => report.scenario))].join(' against ')
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${runs.map((run, index) => about(run, letterOf(runs, index)))}
${sectionsOf(runs)}
</main>
</body>
</html>
`.text
}

function sectionsOf(runs: Runs): readonly (Markup | undefined)[] {
  const clients = namesIn(runs, (report) => report.clients)
  const replicas = runs.flatMap(({ report }) => Object.values(report.replicas))
  const services = [...new Set(replicas.map(({ service }) => service))]
  return [
    section('In short', [verdict(runs)]),
    section('Clients beside each other', clientsBeside(runs).map(figureOf)),
    ...clients.map((name) => section(`Calls of ${name}`, clientCharts(runs, name).map(figureOf))),
    ...services.map((name) => section(`The service ${name}`, serviceCharts(runs, name).map(figureOf))),
    section('States', stateCharts(runs).map(figureOf)),
    section('Tables', [
      ...clients.flatMap((name) => [totalsTable(runs, name), errorsTable(runs, name)]),
      replicasTable(runs),
      injectionsTable(runs),
    ]),
  ]
}

function about({ report, source }: Run, letter: string): Markup {
  const { scenario, description, seed, ground, durationMs, warmUpMs } = report
  const facts = [
    ...(source === undefined ? [] : [source]),
    `seed ${seed}`,
    ground === 'real' ? 'real processes' : 'simulated',
    figure(durationMs, 'ms'),
    ...(warmUpMs > 0 ? [`the first ${figure(warmUpMs, 'ms')} are in no total`] : []),
  ]
  const name = letter === '' ? undefined : markup`<b>${letter}: ${scenario}.</b> `
  return markup`<p class="about">${name}${description} <span>(${facts.join('; ')})</span></p>
`
}

function section(heading: string, parts: readonly (Markup | undefined)[]): Markup | undefined {
  if (parts.length === 0) return undefined
  return markup`<section><h2>${heading}</h2>
${parts}</section>
`
}

function figureOf(chart: LineChart | BandChart): Markup {
  const [svg, numbers] =
    'rows' in chart ? [bandChart(chart), bandNumbers(chart)] : [lineChart(chart), lineNumbers(chart)]
  return markup`<figure><div class="wide">${new Markup(svg)}</div>
<details><summary>in numbers</summary>${numbers}</details></figure>
`
}
