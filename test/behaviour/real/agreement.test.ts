import { simulate } from '@holdfast/simulator'
import type { ClientReport, Report, Scenario } from '@holdfast/simulator'
import { playReal } from '@holdfast/simulator/real'
import { expect, it } from 'vitest'

/** A busy service that is slow for a while, and then down. */
const scenario: Scenario = {
  name: 'slow, then down',
  durationMs: 7_000,
  warmUpMs: 500,
  services: {
    inventory: { replicas: 2, workers: 4, serviceMs: { kind: 'exponential', meanMs: 40 } },
  },
  clients: {
    web: {
      to: 'inventory',
      load: { kind: 'open', perSecond: 100 },
      pipeline: [
        { kind: 'retry', attempts: 3, backoff: { baseMs: 50, maximumMs: 200 } },
        {
          kind: 'circuit-breaker',
          window: { type: 'time', durationMs: 2_000 },
          openMs: 500,
          maximumOpenMs: 500,
        },
        { kind: 'timeout', durationMs: 1_000 },
      ],
    },
  },
  injections: [
    { kind: 'slow', target: 'inventory-1', factor: 3, fromMs: 1_000, toMs: 2_000 },
    { kind: 'down', target: 'inventory', fromMs: 3_000, toMs: 5_000 },
  ],
}

const web = ({ clients }: Report): ClientReport => clients['web'] as ClientReport

/** When the circuit opened for the first time. */
const openedAt = ({ states }: Report): number =>
  states.find(({ subject }) => subject === 'circuit')?.changes[0]?.atMs ?? Infinity

// A run that other programs have kept from the processors for a while is played again: what is wrong stays wrong.
it('a scenario comes to the same on real processes, within what a busy machine adds', {
  retry: 2,
}, async () => {
  const simulated = await simulate(scenario)
  const real = await playReal(scenario)
  for (const report of [simulated, real]) {
    const { series: _, ...seen } = web(report)
    console.log(report.ground, JSON.stringify(seen), `circuit opened at ${openedAt(report)} ms`)
  }
  const [expected, found] = [web(simulated), web(real)]
  expect(found.calls, 'the same callers come').toBe(expected.calls)
  expect(Math.abs((found.goodRatio ?? 0) - (expected.goodRatio ?? 0))).toBeLessThan(0.06)
  expect(Math.abs((found.amplification ?? 0) - (expected.amplification ?? 0))).toBeLessThan(0.15)
  expect(Object.keys(found.errors)).toEqual(expect.arrayContaining(['ECONNREFUSED', 'ERR_CIRCUIT_OPEN']))
  expect(Math.abs(openedAt(real) - openedAt(simulated))).toBeLessThan(500)
  for (const quantile of ['p50', 'p90', 'p99'] as const) {
    const [modelled = 0, measured = 0] = [expected.latencyMs?.[quantile], found.latencyMs?.[quantile]]
    expect(measured, `${quantile}: no work is done faster`).toBeGreaterThan(0.75 * modelled)
    expect(measured, `${quantile}: sockets and a busy machine`).toBeLessThan(2 * modelled + 150)
  }
})
