import { pipeline, timeout } from '@holdfast/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { around, callHistory, oddOperation, oddOperations, plannedOperation } from './arbitraries.ts'
import { VirtualClock } from './virtual-clock.ts'

function drawn<Value>(arbitrary: fc.Arbitrary<Value>): readonly Value[] {
  return fc.sample(arbitrary, { numRuns: 500, seed: 1 })
}

describe('arbitraries', () => {
  test.each([0, 1, 2, 10, 1_000])(
    'around %d: the bound, its neighbours, nothing and one, never below',
    (bound) => {
      const values = new Set(drawn(around(bound)))
      for (const edge of [0, 1, bound, bound + 1]) expect(values).toContain(edge)
      if (bound > 0) expect(values).toContain(bound - 1)
      expect(Math.min(...values)).toBe(0)
      expect([...values].every(Number.isInteger)).toBe(true)
    },
  )

  test('histories hang and abort only where asked', () => {
    const tame = drawn(callHistory({ boundariesMs: [100] })).flat()
    expect(new Set(tame.map(({ ends }) => ends))).toEqual(new Set(['value', 'error']))
    expect(tame.every(({ abortedAfterMs }) => abortedAfterMs === undefined)).toBe(true)
    const wild = drawn(callHistory({ boundariesMs: [100], hangs: true, aborts: true })).flat()
    expect(wild.some(({ ends }) => ends === 'never')).toBe(true)
    expect(wild.some(({ abortedAfterMs }) => abortedAfterMs !== undefined)).toBe(true)
  })

  test('histories are as long as asked, with times around every boundary', () => {
    const histories = drawn(callHistory({ boundariesMs: [100, 5_000], maximumCalls: 3 }))
    expect(new Set(histories.map(({ length }) => length))).toEqual(new Set([1, 2, 3]))
    const durations = new Set(histories.flat().map(({ durationMs }) => durationMs))
    for (const edge of [0, 1, 99, 100, 101, 4_999, 5_000, 5_001]) expect(durations).toContain(edge)
  })

  test('a planned operation takes its time on the clock of its call', async () => {
    const clock = new VirtualClock()
    const guarded = pipeline('inventory', [timeout({ durationMs: 100 })], { clock })
    const planned = { afterMs: 0, abortedAfterMs: undefined }
    const outcomes = [
      guarded.executeOutcome(plannedOperation({ ...planned, durationMs: 0, ends: 'value' })),
      guarded.executeOutcome(plannedOperation({ ...planned, durationMs: 99, ends: 'error' })),
      guarded.executeOutcome(plannedOperation({ ...planned, durationMs: 101, ends: 'value' })),
      guarded.executeOutcome(plannedOperation({ ...planned, durationMs: 5, ends: 'never' })),
    ]
    await clock.advance(101)
    expect(await Promise.all(outcomes)).toMatchObject([
      { value: 'done' },
      { error: { message: 'failed as planned' } },
      { error: { code: 'ERR_TIMEOUT' } },
      { error: { code: 'ERR_TIMEOUT' } },
    ])
    expect(clock.pending).toBe(0)
  })

  test('odd operations do what they say', async () => {
    expect(new Set(drawn(oddOperation))).toEqual(new Set(oddOperations))
    for (const [, operation, expected] of oddOperations) {
      const ended = await new Promise((resolve) => resolve(operation())).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      expect(ended).toEqual(expected)
    }
  })
})
