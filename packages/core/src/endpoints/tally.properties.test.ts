import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Tally } from './tally.ts'

const latency = fc.oneof(
  fc.constantFrom(0.0625, 1, 2, 999, 1_000, 1_001, 60_000),
  fc.double({ min: 0.0625, max: 1e8, noNaN: true }),
)

test('the median of the successes is that of a recount, give or take a fifth, and clearing forgets all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), latency), { maxLength: 60 }),
      fc.array(fc.tuple(fc.boolean(), latency), { maxLength: 5 }),
      (calls, before) => {
        const tally = new Tally()
        for (const [failed, ms] of before) tally.add(failed, ms)
        tally.clear()
        for (const [failed, ms] of calls) tally.add(failed, ms)
        const successes = calls.filter(([failed]) => !failed).map(([, ms]) => ms)
        expect([tally.calls, tally.failures]).toEqual([calls.length, calls.length - successes.length])
        const median = successes.toSorted((one, other) => one - other)[Math.ceil(successes.length / 2) - 1]
        if (median === undefined) {
          expect(tally.medianMs).toBe(undefined)
          return
        }
        expect((tally.medianMs as number) / median).toBeGreaterThan(0.83)
        expect((tally.medianMs as number) / median).toBeLessThan(1.2)
      },
    ),
  )
})
