import { describe, expect, it } from 'vitest'
import { lineChart } from './line-chart.ts'
import type { LineChart } from './line-chart.ts'

const chart: LineChart = {
  title: 'Calls a second',
  unit: 'per second',
  durationMs: 4_000,
  stepMs: 1_000,
  lines: [
    { label: 'asked', values: [10, 20, 20, 20] },
    { label: 'answered', values: [10, null, 0, 5] },
  ],
  spans: [{ label: 'down-1', fromMs: 1_000, toMs: 3_000 }],
}

/** The paths of the lines themselves, without the samples beside their names. */
function pathsIn(svg: string): readonly string[] {
  return [...svg.matchAll(/<path class="line [^>]* d="([^"]*)"/g)]
    .map(([, d = '']) => d)
    .filter((d) => !d.includes('H'))
}

describe('a chart of lines', () => {
  it('draws a value in the middle of its step, and nothing where there is none', () => {
    const [asked, answered] = pathsIn(lineChart(chart))
    expect(asked).toBe('M132.5 131L277.5 46L422.5 46L567.5 46')
    expect(answered).toBe('M132.5 131M422.5 216L567.5 173.5')
  })

  it('draws nothing of what came after the end', () => {
    const [line] = pathsIn(lineChart({ ...chart, durationMs: 2_500, stepMs: 1_000 }))
    expect(line).toBe('M176 131L408 46L582 46')
  })

  it('tells lines apart by dashes and marks, and names them', () => {
    const svg = lineChart(chart)
    const dashes = [...svg.matchAll(/class="line hue\d" stroke-dasharray="([^"]+)"/g)].map(([, dash]) => dash)
    expect(new Set(dashes).size).toBe(2)
    const shapes = [...svg.matchAll(/class="mark [^>]* d="([^"]+)"/g)].map(([, shape]) => shape)
    expect(new Set(shapes).size).toBe(2)
    expect(svg).toMatch(/>asked<title>[\s\S]*>answered<title>/)
  })

  it('tells as many as 36 lines apart', () => {
    const lines = Array.from({ length: 36 }, (_, place) => ({ label: `${place}`, values: [1] }))
    const looks = lineChart({ ...chart, lines }).matchAll(/class="line (hue\d)" stroke-dasharray="([^"]+)"/g)
    expect(new Set(Array.from(looks, ([, hue, dash]) => `${hue} ${dash}`)).size).toBe(36)
  })

  it('may give lines of two runs the same colour, and dashes that differ', () => {
    const [one, other] = chart.lines
    const pair = [
      { ...one, label: 'A', hue: 0, dash: 0 },
      { ...other, label: 'B', hue: 0, dash: 1 },
    ] as LineChart['lines']
    const looks = lineChart({ ...chart, lines: pair }).matchAll(
      /class="line (hue\d)" stroke-dasharray="([^"]+)"/g,
    )
    expect(new Set(Array.from(looks, ([, hue, dash]) => `${hue} ${dash}`))).toEqual(
      new Set(['hue0 none', 'hue0 7 3']),
    )
  })

  it('says in words what it shows', () => {
    expect(lineChart(chart)).toContain(
      '<desc>asked: from 10/s to 20/s, at the end 20/s. answered: from 0/s to 10/s, at the end 5/s. Shaded: down-1 from 1 s to 3 s.</desc>',
    )
  })

  it('shows ratios from 0 to 100 %, and what is small beside what is large where that is wanted', () => {
    const ratios = lineChart({ ...chart, unit: 'ratio', lines: [{ label: 'good', values: [0.5] }] })
    expect(axisOf(ratios)).toEqual(['0 %', '25 %', '50 %', '75 %', '100 %'])
    const latency = { ...chart, unit: 'ms', lines: [{ label: 'p99', values: [20, 8_000] }] } as const
    expect(axisOf(lineChart(latency))).toEqual(['0 ms', '2 s', '4 s', '6 s', '8 s'])
    expect(axisOf(lineChart({ ...latency, scale: 'logarithmic' }))).toEqual([
      '10 ms',
      '100 ms',
      '1 s',
      '10 s',
    ])
  })

  it('needs nothing else: neither a script, nor another file', () => {
    const svg = lineChart(chart)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" class="chart" role="img"/)
    expect(svg).not.toMatch(/<script|href|url\(|@import/)
  })
})

function axisOf(svg: string): readonly (string | undefined)[] {
  return [...svg.matchAll(/class="small end"[^>]*>([^<]*)</g)].map(([, tick]) => tick)
}
