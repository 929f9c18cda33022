import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandChart } from './band-chart.ts'
import { lineChart } from './line-chart.ts'
import { chartWidth } from './plane.ts'

const durationMs = fc.constantFrom(1, 999, 1_000, 1_001, 60_000, 86_400_000)
const moment = fc.oneof(
  fc.constantFrom(0, 1, 999, 1_000, 60_000, 1e12),
  fc.double({ min: 0, max: 1e5, noNaN: true }),
)
const text = fc.oneof(fc.constantFrom('', 'good', '<script>', 'W'.repeat(300), '世界🦀'), fc.string())
const span = fc.record({ label: text, fromMs: moment, toMs: moment })
const spans = fc.array(span, { maxLength: 6 })
const value = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0, 1, 2, 1e-9, 1e12),
  fc.double({ min: 0, max: 1e4, noNaN: true }),
)
const line = fc.record({ label: text, values: fc.array(value, { maxLength: 70 }) })

const aLineChart = fc.record({
  title: text,
  durationMs,
  spans,
  unit: fc.constantFrom('ms', 'ratio', 'per second', 'count'),
  stepMs: fc.constantFrom(1, 1_000, 7_000),
  lines: fc.array(line, { maxLength: 20 }),
  scale: fc.constantFrom('linear', 'logarithmic'),
})

const states = ['closed', 'half-open', 'open', 'W'.repeat(40)]
const change = fc.record({ atMs: moment, state: fc.constantFrom(...states, 'unheard of') })
const changes = fc
  .array(change, { maxLength: 8 })
  .map((all) => all.toSorted((one, other) => one.atMs - other.atMs))

const aBandChart = fc.record({
  title: text,
  durationMs,
  spans,
  states: fc.subarray(states),
  rows: fc.array(fc.record({ label: text, changes }), { maxLength: 5 }),
})

/** What is drawn: the numbers of each attribute that places something. */
function numbersIn(svg: string, attribute: string): readonly number[] {
  return [...svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, number]) => Number(number))
}

function expectWithin(svg: string): void {
  const [, height = ''] = /viewBox="0 0 \d+ ([\d.]+)"/.exec(svg) ?? []
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  for (const x of numbersIn(svg, 'x')) expect(x >= 0 && x <= chartWidth).toBe(true)
  for (const y of numbersIn(svg, 'y')) expect(y >= 0 && y <= Number(height)).toBe(true)
  for (const size of [...numbersIn(svg, 'width'), ...numbersIn(svg, 'height')]) {
    expect(size).toBeGreaterThanOrEqual(0)
  }
  for (const [, x, y] of svg.matchAll(/[ML]([\d.-]+) ([\d.-]+)(?=[ML"])/g)) {
    expect(Number(x) >= 0 && Number(x) <= chartWidth).toBe(true)
    expect(Number(y) >= 0 && Number(y) <= Number(height)).toBe(true)
  }
}

describe('whatever is drawn, it is within the picture and the same each time', () => {
  it('in a chart of lines', () => {
    fc.assert(
      fc.property(aLineChart, (chart) => {
        expectWithin(lineChart(chart))
        expect(lineChart(structuredClone(chart))).toBe(lineChart(chart))
      }),
    )
  })

  it('in a chart of states', () => {
    fc.assert(
      fc.property(aBandChart, (chart) => {
        expectWithin(bandChart(chart))
        expect(bandChart(structuredClone(chart))).toBe(bandChart(chart))
      }),
    )
  })
})
