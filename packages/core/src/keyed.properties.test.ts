import { EventLog, VirtualClock } from '@holdfast/testing'
import { around } from '@holdfast/testing/arbitraries'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkhead, circuitBreaker, keyed, pipeline, wheelOf } from './index.ts'
import type { Guard, Outcome, Part } from './index.ts'

const idleMs = 50
const windowMs = 100

type Step =
  | { readonly does: 'call'; readonly key: string; readonly durationMs: number; readonly fails: boolean }
  | { readonly does: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('call' as const),
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      durationMs: fc.oneof(fc.constant(0), around(idleMs)),
      fails: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.oneof(around(idleMs), around(windowMs)),
    }),
  },
)

/** Tells which set of parts let a call in. */
const witness = (set: number, letIn: (set: number) => void): Guard => ({
  kind: 'witness',
  name: 'witness',
  admit: () => {
    letIn(set)
    return 0
  },
  settle: () => {},
})

/** One key as an observer sees it. */
interface Seen {
  set: number
  running: number
  /** Until when at least the window holds a call, or the circuit is open. */
  usedUntil: number
}

test('D22: a key in use keeps its parts, there are no more than the maximum, and whoever finds no room shares one set and is reported', async () => {
  const history = fc.array(step, { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 2, 3), fc.boolean(), history, async (maximum, breakers, steps) => {
      const clock = new VirtualClock({ now: 1_000 })
      const seen = new Map<string, Seen>()
      let sets = 0
      let letInBy = -1
      const makeParts = (): readonly Part[] => {
        const parts: Part[] = [witness(sets++, (set) => (letInBy = set))]
        if (breakers) {
          const window = { type: 'time', durationMs: windowMs } as const
          parts.push(circuitBreaker({ window, minimumCalls: 1_000, consecutiveFailures: 2, openMs: 75 }))
        }
        return parts
      }
      const tenants = keyed(makeParts, { maximum, idleMs })
      const service = pipeline('service', [tenants], { clock, random: () => 0.5 })
      const log = new EventLog(service)
      const shared = new Set<number>()
      let calls = 0
      let settled = 0
      for (const each of steps) {
        if (each.does === 'wait') {
          await clock.advance(each.ms)
          continue
        }
        const { key, durationMs, fails } = each
        const now = clock.now()
        const before = seen.get(key)
        const inUse = before !== undefined && (before.running > 0 || now < before.usedUntil)
        log.clear()
        calls++
        letInBy = -1
        const outcome = service.executeOutcome(
          () =>
            new Promise<string>((resolve, reject) => {
              const end = (): void => (fails ? reject('failed') : resolve('done'))
              if (durationMs === 0) end()
              else clock.alarm(end).set(clock.now() + durationMs)
            }),
          { key },
        )
        const overflows = log.of('keyed.overflow').length
        const set = letInBy
        if (inUse) expect([set, overflows]).toEqual([before.set, 0])
        expect(overflows).toBe(tenants.of(key) === undefined ? 1 : 0)
        expect(tenants.size).toBeLessThanOrEqual(maximum)
        if (overflows > 0) shared.add(set)
        expect(shared.size).toBeLessThanOrEqual(1)
        const known =
          overflows > 0 ? undefined : before?.set === set ? before : { set, running: 0, usedUntil: 0 }
        if (known !== undefined) {
          expect(shared).not.toContain(set)
          seen.set(key, known)
          known.running++
        }
        void outcome.then((heard: Outcome) => {
          settled++
          if (known === undefined) return
          known.running--
          const counted =
            breakers && ['done', 'failed'].includes(String('value' in heard ? heard.value : heard.error))
          // Nine whole buckets of ten, for it may have come at the very end of its own.
          if (counted) known.usedUntil = clock.now() + windowMs * 0.9
        })
        await clock.settle()
      }
      await clock.advance(1_000)
      expect(settled).toBe(calls)
      expect(wheelOf(clock).size + clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('D11: when traffic has moved on, nothing is kept of the keys that hold nothing, however many there were', async () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(keys, fc.boolean(), async (all, breakers) => {
      const clock = new VirtualClock({ now: 1_000 })
      const window = { type: 'time', durationMs: windowMs } as const
      const tenants = keyed(() => (breakers ? [circuitBreaker({ window })] : [bulkhead()]), { idleMs })
      const service = pipeline('service', [tenants], { clock })
      for (const key of all) await service.execute(() => 1, { key })
      expect(tenants.size).toBe(all.length)
      await clock.advance(Math.max(idleMs, windowMs))
      for (const _ of all) await service.execute(() => 1, { key: 'the one that is left' })
      expect(tenants.size).toBe(1)
    }),
    { numRuns: 50 },
  )
})
