import { expect, it } from 'vitest'
import type { ReplicaReport, ReplicaStep, Report } from '../report.ts'
import { serviceCharts } from './service-charts.ts'

function replica(requests: readonly number[]): ReplicaReport {
  const none = { answered: 0, failed: 0, refused: 0, wasted: 0, running: 1, waiting: 2 }
  const series: readonly ReplicaStep[] = requests.map((each) => ({ ...none, requests: each }))
  const total = requests.reduce((sum, each) => sum + each, 0)
  return { service: 'stock', ...none, requests: total, series }
}

function reportOf(...all: readonly (readonly number[])[]): Report {
  const replicas = Object.fromEntries(all.map((requests, place) => [`stock-${place + 1}`, replica(requests)]))
  return { durationMs: 2_500, stepMs: 1_000, warmUpMs: 0, injections: [], replicas } as unknown as Report
}

it('what came to all replicas is added up, by the second, also where the last step is shorter', () => {
  const [came, inside] = serviceCharts([{ report: reportOf([1, 2, 3], [10]) }], 'stock')
  expect(came?.lines[0]).toMatchObject({ label: 'came', values: [11, 2, 6] })
  expect(inside?.lines).toMatchObject([{ values: [2, 1, 1] }, { values: [4, 2, 2] }])
})

it('few replicas have a line each', () => {
  const [, , each] = serviceCharts([{ report: reportOf([1], [10]) }], 'stock')
  expect(each?.lines).toMatchObject([
    { label: 'stock-1', values: [1] },
    { label: 'stock-2', values: [10] },
  ])
})

it('of many replicas, and of two runs, the busiest stands against the mean of the others', () => {
  const many = reportOf([1], [2], [3], [4], [5], [6], [60])
  const [, , extremes] = serviceCharts([{ report: many }], 'stock')
  const expected = [
    { label: 'busiest', values: [60] },
    { label: 'mean of the others', values: [3.5] },
  ]
  expect(extremes?.lines).toMatchObject(expected)
  const [, , compared] = serviceCharts([{ report: reportOf([1], [3]) }, { report: many }], 'stock')
  expect(compared?.lines.map(({ label, values }) => `${label}: ${values[0]}`)).toEqual([
    'busiest A: 3',
    'mean of the others A: 1',
    'busiest B: 60',
    'mean of the others B: 3.5',
  ])
})

it('one replica has no chart of its own', () => {
  expect(serviceCharts([{ report: reportOf([1]) }], 'stock')).toHaveLength(2)
})
