import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PeakLatency } from './peak-latency.ts'

const sample = fc.record({
  afterMs: fc.constantFrom(0, 1, 100, 10_000, 60_000),
  ms: fc.constantFrom(0, 1, 10, 5_000),
  cancelled: fc.boolean(),
})

/** Short times are reckoned by a series. */
const near = 1e-6

test('the latency jumps to a peak at once, comes down no faster than in 10 s to a third, and never leaves what was measured', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
      const latency = new PeakLatency()
      let now = 0
      let highest = 0
      for (const { afterMs, ms, cancelled } of samples) {
        const before = latency.at(now)
        now += afterMs
        const faded = before * Math.exp(-afterMs / 10_000)
        expect(Math.abs(latency.at(now) - faded)).toBeLessThanOrEqual(near * faded)
        if (cancelled) latency.raise(ms, now)
        else latency.record(ms, now)
        highest = Math.max(highest, ms)
        const after = latency.at(now)
        if (ms > faded * (1 + near)) expect(after).toBe(ms)
        else expect(after).toBeGreaterThanOrEqual(faded * (1 - near))
        if (ms < faded && cancelled) expect(after).toBeLessThanOrEqual(faded * (1 + near))
        expect(after).toBeLessThanOrEqual(highest * (1 + near))
      }
    }),
  )
})
