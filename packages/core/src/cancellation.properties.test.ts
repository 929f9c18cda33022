import { leftovers, VirtualClock } from '@holdfast/testing'
import { plannedOperation } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bulkhead, isError, pipeline, Rejection, retryBudget, TimeoutError } from './index.ts'
import type { CircuitBreaker } from './index.ts'
import { abortReason, anyStack, build, entriesOf, histories, play, stacks } from './pipeline.arbitrary.ts'
import type { Entry, PartName } from './pipeline.arbitrary.ts'

const newClock = () => new VirtualClock({ now: 1_000 })

it('D9: an abort settles the call at that very moment with the caller’s own reason, and nothing of it begins later', async () => {
  await fc.assert(
    fc.asyncProperty(anyStack, histories(), async (stack, history) => {
      const { journal } = await play(build(stack, newClock()), history)
      for (const call of history.calls.keys()) {
        const entries = entriesOf(journal, call)
        const aborted = entries.findIndex(({ did }) => did === 'aborted')
        const settled = entries.findIndex(({ did }) => did === 'settled')
        if (aborted < 0 || settled < aborted) continue
        const { at } = entries[aborted] as Entry
        expect(entries[settled]).toMatchObject({ at, outcome: { error: abortReason(call) } })
        expect(entries.slice(aborted).map(({ did }) => did)).not.toContain('ran')
      }
    }),
    { numRuns: 200 },
  )
})

it('D11 D12: every call settles once, and when all have ended nothing is left in clock, parts, budget and signals', async () => {
  await fc.assert(
    fc.asyncProperty(anyStack, histories(), async (stack, history) => {
      const clock = newClock()
      const budget = retryBudget()
      const guarded = build(stack, clock, { retry: { budget }, hedge: { budget } })
      const { journal, signals } = await play(guarded, history)
      const settled = journal.filter(({ did }) => did === 'settled').map(({ call }) => call)
      expect(settled.toSorted((one, other) => one - other)).toEqual([...history.calls.keys()])
      expect(leftovers(clock, guarded, budget, ...signals)).toEqual([])
    }),
    { numRuns: 200 },
  )
})

/** A breaker that only counts. */
const counting = { window: { type: 'count', size: 1_000 }, minimumCalls: 1_000 }

it('D5 D6: a breaker counts what operations did, but no refusal of the same run and no caller who left', async () => {
  const inside = stacks('endpoints', 'flight', 'total', 'retry', 'hedge', 'limit', 'bulkhead', 'attempt')
  const strangers = fc.uniqueArray(fc.nat({ max: 5 }))
  await fc.assert(
    fc.asyncProperty(inside, histories(), strangers, async (stack, history, callOthers) => {
      const clock = newClock()
      const other = pipeline('other', [bulkhead({ limit: 0 })], { clock })
      const foreign = new Set<unknown>()
      const refusedElsewhere = () =>
        other
          .execute(() => 1)
          .catch((error: unknown) => {
            foreign.add(error)
            throw error
          })
      const names = ['breaker' as const, ...stack.names]
      const guarded = build({ names, cut: stack.cut + 1 }, clock, { breaker: counting })
      const { journal } = await play(guarded, history, {
        operation: (planned, call) =>
          callOthers.includes(call) ? refusedElsewhere : plannedOperation(planned),
      })
      const blames = ({ call, outcome }: Entry): boolean =>
        outcome !== undefined &&
        isError(outcome) &&
        outcome.error !== abortReason(call) &&
        (foreign.has(outcome.error) || !(outcome.error instanceof Rejection))
      const began = new Set(journal.filter(({ did }) => did === 'ran').map(({ call }) => call))
      const settled = journal.filter(({ did, call }) => did === 'settled' && began.has(call))
      const failures = settled.filter(blames).length
      const successes = settled.filter(({ outcome }) => outcome !== undefined && !isError(outcome)).length
      const breaker = guarded.part('circuit-breaker') as CircuitBreaker
      expect(breaker.statistics()).toMatchObject({ calls: successes + failures, failures })
    }),
    { numRuns: 200 },
  )
})

interface Watched {
  readonly call: number
  readonly startedAt: number
  readonly signal: AbortSignal
  endedAt: number
  abortedAt: number
}

it('D10: each attempt has a signal of its own, aborted at its deadline, or when its call is over, and at no other time', async () => {
  const inOrder = fc.subarray<PartName>(['total', 'endpoints', 'retry', 'hedge', 'attempt'], { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(inOrder, fc.integer({ min: 1, max: 5 }), histories(), async (names, cut, history) => {
      const clock = newClock()
      const runs: Watched[] = []
      const { journal } = await play(build({ names, cut }, clock), history, {
        operation: (planned, call) => (given) => {
          const { signal } = given
          const run = { call, startedAt: clock.now(), signal, endedAt: Infinity, abortedAt: Infinity }
          runs.push(run)
          signal.addEventListener('abort', () => (run.abortedAt = clock.now()))
          return plannedOperation(planned)(given).finally(() => (run.endedAt = clock.now()))
        },
      })
      expect(new Set(runs.map(({ signal }) => signal)).size).toBe(runs.length)
      for (const { call, startedAt, signal, endedAt, abortedAt } of runs) {
        const began = entriesOf(journal, call).find(({ did }) => did === 'began') as Entry
        const settled = entriesOf(journal, call).find(({ did }) => did === 'settled') as Entry
        const deadline = Math.min(
          names.includes('attempt') ? startedAt + 50 : Infinity,
          names.includes('total') ? began.at + 100 : Infinity,
        )
        const due = Math.min(deadline, settled.at)
        if (endedAt < due) expect(abortedAt).toBe(Infinity)
        if (endedAt <= due) continue
        expect(abortedAt).toBe(due)
        if (deadline < settled.at) expect(signal.reason).toBeInstanceOf(TimeoutError)
      }
    }),
    { numRuns: 200 },
  )
})
