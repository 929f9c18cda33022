import { EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipeline, retryBudget } from './index.ts'
import type { CircuitBreaker, Part, Pipeline } from './index.ts'
import {
  anyStack,
  build,
  entriesOf,
  histories,
  partsOf,
  play,
  readable,
  stacks,
} from './pipeline.arbitrary.ts'
import type { Entry } from './pipeline.arbitrary.ts'

/** Several pipelines of the very same parts, which take the calls in turn. */
function inTurn(
  parts: readonly Part[],
  clock: VirtualClock,
  count: number,
): Pick<Pipeline, 'clock' | 'executeOutcome'> {
  const all = Array.from({ length: count }, (_, each) =>
    pipeline(`p${each}`, parts, { clock, random: () => 0.5 }),
  )
  let next = 0
  return {
    clock,
    executeOutcome: (operation, options) =>
      (all[next++ % count] as Pipeline).executeOutcome(operation, options),
  }
}

const several = fc.integer({ min: 2, max: 4 })

/** How many operations of those entries run at a time, at most. */
function mostAtOnce(journal: readonly Entry[], counts: (entry: Entry) => boolean = () => true): number {
  let running = 0
  let most = 0
  for (const entry of journal.filter(counts)) {
    if (entry.did === 'ran') most = Math.max(most, ++running)
    if (entry.did === 'ended') running--
  }
  return most
}

