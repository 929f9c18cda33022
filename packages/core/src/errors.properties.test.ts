import { VirtualClock } from '@holdfast/testing'
import { oddOperation, plannedOperation } from '@holdfast/testing/arbitraries'
import type { PlannedCall } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isError } from './index.ts'
import type { Call, Outcome } from './index.ts'
import { build, entriesOf, histories, play, readable, stacks } from './pipeline.arbitrary.ts'
import type { Extras } from './pipeline.arbitrary.ts'

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** Stacks that pass on what the operation did, after retries and hedges that do the same again. */
const transparent = stacks('endpoints', 'total', 'retry', 'hedge', 'breaker', 'bulkhead', 'attempt')

/** A breaker that does not open. */
const counting: Extras = { breaker: { minimumCalls: 1_000 } }

async function outcomeOf(
  stack: Parameters<typeof build>[0],
  operation: (call: Call) => unknown,
  extras: Extras = counting,
): Promise<Outcome | undefined> {
  const clock = new VirtualClock()
  let outcome: Outcome | undefined
  void build(stack, clock, extras)
    .executeOutcome(operation)
    .then((heard) => (outcome = heard))
  await clock.advance(1_000)
  return outcome
}

describe('D16: an operation may return and throw anything', () => {
  it('whatever an odd one does is what the caller hears', async () => {
    await fc.assert(
      fc.asyncProperty(transparent, oddOperation, async (stack, [, operation, expected]) => {
        expect(await outcomeOf(stack, operation)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('any value comes out as it is, returned or thrown, at once or later', async () => {
    const ways = fc.constantFrom<(value: unknown) => unknown>(
      (value) => value,
      (value) => Promise.resolve(value),
      (value) => new Promise((resolve) => setImmediate(resolve, value)),
      (value) => raise(value),
      (value) => Promise.reject(value),
    )
    await fc.assert(
      fc.asyncProperty(transparent, ways, fc.anything(), async (stack, way, value) => {
        const outcome = (await outcomeOf(stack, () => way(value))) as Outcome
        expect(isError(outcome) ? outcome.error : outcome.value).toBe(value)
      }),
      { numRuns: 200 },
    )
  })
})

function raise(error: unknown): never {
  throw error
}

describe('D12: a hook that throws', () => {
  const boom = new Error('a hook that throws')
  /** Hooks that decide, and throw for some of the calls. */
  const hooksFor = (throwsFor: readonly number[]): Extras => {
    const about = ({ key }: Call): void => {
      if (throwsFor.includes(Number(key))) throw boom
    }
    return {
      total: { durationMs: (call: Call) => (about(call), 100) },
      attempt: { durationMs: (call: Call) => (about(call), 50) },
      retry: { budget: false, retryWhen: (outcome: Outcome, call: Call) => (about(call), isError(outcome)) },
      hedge: { budget: false, delayMs: (call: Call) => (about(call), 20) },
      fallback: { run: (_: unknown, call: Call) => (about(call), 'fallback') },
    }
  }

  /** No operation ends in the very moment of a timer, whose order would depend on the other calls. */
  const operation = (planned: PlannedCall) =>
    plannedOperation({ ...planned, durationMs: planned.durationMs + 0.5 })

  it('ends its own call, and every other call goes on as it would have', async () => {
    const independent = stacks('fallback', 'total', 'retry', 'hedge', 'attempt')
    const some = fc.uniqueArray(fc.nat({ max: 5 }))
    await fc.assert(
      fc.asyncProperty(independent, histories(), some, async (stack, history, throwsFor) => {
        const good = await play(build(stack, new VirtualClock(), hooksFor([])), history, { operation })
        const bad = await play(build(stack, new VirtualClock(), hooksFor(throwsFor)), history, { operation })
        for (const call of history.calls.keys()) {
          const entries = entriesOf(bad.journal, call)
          expect(entries.filter(({ did }) => did === 'settled')).toHaveLength(1)
          if (throwsFor.includes(call)) continue
          expect(readable(entries)).toEqual(readable(entriesOf(good.journal, call)))
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('D23: the error that began it stays in sight', () => {
  /** Whatever can be reached by `cause`, the error itself first. */
  const causes = function* (error: unknown): Generator {
    for (let each = error; each !== undefined; each = each instanceof Error ? each.cause : undefined)
      yield each
  }

  it('a call that fails alone gives the operation’s own error, or one that it is the cause of', async () => {
    const layers = stacks('fallback', 'endpoints', 'retry', 'hedge', 'breaker', 'limit', 'bulkhead')
    await fc.assert(
      fc.asyncProperty(layers, fc.constantFrom(1, 2, 3, 20), async (stack, minimumCalls) => {
        const thrown: Error[] = []
        const operation = (): never => {
          thrown.push(new Error(`failure ${thrown.length}`))
          return raise(thrown.at(-1))
        }
        const outcome = await outcomeOf(stack, operation, {
          breaker: { minimumCalls },
          fallback: { run: () => raise(new Error('the fallback fails too')) },
        })
        const reached = [...causes((outcome as { readonly error: unknown }).error)]
        expect(reached.filter((error) => thrown.includes(error as Error))).not.toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
