import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

async function chain(links: number): Promise<void> {
  for (let link = 0; link < links; link++) await undefined
}

describe('virtual clock', () => {
  test('rings every alarm at its moment, in order, whatever the steps in which time moves', async () => {
    const moments = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 })
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 10 }), atOnce: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(moments, steps, async (dues, moves) => {
        const clock = new VirtualClock()
        const rung: number[] = []
        for (const due of dues) {
          clock.alarm(() => expect(clock.now()).toBe(rung[rung.push(due) - 1])).set(due)
        }
        for (const { ms, atOnce } of moves) await (atOnce ? clock.tick(ms) : clock.advance(ms))
        const reached = dues.filter((due) => due <= clock.now() && moves.length > 0)
        expect(rung).toEqual(reached.sort((one, other) => one - other))
        expect(clock.pending).toBe(dues.length - rung.length)
      }),
    )
  })

  test('time and operations race under the scheduler of fast-check', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const clock = new VirtualClock()
        const told: string[] = []
        clock.alarm(() => void chain(200).then(() => told.push('late'))).set(10)
        void scheduler
          .schedule(Promise.resolve(), 'operation')
          .then(() => told.push(`answer at ${clock.now()}`))
        const steps = [5, 5, 5].map((ms) => () => clock.advance(ms))
        scheduler.scheduleSequence(steps)
        await scheduler.waitFor(clock.settle())
        await scheduler.waitAll()
        expect(told).toContain('late')
        expect(told.filter((each) => /^answer at (0|5|10|15)$/.test(each))).toHaveLength(1)
        expect(clock.now()).toBe(15)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 50 },
    )
  })
})