describe('D19: pipelines that share a part', () => {
  it('behave together as one pipeline does alone', async () => {
    const shared = stacks(
      'fallback',
      'endpoints',
      'total',
      'retry',
      'hedge',
      'breaker',
      'limit',
      'bulkhead',
      'attempt',
    )
    await fc.assert(
      fc.asyncProperty(shared, several, histories(), async ({ names }, count, history) => {
        const alone = await play(inTurn(partsOf(names), new VirtualClock(), 1), history)
        const clock = new VirtualClock()
        const parts = partsOf(names)
        const together = await play(inTurn(parts, clock, count), history)
        expect(readable(together.journal)).toEqual(readable(alone.journal))
        expect(leftovers(clock, ...parts)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('never run more at a time than their bulkhead allows', async () => {
    const outside = stacks('fallback', 'retry', 'hedge', 'limit', 'total', 'breaker')
    await fc.assert(
      fc.asyncProperty(
        outside,
        several,
        fc.constantFrom(0, 1, 2, 3),
        histories(),
        async ({ names }, count, limit, history) => {
          const parts = partsOf([...names, 'bulkhead'], { bulkhead: { limit } })
          const { journal } = await play(inTurn(parts, new VirtualClock(), count), history)
          expect(mostAtOnce(journal)).toBeLessThanOrEqual(limit)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('never start more in any span of time than their rate limit allows', async () => {
    const outside = stacks('fallback', 'retry', 'hedge', 'total', 'breaker')
    await fc.assert(
      fc.asyncProperty(
        outside,
        several,
        fc.constantFrom(1, 2, 5),
        histories(),
        async ({ names }, count, limit, history) => {
          const parts = partsOf([...names, 'limit'], { limit: { limit, burst: limit } })
          const { journal } = await play(inTurn(parts, new VirtualClock(), count), history)
          const starts = journal.filter(({ did }) => did === 'ran').map(({ at }) => at)
          for (const [first, from] of starts.entries()) {
            for (const [more, to] of starts.slice(first).entries())
              expect(more + 1).toBeLessThanOrEqual(limit + (limit * (to - from)) / 100 + 1e-6)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('never have more extra attempts under way, or in all, than their budget pays for', async () => {
    const extra = stacks('retry', 'hedge')
    await fc.assert(
      fc.asyncProperty(
        extra,
        several,
        fc.constantFrom(0, 1, 3),
        histories({ aborts: false }),
        async ({ names }, count, most, history) => {
          const budget = retryBudget({
            ratio: 0,
            reservePerSecond: 2,
            windowMs: 1_000,
            inFlightRatio: 0,
            inFlightMinimum: most,
          })
          const parts = partsOf(names, { retry: { budget }, hedge: { budget } })
          const clock = new VirtualClock()
          const { journal } = await play(inTurn(parts, clock, count), { ...history, honoursAbort: true })
          const isExtra = ({ attempt = 1 }: Entry): boolean => attempt > 1
          expect(mostAtOnce(journal, isExtra)).toBeLessThanOrEqual(most)
          const last = journal.at(-1)?.at ?? 0
          const extras = journal.filter((entry) => entry.did === 'ran' && isExtra(entry))
          expect(extras.length).toBeLessThanOrEqual(2 + (2 * last) / 1_000)
          expect(leftovers(clock, budget)).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })

  it('never have more probes of their circuit under way than one round may have', async () => {
    await fc.assert(
      fc.asyncProperty(
        several,
        fc.constantFrom(1, 2, 3),
        histories({ aborts: false }),
        async (count, probes, history) => {
          const eager = {
            probes,
            probeSuccesses: 1,
            minimumCalls: 1,
            openMs: 1,
            maximumOpenMs: 1,
            probeLeaseMs: 1e6,
          }
          const [breaker] = partsOf(['breaker'], { breaker: eager }) as [CircuitBreaker]
          const rounds = new Map<number, number>()
          const check = ({ did, call }: Entry): void => {
            if (did === 'ended') rounds.delete(call)
            const { state, generation } = breaker.statistics()
            if (did === 'ran' && state === 'half-open') rounds.set(call, generation)
            expect([...rounds.values()].filter((round) => round === generation).length).toBeLessThanOrEqual(
              probes,
            )
          }
          await play(inTurn([breaker], new VirtualClock(), count), history, { check })
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('D20: a guard of this process answers at once', () => {
  it('an operation that is not told to wait begins before execute returns, whatever the parts', async () => {
    await fc.assert(
      fc.asyncProperty(anyStack, histories(), async (stack, history) => {
        const guarded = build(stack, new VirtualClock())
        // To the next endpoint, when the inside refuses.
        const movesOn = stack.names.includes('choice')
        const pipelines = [guarded, ...guarded.parts.filter(isPipeline)]
        const logs = pipelines.map((each) => new EventLog(each))
        const { journal } = await play(guarded, history)
        const events = logs.flatMap((log) => log.events)
        const late = [...history.calls.keys()].filter((call) => {
          const order = entriesOf(journal, call).map(({ did }) => did)
          const told = events.some(
            ({ key, type }) =>
              key === `${call}` && (putsOff.has(type) || (movesOn && type.endsWith('.rejected'))),
          )
          return !told && order.indexOf('ran') > order.indexOf('returned')
        })
        expect(late).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('guards admit without a promise unless one of them has the call wait', async () => {
    const guards = stacks('total', 'breaker', 'limit', 'bulkhead', 'attempt')
    const ends = fc.array(fc.record({ afterMs: fc.constantFrom(0, 1, 20, 50), settles: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(guards, ends, async ({ names }, calls) => {
        const clock = new VirtualClock()
        const guarded = pipeline('test', partsOf(names), { clock })
        const log = new EventLog(guarded)
        for (const { afterMs, settles } of calls) {
          await clock.advance(afterMs)
          log.clear()
          const admission = guarded.admit()
          const waits = log.types.some((type) => putsOff.has(type))
          expect(admission instanceof Promise).toBe(waits)
          if (!(admission instanceof Promise) && admission.admitted && settles) admission.settle({ value: 1 })
        }
      }),
      { numRuns: 150 },
    )
  })
})

function isPipeline(part: Part): part is Pipeline {
  return part.kind === 'pipeline'
}

/** What says that a call goes on later. */
const putsOff = new Set([
  'bulkhead.queued',
  'rate-limit.queued',
  'retry.scheduled',
  'hedge.launched',
  'fallback.used',
])
