import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipeline, rateLimit, RateLimitedError } from '../index.ts'

type Step =
  | { readonly does: 'call'; readonly weight: number }
  | { readonly does: 'abort'; readonly which: number }
  | { readonly does: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant('call' as const), weight: fc.constantFrom(1, 1, 1, 2, 3, 0) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('abort' as const), which: fc.nat({ max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 99, 100, 101, 250, 999),
    }),
  },
)

const limits = fc.record({
  limit: fc.constantFrom(1, 2, 4, 10),
  burst: fc.constantFrom(1, 2, 5),
  maximumWaitMs: fc.constantFrom(0, 100, 500, 10_000),
})

/** A bucket that leaks a millisecond of its contents a millisecond, and a plain list of those who wait. */
class Model {
  readonly #cellMs: number
  readonly #roomMs: number
  readonly #maximumWaitMs: number
  #usedMs = 0
  #now = 0
  #waiting: { readonly id: number; readonly costMs: number }[] = []
  readonly began: (readonly [id: number, at: number])[] = []
  readonly refused = new Map<number, number | undefined>()

  constructor({ limit, burst, maximumWaitMs }: { limit: number; burst: number; maximumWaitMs: number }) {
    this.#cellMs = 1_000 / limit
    this.#roomMs = burst * this.#cellMs
    this.#maximumWaitMs = maximumWaitMs
  }

  get waiting(): readonly number[] {
    return this.#waiting.map(({ id }) => id)
  }

  call(id: number, weight: number): void {
    const costMs = weight * this.#cellMs
    const queuedMs = this.#waiting.reduce((sum, each) => sum + each.costMs, 0)
    const waitMs = Math.max(0, this.#usedMs + queuedMs + costMs - this.#roomMs)
    if (weight === 0) this.began.push([id, this.#now])
    else if (costMs > this.#roomMs) this.refused.set(id, undefined)
    else if (waitMs > this.#maximumWaitMs) this.refused.set(id, waitMs)
    else {
      this.#waiting.push({ id, costMs })
      this.#serve()
    }
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#usedMs + next.costMs > this.#roomMs) return
      this.#usedMs += next.costMs
      this.began.push([next.id, this.#now])
      this.#waiting.shift()
    }
  }

  leave(id: number): void {
    this.#waiting = this.#waiting.filter((each) => each.id !== id)
    this.#serve()
  }

  advance(ms: number): void {
    for (let each = 0; each < ms; each++) {
      this.#now++
      this.#usedMs = Math.max(0, this.#usedMs - 1)
      this.#serve()
    }
  }
}

test('it admits, delays, refuses and names the time to wait like a leaking bucket recounted each millisecond', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (given, history) => {
      const clock = new VirtualClock()
      const guard = rateLimit({ ...given, weight: (call) => call.metadata['weight'] as number })
      const service = pipeline('service', [guard], { clock })
      const model = new Model(given)
      const began: (readonly [number, number])[] = []
      const refused = new Map<number, number | undefined>()
      const controllers = new Map<number, AbortController>()

      for (const [id, each] of history.entries()) {
        if (each.does === 'wait') {
          await clock.advance(each.ms)
          model.advance(each.ms)
        } else if (each.does === 'abort') {
          const { waiting } = model
          const which = waiting[each.which % Math.max(1, waiting.length)]
          if (which !== undefined) {
            controllers.get(which)?.abort()
            model.leave(which)
          }
        } else {
          const controller = new AbortController()
          controllers.set(id, controller)
          const operation = (): void => void began.push([id, clock.now()])
          const { signal } = controller
          void service
            .executeOutcome(operation, { signal, metadata: { weight: each.weight } })
            .then((heard) => {
              if ('error' in heard && heard.error instanceof RateLimitedError)
                refused.set(id, heard.error.retryAfterMs)
            })
          model.call(id, each.weight)
        }
        await clock.settle()
        expect(began).toEqual(model.began)
        expect(refused).toEqual(model.refused)
        expect(guard.statistics()).toMatchObject({ waiting: model.waiting.length, rejected: refused.size })
      }

      await clock.advance(100_000)
      model.advance(100_000)
      expect(began).toEqual(model.began)
      expect(guard.statistics()).toMatchObject({ available: given.burst, waiting: 0 })
      expect(guard.idle?.(clock.now())).toBe(true)
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 150 },
  )
})
