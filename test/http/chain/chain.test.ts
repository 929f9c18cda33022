import { systemClock } from '@holdfast/core'
import { criticalities } from '@holdfast/http'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { eventually } from '../../servers/index.ts'
import { Chain } from './chain.ts'

/** What the way from one service to the next is taken to cost. */
const allowanceMs = 5
/** For a machine that is busy. */
const marginMs = 5_000

it('along three services the time that is left only shrinks, and nobody works on when it is over', async () => {
  const times = fc.constantFrom(0, 1, 10, 40)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 5, 6, 20, 60, 200, 500),
      fc.tuple(times, times, times),
      fc.array(fc.constantFrom(200, 503), { maxLength: 4 }),
      async (patienceMs, takesMs, statuses) => {
        await using chain = await Chain.start(takesMs, (request) => statuses[request] ?? 200)
        const begun = performance.now()
        const ending = await chain.call(0, systemClock.now() + patienceMs)
        const tookMs = performance.now() - begun
        expect(tookMs).toBeLessThan(patienceMs + marginMs)
        expect(ending === 'late' ? tookMs : patienceMs).toBeGreaterThanOrEqual(patienceMs - 1)
        expect(['late', 200, 503, 504]).toContain(ending)
        await eventually('no permit to be taken', () => chain.running === 0)
        for (const [place, { arrivals }] of chain.services.entries()) {
          const before = chain.services[place - 1]
          for (const { parent, saidMs } of arrivals) {
            const { saidMs: toldMs, leftMs } = before?.arrivals[parent] ?? {
              saidMs: patienceMs,
              leftMs: patienceMs,
            }
            expect(saidMs).toBeLessThanOrEqual(Math.max(0, leftMs - allowanceMs))
            expect(saidMs).toBeLessThanOrEqual(Math.max(0, toldMs - allowanceMs))
          }
        }
      },
    ),
    { numRuns: 30 },
  )
})

it('attempts do not multiply along them: each adds what its own budget pays, and nothing to a retry', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2, 40, 120),
      fc.constantFrom(1, 12),
      fc.constantFrom(0, 0.5, 0.9),
      async (calls, atOnce, share) => {
        await using chain = await Chain.start([0, 0, 0], (request) => (request % 10 < share * 10 ? 200 : 503))
        const begun = performance.now()
        let next = 0
        const caller = async (): Promise<void> => {
          while (next < calls) await chain.call(next++)
        }
        await Promise.all(Array.from({ length: atOnce }, caller))
        const reserve = 10 + (performance.now() - begun) / 1_000
        const passed = [calls, ...chain.services.map(({ passedOn }) => passedOn)]
        for (const [place, { arrivals }] of chain.services.entries()) {
          const asked = passed[place] ?? 0
          const extra = chain.extraAttempts[place] ?? 0
          expect(arrivals).toHaveLength(asked + extra)
          expect(extra).toBeLessThanOrEqual(reserve + asked / 10)
          expect(extra).toBeLessThanOrEqual(2 * asked)
        }
        for (const [place, { arrivals }] of chain.services.entries()) {
          const before = chain.services[place - 1]?.arrivals ?? []
          const forRetries = arrivals.filter(({ parent }) => (before[parent]?.attempt ?? 1) > 1)
          expect(forRetries.filter(({ attempt }) => attempt > 1)).toEqual([])
        }
      },
    ),
    { numRuns: 12 },
  )
})

it('what is said of a request at the beginning is heard by each of them, at each attempt, and else nothing is said', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(undefined, ...criticalities), { minLength: 1, maxLength: 6 }),
      fc.array(fc.constantFrom(200, 503), { maxLength: 4 }),
      async (levels, statuses) => {
        await using chain = await Chain.start([0, 0, 0], (request) => statuses[request] ?? 200)
        const calls = levels.map((level, number) =>
          chain.call(number, Infinity, level === undefined ? {} : { 'holdfast-criticality': level }),
        )
        await Promise.all(calls)
        for (const [place, { arrivals }] of chain.services.entries()) {
          expect(arrivals.length).toBeGreaterThanOrEqual(levels.length)
          const before = chain.services[place - 1]?.arrivals.map(({ criticality }) => criticality) ?? levels
          for (const { parent, criticality } of arrivals) expect(criticality).toBe(before[parent])
        }
      },
    ),
    { numRuns: 20 },
  )
})
