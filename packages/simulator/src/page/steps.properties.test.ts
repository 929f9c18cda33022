import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ClientReport, ClientStep, Report } from '../report.ts'
import { clientSteps, stepMsFor } from './steps.ts'

const count = fc.constantFrom(0, 1, 2, 1_000)
const latency = fc.constantFrom(null, 0, 1, 5_000)
const step: fc.Arbitrary<ClientStep> = fc.record({
  calls: count,
  good: count,
  late: count,
  failed: count,
  refused: count,
  cached: count,
  attempts: count,
  p50Ms: latency,
  p99Ms: latency,
})

it('steps that are put together are no more than wanted, count the same, and keep the longest', () => {
  const series = fc.array(step, { maxLength: 40 })
  const durationMs = fc.constantFrom(1, 999, 1_000, 1_001, 7_000, 7_500, 40_000)
  fc.assert(
    fc.property(series, durationMs, fc.integer({ min: 1, max: 41 }), (drawn, duration, most) => {
      const report = { durationMs: duration, stepMs: 1_000 } as Report
      const stepMs = stepMsFor([report], most)
      const steps = clientSteps(report, { series: drawn } as unknown as ClientReport, stepMs)
      const until = drawn.slice(0, Math.ceil(duration / 1_000))
      expect(steps.length).toBeLessThanOrEqual(most)
      expect(steps.length).toBe(Math.ceil((until.length * 1_000) / stepMs))
      for (const name of ['calls', 'good', 'attempts'] as const) {
        expect(sumOf(steps, name)).toBe(sumOf(until, name))
      }
      expect(mostOf(steps)).toBe(mostOf(until))
    }),
  )
})

function sumOf(steps: readonly ClientStep[], name: 'calls' | 'good' | 'attempts'): number {
  return steps.reduce((sum, each) => sum + each[name], 0)
}

function mostOf(steps: readonly ClientStep[]): number {
  return Math.max(-1, ...steps.map(({ p99Ms }) => p99Ms ?? -1))
}
