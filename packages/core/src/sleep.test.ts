import { VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pipeline, sleep, wheelOf } from './index.ts'
import type { Call, Policy } from './index.ts'

/** A part that waits before it lets the call in. */
const pause = (ms: number): Policy => ({
  kind: 'pause',
  name: 'pause',
  wrap: (next) => async (call) => {
    await sleep(call, ms)
    return next(call)
  },
})

describe('sleep', () => {
  test('waits for its time and not a moment less', async () => {
    const clock = new VirtualClock()
    const woken: number[] = []
    void pipeline('p', [pause(100)], { clock }).execute(() => woken.push(clock.now()))
    await clock.advance(99)
    expect(woken).toEqual([])
    await clock.advance(1)
    expect(woken).toEqual([100])
  })

  test.each([0, -1])('of %i ms waits for nothing', async (ms) => {
    const clock = new VirtualClock()
    expect(await pipeline('p', [pause(ms)], { clock }).execute(() => clock.now())).toBe(0)
  })

  test('D9: rejects with the call’s own reason as soon as that is cut short, and its timer is gone', async () => {
    const clock = new VirtualClock()
    const caller = new AbortController()
    const service = pipeline('p', [pause(100)], { clock })
    const result = service.executeOutcome(() => 1, { signal: caller.signal })
    await clock.advance(50)
    expect(wheelOf(clock).size).toBe(1)
    caller.abort('mine')
    expect(wheelOf(clock).size).toBe(0)
    expect(await result).toEqual({ error: 'mine' })
  })

  test.each([0, 100])('of %i ms in a call that was cut short before rejects at once', async (ms) => {
    const clock = new VirtualClock()
    const caller = new AbortController()
    const heard: unknown[] = []
    const late: Policy = {
      kind: 'late',
      name: 'late',
      wrap: () => async (call: Call) => {
        caller.abort('mine')
        await sleep(call, ms).catch((reason: unknown) => heard.push(reason))
      },
    }
    const service = pipeline('p', [late], { clock })
    expect(await service.executeOutcome(() => 1, { signal: caller.signal })).toEqual({ error: 'mine' })
    await clock.settle()
    expect(heard).toEqual(['mine'])
    expect(wheelOf(clock).size).toBe(0)
  })

  test('D11: listens no longer than it sleeps', async () => {
    const clock = new VirtualClock()
    let listening = 0
    const counted: Policy = {
      kind: 'counted',
      name: 'counted',
      wrap: () => async (call) => {
        call.onCancel = () => {
          listening++
          return () => listening--
        }
        await sleep(call, 10)
      },
    }
    const result = pipeline('p', [counted], { clock }).execute(() => 1)
    await clock.advance(9)
    expect(listening).toBe(1)
    await clock.advance(1)
    await result
    expect(listening).toBe(0)
  })

  test('D11 D13: any number of them wake at their own moments, or not at all, and leave nothing', async () => {
    const sleepers = fc.array(
      fc.record({
        ms: fc.oneof(around(5), fc.constantFrom(2 ** 31, 2 ** 40)),
        abortedAt: fc.option(around(5)),
      }),
      { maxLength: 10 },
    )
    await fc.assert(
      fc.asyncProperty(sleepers, async (all) => {
        const clock = new VirtualClock()
        const woken: (number | undefined)[] = all.map(() => undefined)
        for (const [index, { ms, abortedAt }] of all.entries()) {
          const caller = new AbortController()
          const service = pipeline('p', [pause(ms)], { clock })
          const operation = (): number => (woken[index] = clock.now())
          void service.executeOutcome(operation, { signal: caller.signal })
          // Half a millisecond later, so that an abort and a wake never share a moment.
          if (abortedAt !== null) clock.alarm(() => caller.abort()).set(abortedAt + 0.5)
        }
        await clock.advance(2 ** 41)
        const expected = all.map(({ ms, abortedAt }) =>
          abortedAt === null || ms < abortedAt + 0.5 ? Math.max(0, ms) : undefined,
        )
        expect(woken).toEqual(expected)
        expect(wheelOf(clock).size + clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})
