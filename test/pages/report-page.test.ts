import { readFileSync } from 'node:fs'
import { bandChart, lineChart, readScenario, reportPage, simulate } from '@holdfast/simulator'
import type { Report } from '@holdfast/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from './browser.ts'
import type { ViewOptions } from './browser.ts'

const look = readFileSync(new URL('./look.mjs', import.meta.url), 'utf8')

/** Much of everything: services, replicas, clients, instances, injections that overlap and flap, long names. */
const busy = readScenario({
  name: 'much of everything',
  description: 'Replicas fail, are slow and come back, while several clients call them.',
  durationMs: 30_000,
  warmUpMs: 3_000,
  services: {
    stock: { replicas: 8, workers: 5, serviceMs: { kind: 'exponential', meanMs: 20 } },
    'a-service-with-a-name-as-long-as-names-of-services-may-ever-be': { serviceMs: 20 },
  },
  clients: {
    web: {
      to: 'stock',
      instances: 3,
      goodWithinMs: 300,
      load: { kind: 'open', perSecond: 300 },
      pipeline: [{ kind: 'retry' }, { kind: 'circuit-breaker' }, { kind: 'timeout', durationMs: 500 }],
    },
    batch: {
      to: 'stock',
      load: { kind: 'open', perSecond: 50 },
      pipeline: [
        { kind: 'retry' },
        { kind: 'endpoints', primary: [{ id: 'stock-1' }, { id: 'stock-2' }], standby: [{ id: 'stock-8' }] },
      ],
    },
    'a-client-with-a-name-as-long-as-names-of-clients-may-ever-be-too': {
      to: 'a-service-with-a-name-as-long-as-names-of-services-may-ever-be',
      load: { kind: 'closed', callers: 2 },
    },
  },
  injections: [
    { kind: 'errors', ratio: 0.8, target: 'stock-1', fromMs: 5_000, toMs: 20_000 },
    { kind: 'down', target: 'stock-2', fromMs: 6_000, toMs: 12_000 },
    {
      kind: 'slow',
      factor: 10,
      target: 'stock',
      fromMs: 18_000,
      toMs: 25_000,
      flapping: { onMs: 900, offMs: 600 },
    },
    {
      id: 'an-injection-with-quite-a-long-name',
      kind: 'load',
      client: 'web',
      times: 2,
      fromMs: 27_000,
      toMs: 29_500,
    },
  ],
})

let browser: Browser
let page: string
let comparison: string
beforeAll(async () => {
  browser = await Browser.start()
  const report = await simulate(busy)
  const hostile: Report = {
    ...(await simulate(busy, { seed: 2 })),
    scenario: 'evil </title><script>alert(1)</script>',
    description: '"><img src=http://elsewhere.test/x.png>',
  }
  page = reportPage({ report, source: 'busy.json' })
  comparison = reportPage({ report, source: 'busy.json' }, { report: hostile, source: '<b>' })
}, 600_000)

afterAll(() => browser.stop())

async function wrongWith(html: string, options: ViewOptions = {}): Promise<unknown> {
  const { console, found } = await browser.view(html, look, options)
  expect(console).toEqual([])
  return found
}

describe('the page of a report, in a browser', () => {
  it('asks for nothing, and nothing of it is forbidden', async () => {
    for (const html of [page, comparison]) {
      const { console, requests } = await browser.view(html)
      expect([console, requests]).toEqual([[], [expect.stringMatching(/^file:.*page.html$/)]])
    }
  })

  it('has all that it was written with, and what others have written as text', async () => {
    const count = `[...document.querySelectorAll('svg, table, img, script, b')].map(({ localName }) => localName).join(' ')`
    const { found } = await browser.view(comparison, count)
    const written = comparison.matchAll(/<(svg|table|b)[ >]/g)
    expect(found).toEqual(Array.from(written, ([, name]) => name).join(' '))
    const { found: title } = await browser.view(comparison, 'document.title')
    expect(title).toBe('much of everything against evil </title><script>alert(1)</script>')
  })

  it.each([
    { width: 1_000, look: 'light' },
    { width: 1_000, look: 'dark' },
    { width: 1_000, look: 'print' },
    { width: 400, look: 'light' },
  ] as const)('has everything in its place and readable, $width wide, $look', async (options) => {
    expect(await wrongWith(page, options)).toEqual([])
    expect(await wrongWith(comparison, options)).toEqual([])
  })

  it('is light or dark, as the reader prefers', async () => {
    const ground = 'getComputedStyle(document.body).backgroundColor'
    const light = await browser.view(page, ground)
    const dark = await browser.view(page, ground, { look: 'dark' })
    expect([light.found, dark.found]).toEqual(['rgb(255, 255, 255)', 'rgb(20, 24, 29)'])
    expect(light.png.equals(dark.png)).toBe(false)
  })
})

describe('charts of other pages', () => {
  it('have everything in its place, however much it is', async () => {
    const spans = Array.from({ length: 12 }, (_, place) => ({
      label: `something of a long name ${place}`,
      fromMs: place * 4_000,
      toMs: place * 4_000 + 9_000,
    }))
    const names = Array.from({ length: 16 }, (_, place) => `${'W'.repeat(30)} ${place}`)
    const states = ['well', 'a little unwell', 'unwell', 'ill', 'worse', 'nearly gone', 'W'.repeat(40)]
    const time = { title: 'W'.repeat(90), durationMs: 50_000, spans }
    const svg = [
      lineChart({
        ...time,
        unit: 'ms',
        stepMs: 10_000,
        lines: names.map((label, place) => ({ label, values: [place, 1e6, null, place, place] })),
      }),
      bandChart({
        ...time,
        states,
        rows: names.map((label, place) => ({
          label,
          changes: [{ atMs: place * 1_000, state: states[place % states.length] ?? '' }],
        })),
      }),
    ]
    expect(await wrongWith(`<!doctype html><meta charset="utf-8">${svg.join('')}`)).toEqual([])
  })
})

describe('the look at a page', () => {
  it('sees what it is for', async () => {
    const [, half] = / x="54" y="([\d.]+)">50 %</.exec(page) ?? []
    const spoilt = page
      .replace('class="title" x="60" y="16"', 'class="title" x="800" y="16"')
      .replace(/( x="54" y=)"[\d.]+">75 %</, (_, before: string) => `${before}"${half}">75 %<`)
      .replaceAll('--faint:#545d68', '--faint:#aaaaaa')
    const found = String(await wrongWith(spoilt))
    expect(found).toContain("'Good calls' is outside")
    expect(found).toMatch(/'(?:50|75) %' and '(?:50|75) %' meet/)
    expect(found).toContain('dt has a contrast of 2.3')
    expect(found).toContain('a text has a contrast of 2.3')
    const address = 'http://127.0.0.1:9/a.png'
    const { console, requests } = await browser.view(`<script>nowhere()</script><img src="${address}">`)
    expect(console.join('\n')).toContain('nowhere is not defined')
    expect(requests.slice(1)).toEqual([address])
    const forbidden = page.replace('</main>', `<img src="${address}"></main>`)
    expect((await browser.view(forbidden)).console.join('\n')).toContain('Content Security Policy')
  })
})
