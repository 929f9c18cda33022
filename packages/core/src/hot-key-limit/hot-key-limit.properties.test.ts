import { controlledOperation, EventLog, leftovers, seededRandom, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hotKeyLimit, isError, pipeline } from '../index.ts'

const keys = ['a', 'b', 'c', 'd'] as const
type Key = (typeof keys)[number]

const meanAgeMs = 1_000
const minimumPerSecond = 5

const steps = fc.array(
  fc.record({
    key: fc.oneof({ weight: 3, arbitrary: fc.constant('a' as const) }, fc.constantFrom(...keys)),
    afterMs: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(0, 1, 10, 50, 100) },
      { weight: 1, arbitrary: fc.constantFrom(693, 694, 5_000) },
    ),
    /** How many of the calls that run end before it. */
    ends: fc.constantFrom(0, 0, 1, 2, 10),
  }),
  { minLength: 20, maxLength: 120 },
)

/** By brute force: what each key was asked for, aged, and whether it must be hot, may be, or must not. */
class Demand {
  readonly #calls: { readonly key: Key; readonly at: number }[] = []
  /** Since its last call that must have made it hot, has it never been cool. */
  readonly surelyHot = new Set<Key>()
  readonly #shareRatio: number

  constructor(shareRatio: number) {
    this.#shareRatio = shareRatio
  }

  /** How often it is asked for, as a part of what makes a key hot. */
  heat(key: Key, now: number): number {
    const weights = this.#calls.map((call) => ({
      key: call.key,
      count: Math.exp((call.at - now) / meanAgeMs),
    }))
    const total = weights.reduce((sum, { count }) => sum + count, 0)
    const own = weights.reduce((sum, { key: each, count }) => sum + (each === key ? count : 0), 0)
    return own / Math.max(this.#shareRatio * total, (minimumPerSecond * meanAgeMs) / 1_000)
  }

  coolAt(now: number): void {
    for (const key of this.surelyHot) if (this.heat(key, now) < 0.5 + 1e-9) this.surelyHot.delete(key)
  }

  call(key: Key, at: number): void {
    this.#calls.push({ key, at })
    if (this.heat(key, at) > 1 + 1e-9) this.surelyHot.add(key)
    this.coolAt(at)
  }
}

test('a key is hot from when it is asked for so much until it is asked for half of that, has as many calls as its limit, and no other is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.2, 0.5, 0.9, 1),
      fc.constantFrom(1, 2, 5),
      steps,
      async (shareRatio, limit, history) => {
        const clock = new VirtualClock({ now: 1_000 })
        const guard = hotKeyLimit({ limit, shareRatio, minimumPerSecond, halfLifeMs: meanAgeMs * Math.LN2 })
        const service = pipeline('service', [guard], { clock })
        const log = new EventLog(service)
        const demand = new Demand(shareRatio)
        const operation = controlledOperation<number>()
        let [since, refusals] = [new Map<Key, number>(), 0]
        for (const { key, afterMs, ends } of history) {
          await clock.advance(afterMs)
          for (const run of operation.runs.filter(({ ended }) => !ended).slice(0, ends)) run.resolve(1)
          await clock.settle()
          const now = clock.now()
          demand.coolAt(now)
          const before = operation.runs.length
          const asked = service.executeOutcome(operation.run, { key })
          demand.call(key, now)
          const hot = guard.statistics().hotKeys.map((each) => each.key)
          for (const each of demand.surelyHot) expect(hot).toContain(each)
          for (const each of hot) expect(demand.heat(each as Key, now)).toBeGreaterThan(0.5 - 1e-9)
          // The call that made it hot is counted as one that was let in while it was.
          since = new Map(hot.map((each) => [each as Key, since.get(each as Key) ?? before]))
          const refused = operation.runs.length === before
          if (refused) {
            refusals++
            expect(isError(await asked)).toBe(true)
            expect(hot).toContain(key)
          }
          for (const [each, first] of since) {
            const running = operation.runs
              .slice(first)
              .filter(({ call, ended }) => call.key === each && !ended).length
            expect(running).toBeLessThanOrEqual(limit)
            if (refused && each === key) expect(running).toBe(limit)
          }
        }
        expect(guard.statistics().rejected).toBe(refusals)
        expect(log.of('hot-key.rejected')).toHaveLength(refusals)
        const [detected, cooled] = [log.of('hot-key.detected'), log.of('hot-key.cooled')]
        for (const key of keys) {
          const more = detected.filter((event) => event.key === key).length
          const less = cooled.filter((event) => event.key === key).length
          expect([0, 1]).toContain(more - less)
        }
        for (const run of operation.runs) run.resolve(1)
        await clock.advance(100_000)
        expect(leftovers(clock, service)).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

test('among ten thousand keys the one that is asked for a hundred times as much is found within a half-life, and no other is ever refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(100, 400), async (seed, others) => {
      const random = seededRandom(seed)
      const clock = new VirtualClock()
      const service = pipeline('service', [hotKeyLimit({ limit: 1, shareRatio: 0.1 })], { clock })
      const log = new EventLog(service)
      const operation = controlledOperation<number>()
      // A thousand calls a second: some of many keys, and from the third second on a hundred times one of the others.
      const hotShare = 100 / (100 + others)
      for (let ms = 0; ms < 8_000; ms++) {
        const isHot = ms >= 3_000 && random() < hotShare
        const key = isHot ? 'hot' : `cold ${Math.floor(10_000 * random())}`
        void service.executeOutcome(operation.run, { key })
        clock.tick(1)
        if (ms % 10 === 0) for (const run of operation.runs.slice(-20)) run.resolve(1)
      }
      for (const run of operation.runs) run.resolve(1)
      await clock.settle()
      expect(log.of('hot-key.detected')).toMatchObject([{ key: 'hot' }])
      const refused = log.of('hot-key.rejected')
      expect(refused.length).toBeGreaterThan(0)
      expect(refused.filter(({ key }) => key !== 'hot')).toEqual([])
    }),
    { numRuns: 5 },
  )
})
