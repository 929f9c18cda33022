import { beforeAll, describe, expect, it } from 'vitest'
import { readScenario } from '../reading/read-scenario.ts'
import type { Report } from '../report.ts'
import { simulate } from '../simulate.ts'
import { reportPage } from './report-page.ts'

const scenario = {
  name: 'outage',
  description: 'A service is down for two seconds.',
  durationMs: 10_000,
  warmUpMs: 1_000,
  services: { stock: { serviceMs: 20, replicas: 2 }, mail: { serviceMs: 5 } },
  clients: {
    web: {
      to: 'stock',
      load: { kind: 'open', perSecond: 50 },
      pipeline: [{ kind: 'retry' }, { kind: 'circuit-breaker' }],
    },
    batch: { to: 'mail', load: { kind: 'closed', callers: 1, thinkMs: 100 } },
  },
  injections: [{ kind: 'down', target: 'stock', fromMs: 4_000, toMs: 6_000 }],
}

let report: Report
let calm: Report
beforeAll(async () => {
  report = await simulate(readScenario(scenario))
  calm = await simulate(readScenario(scenario, { set: { injections: [] } }))
})

/** The text of a page, without its charts and styles. */
function textOf(page: string): string {
  return page
    .replaceAll(/<svg[\s\S]*?<\/svg>|<style>[\s\S]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

const chartsIn = (page: string): readonly string[] =>
  [...page.matchAll(/<svg[^>]*>\s*<title>([^<]*)<\/title>/g)].map(([, title = '']) => title)

describe('the page of a report', () => {
  it('says first what was played and what matters most, then shows charts, then tables', () => {
    const text = textOf(reportPage({ report, source: 'outage.json' }))
    const inOrder = [
      'outage A service is down for two seconds. (outage.json; seed 1; simulated; 10 s; the first 1 s are in no total)',
      'In short web good calls',
      'Calls of web',
      'Calls of batch',
      'The service stock',
      'The service mail',
      'States',
      'Totals of web',
      'Errors that callers of web saw',
      'Requests that came to each replica',
      'What was injected',
    ]
    const places = inOrder.map((each) => text.indexOf(each))
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places[0]).toBeGreaterThanOrEqual(0)
  })

  it('has a chart of everything, each with its numbers in a table', () => {
    const page = reportPage({ report })
    expect(chartsIn(page)).toEqual([
      'Good calls',
      'Time until an answer, p99',
      'Attempts sent for each call',
      'web: how calls ended',
      'web: time until an answer',
      'web: calls made, and attempts sent for them',
      'batch: how calls ended',
      'batch: time until an answer',
      'batch: calls made, and attempts sent for them',
      'stock: requests that came',
      'stock: requests in it',
      'stock: requests to each replica',
      'mail: requests that came',
      'mail: requests in it',
      'Circuits',
    ])
    expect(page.match(/<summary>in numbers<\/summary>/g)).toHaveLength(15)
    expect(textOf(page)).toMatch(/web: how calls ended from good [a-z ]*0 ms 100 %/)
  })

  it('shows clients in one chart where they are few, and are not alone', () => {
    const named = (count: number): Report['clients'] =>
      Object.fromEntries(Array.from({ length: count }, (_, place) => [`web-${place}`, web]))
    const web = report.clients['web'] as Report['clients'][string]
    for (const [count, has] of [
      [1, false],
      [2, true],
      [6, true],
      [7, false],
    ] as const) {
      const page = reportPage({ report: { ...report, clients: named(count) } })
      expect(page.includes('Clients beside each other')).toBe(has)
    }
  })

  it('gives the figures of the report', () => {
    const text = textOf(reportPage({ report }))
    const { calls, goodRatio } = report.clients['web'] ?? { calls: 0, goodRatio: 0 }
    expect(text).toContain(`good calls ${Number(((goodRatio ?? 0) * 100).toFixed(2))} % calls ${calls} `)
    expect(text).toContain('down-1 down stock 4 s 6 s 1 ')
  })

  it('shows two runs side by side, with the difference', () => {
    const page = reportPage({ report: calm, source: 'calm.json' }, { report })
    const text = textOf(page)
    const [one, other] = [calm, report].map(({ clients }) => clients['web']?.attempts ?? 0)
    const change = (one ?? 0) - (other ?? 0)
    expect(text).toContain('outage A: outage. A service')
    expect(text).toContain(`attempts ${one} ${other} ${change < 0 ? '−' : '+'}${Math.abs(change)} `)
    expect(page).toMatch(/>good A<title>[\s\S]*>good B<title>/)
    expect(page).toContain('>down-1 B</text>')
    expect(text).toContain('stock-1 A stock ')
    expect(text).toContain('stock-1 B stock ')
  })

  it('needs nothing else, and is let do nothing', () => {
    const page = reportPage({ report }, { report: calm })
    expect(page).toContain('http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src')
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /https?:|src=|href=|url\(|<script/,
    )
  })

  it('shows what others have written as text', () => {
    const hostile = '</title></svg><script>alert(1)</script>"\'&amp;'
    const odd: Report = {
      ...report,
      scenario: hostile,
      description: hostile,
      clients: Object.fromEntries(
        Object.values(report.clients).map((client) => [hostile, { ...client, errors: { [hostile]: 1 } }]),
      ),
      injections: report.injections.map((each) => ({ ...each, id: hostile, target: hostile })),
      states: report.states.map((each) => ({ ...each, instance: hostile, name: hostile })),
    }
    const page = reportPage({ report: odd, source: hostile })
    expect(page).not.toContain('<script')
    expect(page.match(/<\/title>/g)?.length).toBe(page.match(/<title>/g)?.length)
    expect(textOf(page)).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;amp;")
  })

  it('is the same each time', async () => {
    const again = await simulate(readScenario(scenario))
    expect(reportPage({ report: again })).toBe(reportPage({ report }))
  })
})
