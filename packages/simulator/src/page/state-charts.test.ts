import { expect, it } from 'vitest'
import type { Report, StateReport } from '../report.ts'
import { stateCharts } from './state-charts.ts'

const base = { durationMs: 4_000, stepMs: 1_000, warmUpMs: 0, injections: [] }

function circuit(instance: string, fromMs: number, toMs: number): StateReport {
  const changes = [
    { atMs: fromMs, state: 'open' },
    { atMs: toMs, state: 'closed' },
  ]
  return { instance, subject: 'circuit', name: 'breaker', changes }
}

const reportOf = (states: readonly StateReport[]): Report => ({ ...base, states }) as unknown as Report

it('there is a row for everything that changed, in the order in which people count, and none for what did not', () => {
  const group = { instance: 'web-1', subject: 'group', name: 'endpoints' } as const
  const changes = [{ atMs: 1, state: 'standby 1' }]
  const report = reportOf([circuit('web-10', 0, 1), circuit('web-2', 0, 1), { ...group, changes }])
  expect(stateCharts([{ report }])).toMatchObject([
    { title: 'Circuits', rows: [{ label: 'web-2 breaker' }, { label: 'web-10 breaker' }] },
    { title: 'Groups of endpoints in use', states: ['primary', 'standby 1'] },
  ])
})

it('rows of two runs say whose they are', () => {
  const report = reportOf([circuit('web', 0, 1)])
  const [chart] = stateCharts([{ report }, { report }])
  expect(chart).toMatchObject({ rows: [{ label: 'A web breaker' }, { label: 'B web breaker' }] })
})

it('of many, it is shown how many were in each state, as the mean of each step', () => {
  const open = Array.from({ length: 30 }, (_, place) => circuit(`web-${place}`, 500, 2_250))
  const [chart] = stateCharts([{ report: reportOf(open) }])
  expect(chart).toMatchObject({
    title: 'Number of circuits in each state',
    lines: [
      { label: 'half-open', values: [0, 0, 0, 0] },
      { label: 'open', values: [15, 30, 7.5, 0] },
    ],
  })
})
