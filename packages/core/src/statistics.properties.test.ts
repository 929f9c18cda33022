import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline } from './index.ts'
import type { Pipeline, WindowOptions } from './index.ts'

const windows = fc.constantFrom<Required<WindowOptions>>(
  { type: 'time', durationMs: 10_000, buckets: 10 },
  { type: 'time', durationMs: 1_000, buckets: 100 },
  { type: 'count', size: 100 },
  { type: 'count', size: 20_000 },
)

/** Every failure asks for all counts, and none opens the circuit. */
const asking = { minimumCalls: 1, failureRatio: 1, burst: false, tripWhen: () => false } as const

/** Calls of which every second fails, a tenth of a millisecond apart. */
function run(guarded: Pipeline, clock: VirtualClock, calls: number): void {
  for (let call = 0; call < calls; call++) {
    const admission = guarded.admit()
    if (admission instanceof Promise || !admission.admitted) throw new Error('not admitted')
    if (call % 10 === 0) clock.tick(1)
    admission.settle(call % 2 === 0 ? { value: 1 } : { error: 1 })
  }
}

/** The time of a call in a row of a hundred, at its best. */
function costOf(guarded: Pipeline, clock: VirtualClock): number {
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now()
    run(guarded, clock, 100)
    return performance.now() - start
  })
  return Math.min(...times) / 100
}

describe('D18: statistics', () => {
  it('count every call once, and keep as much as the window has room for, however many calls there are', () => {
    const amounts = fc.constantFrom(0, 1, 2, 99, 100, 101, 2_000, 9_999, 10_000, 10_001)
    fc.assert(
      fc.property(windows, amounts, (window, calls) => {
        const clock = new VirtualClock()
        const breaker = circuitBreaker({ window, ...asking })
        run(pipeline('test', [breaker], { clock }), clock, calls)
        const { cells = [] } = breaker.snapshot()[''] ?? {}
        const room = window.type === 'count' ? window.size : window.buckets
        expect(cells.length).toBeLessThanOrEqual(room)
        const counted = cells.reduce((sum, [, each]) => sum + each, 0)
        expect(breaker.statistics().calls).toBe(counted)
        if (window.type === 'count') expect(counted).toBe(Math.min(calls, room))
        else if (clock.now() < window.durationMs * 0.9) expect(counted).toBe(calls)
      }),
      { numRuns: 50 },
    )
  })

  it('take as long for a call after many calls as after a few', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const clock = new VirtualClock()
        const make = () => pipeline('test', [circuitBreaker({ window, ...asking })], { clock })
        run(make(), clock, 5_000)
        const guarded = make()
        const early = costOf(guarded, clock)
        run(guarded, clock, 20_000)
        // To look at every call in the window would take many times as long.
        expect(costOf(guarded, clock)).toBeLessThan(early * 10 + 0.002)
      }),
      { numRuns: 5 },
    )
  })
})
