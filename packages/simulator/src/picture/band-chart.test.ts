import { describe, expect, it } from 'vitest'
import { bandChart } from './band-chart.ts'
import type { BandChart } from './band-chart.ts'

const chart: BandChart = {
  title: 'Circuits',
  durationMs: 58_000,
  states: ['closed', 'half-open', 'open'],
  rows: [
    {
      label: 'web-1',
      changes: [
        { atMs: 10_000, state: 'open' },
        { atMs: 20_000, state: 'half-open' },
        { atMs: 20_001, state: 'open' },
        { atMs: 30_000, state: 'half-open' },
        { atMs: 34_000, state: 'closed' },
      ],
    },
  ],
}

/** Where each block begins, how wide and how high it is. */
function blocksIn(svg: string): readonly string[] {
  const all = svg.matchAll(
    /<rect class="(?:usual|block)" x="([\d.]+)" y="[\d.]+" width="(\d+)" height="([\d.]+)"/g,
  )
  return Array.from(all, (match) => match.slice(1).join(' '))
}

describe('a chart of states', () => {
  it('draws each state as high as it is far from the usual one, and what is too short to be seen not at all', () => {
    const blocks = blocksIn(bandChart(chart))
    expect(blocks.slice(0, 4)).toEqual(['60 100 1.5', '160 200 16', '360 40 8', '400 240 1.5'])
    expect(blocks).toHaveLength(4 + chart.states.length)
  })

  it('names states where there is room, and all of them below', () => {
    const names = [...bandChart(chart).matchAll(/<text class="small[^>]*>([a-z-]+)</g)].map(
      ([, name]) => name,
    )
    expect(names).toEqual(['open', 'closed', 'half-open', 'open'])
  })

  it('says in words how long each state held', () => {
    const { description } = /<desc>(?<description>.*)<\/desc>/.exec(bandChart(chart))?.groups ?? {}
    expect(description).toBe('web-1: closed 34 s, open 20 s, half-open 4 s. ')
  })
})
