import { VirtualClock } from '@holdfast/testing'
import { oddOperation } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isError } from './index.ts'
import type { Outcome } from './index.ts'
import { anyStack, build, stacks } from './pipeline.arbitrary.ts'

describe('D27: what comes out has the shape of its type', () => {
  it('an outcome has a value or an error and never both, however many parts there are', async () => {
    await fc.assert(
      fc.asyncProperty(anyStack, oddOperation, async (stack, [, operation, expected]) => {
        const clock = new VirtualClock()
        const through = build(stack, clock)
        const outcome = through.executeOutcome(operation)
        const result = through.execute(operation).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        )
        await clock.advance(1_000)
        for (const told of [await outcome, await result]) expect(Object.keys(told)).toHaveLength(1)
        if (!isError(expected as Outcome)) expect([await outcome, await result]).toEqual([expected, expected])
      }),
      { numRuns: 100 },
    )
  })

  it('an admission is admitted with a call, or refused with an error', async () => {
    const guards = stacks('total', 'breaker', 'limit', 'bulkhead', 'attempt')
    await fc.assert(
      fc.asyncProperty(guards, fc.integer({ min: 1, max: 8 }), async (stack, count) => {
        const clock = new VirtualClock()
        const through = build({ ...stack, cut: stack.names.length }, clock)
        const asked = Array.from({ length: count }, () => through.admit())
        await clock.advance(1_000)
        for (const admission of await Promise.all(asked)) {
          const has = ['call', 'settle', 'cancel', 'error'].filter((name) => name in admission)
          expect(has).toEqual(admission.admitted ? ['call', 'settle', 'cancel'] : ['error'])
        }
      }),
      { numRuns: 100 },
    )
  })
})
