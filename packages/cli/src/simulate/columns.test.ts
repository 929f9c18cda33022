import { describe, expect, it } from 'vitest'
import { bandColumns, lineColumns, spanColumns } from './columns.ts'

const time = { title: 'a', durationMs: 8_000, stepMs: 1_000 }

describe('columns of', () => {
  it('values have the height of each, and are blank where there is none', () => {
    const lines = [{ label: 'good', values: [0, 0.5, 1, null] }]
    expect(lineColumns({ ...time, unit: 'ratio', lines }, 8)).toEqual(['▁▅█     '])
  })

  it('several values to a column have the mean of them, and what took long the longest', () => {
    const lines = [{ label: 'one', values: [0, 8, 0, 8, 8, 8, null, 8] }]
    expect(lineColumns({ ...time, unit: 'count', lines }, 4)).toEqual(['▅▅██'])
    expect(lineColumns({ ...time, unit: 'ms', lines }, 4)).toEqual(['████'])
  })

  it('fewer values than columns are drawn several times', () => {
    const lines = [{ label: 'one', values: [1, 0] }]
    expect(lineColumns({ ...time, durationMs: 2_000, unit: 'ratio', lines }, 6)).toEqual(['███▁▁▁'])
  })

  it('lines of one chart have one scale', () => {
    const lines = [
      { label: 'calls', values: [10, 10] },
      { label: 'attempts', values: [5, 0] },
    ]
    expect(lineColumns({ ...time, durationMs: 2_000, unit: 'count', lines }, 2)).toEqual(['██', '▅▁'])
    const durations = [{ label: 'p99', values: [10, 100, 1_000, 0] }]
    const logarithmic = { ...time, durationMs: 4_000, unit: 'ms', scale: 'logarithmic' } as const
    expect(lineColumns({ ...logarithmic, lines: durations }, 4)).toEqual(['▁▅█▁'])
  })

  it('states have the height of the state, however short', () => {
    const changes = [
      { atMs: 2_000, state: 'open' },
      { atMs: 4_000, state: 'half-open' },
      { atMs: 6_000, state: 'closed' },
      { atMs: 7_100, state: 'open' },
      { atMs: 7_101, state: 'closed' },
    ]
    const chart = { ...time, states: ['closed', 'half-open', 'open'], rows: [{ label: 'one', changes }] }
    expect(bandColumns(chart, 8)).toEqual(['··██▅▅·█'])
  })

  it('spans are on wherever any of them is', () => {
    const spans = [
      { label: 'a', fromMs: 1_000, toMs: 2_000 },
      { label: 'a', fromMs: 3_999, toMs: 4_001 },
      { label: 'a', fromMs: 7_000, toMs: 7_000 },
    ]
    expect(spanColumns(spans, 8_000, 8)).toBe('·█·██··█')
  })
})
