import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkhead, BulkheadFullError, pipeline } from '../index.ts'
import type { BulkheadRefusal } from '../index.ts'

type Step =
  | { readonly does: 'arrive'; readonly priority: number }
  | { readonly does: 'end' | 'abort'; readonly which: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'resize'; readonly limit: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('arrive' as const), priority: fc.constantFrom(0, 0, 1, 2) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('end' as const, 'abort' as const),
      which: fc.nat({ max: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 9, 10, 11) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('resize' as const), limit: fc.constantFrom(0, 1, 2, 3) }),
  },
)

interface Waiter {
  readonly id: number
  readonly priority: number
  readonly until: number
}

interface Limits {
  readonly limit: number
  readonly size: number
  readonly order: 'fifo' | 'lifo'
  readonly maximumWaitMs: number
}

const limits: fc.Arbitrary<Limits> = fc.record({
  limit: fc.constantFrom(0, 1, 2, 3),
  size: fc.constantFrom(0, 1, 2, 5),
  order: fc.constantFrom('fifo', 'lifo'),
  maximumWaitMs: fc.constantFrom(0, 1, 10, 1e6),
})

/** What a bulkhead must do, with plain lists. */
class Model {
  readonly #limits: Limits
  #waiting: Waiter[] = []
  limit: number
  running = new Set<number>()
  abandoned = new Set<number>()
  began: number[] = []
  refused = new Map<number, BulkheadRefusal>()
  aborted = new Set<number>()

  constructor(given: Limits) {
    this.#limits = given
    this.limit = given.limit
  }

  get waiting(): number {
    return this.#waiting.length
  }

  arrive(id: number, priority: number, now: number): void {
    if (this.running.size < this.limit && this.waiting === 0) return this.#run(id)
    const { size, maximumWaitMs } = this.#limits
    if (this.waiting >= size) {
      const last = this.#ranked().at(-1)
      if (last === undefined || last.priority >= priority) return void this.refused.set(id, 'full')
      this.#leave(last.id)
      this.refused.set(last.id, 'evicted')
    }
    this.#waiting.push({ id, priority, until: now + maximumWaitMs })
  }

  #ranked(): Waiter[] {
    const arrived = this.#limits.order === 'fifo' ? this.#waiting : this.#waiting.toReversed()
    return arrived.toSorted((one, other) => other.priority - one.priority)
  }

  #run(id: number): void {
    this.running.add(id)
    this.began.push(id)
  }

  #leave(id: number): void {
    this.#waiting = this.#waiting.filter((each) => each.id !== id)
  }

  end(id: number): void {
    this.running.delete(id)
    this.abandoned.delete(id)
    this.fill()
  }

  fill(): void {
    while (this.running.size < this.limit) {
      const next = this.#ranked()[0]
      if (next === undefined) return
      this.#leave(next.id)
      this.#run(next.id)
    }
  }

  abort(id: number): void {
    if (this.refused.has(id) || this.aborted.has(id)) return
    if (this.running.has(id)) this.abandoned.add(id)
    if (this.running.has(id) || this.#waiting.some((each) => each.id === id)) this.aborted.add(id)
    this.#leave(id)
  }

  /** The clock's wheel looks once a millisecond, and not in the one in which a wait began. */
  advance(now: number): void {
    for (const { id } of this.#waiting.filter((each) => each.until <= now)) {
      this.#leave(id)
      this.refused.set(id, 'waited-too-long')
    }
  }
}

test('D8, D9: it admits, queues, evicts and refuses like plain lists do; permits are conserved', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (given, history) => {
      const { limit, size, order, maximumWaitMs } = given
      const clock = new VirtualClock()
      const guard = bulkhead({
        limit,
        queue: { size, order, maximumWaitMs },
        priority: (call) => call.metadata['priority'] as number,
      })
      const service = pipeline('service', [guard], { clock })
      const model = new Model(given)
      const controllers = new Map<number, AbortController>()
      const ends = new Map<number, () => void>()
      const began: number[] = []
      const refused = new Map<number, BulkheadRefusal>()
      const aborted = new Set<number>()
      let now = 0

      const arrive = (id: number, priority: number): void => {
        const controller = new AbortController()
        controllers.set(id, controller)
        const outcome = service.executeOutcome(
          () => {
            began.push(id)
            return new Promise<void>((resolve) => ends.set(id, resolve))
          },
          { signal: controller.signal, metadata: { priority } },
        )
        void outcome.then((heard) => {
          if (!('error' in heard)) return
          if (!(heard.error instanceof BulkheadFullError)) return void aborted.add(id)
          refused.set(id, /\((.*)\)/.exec(heard.error.message)?.[1] as BulkheadRefusal)
        })
      }

      for (const [id, each] of history.entries()) {
        if (each.does === 'arrive') {
          arrive(id, each.priority)
          model.arrive(id, each.priority, now)
        } else if (each.does === 'wait') {
          now += each.ms
          await clock.advance(each.ms)
          if (each.ms > 0) model.advance(now)
        } else if (each.does === 'resize') {
          service.update('bulkhead', { limit: each.limit })
          model.limit = each.limit
          model.fill()
        } else if (each.does === 'end') {
          const id = [...model.running][each.which % Math.max(1, model.running.size)]
          if (id !== undefined) {
            ends.get(id)?.()
            model.end(id)
          }
        } else {
          const id = [...controllers.keys()][each.which % Math.max(1, controllers.size)]
          if (id !== undefined && (model.running.has(id) || !began.includes(id))) {
            controllers.get(id)?.abort(new Error('aborted'))
            model.abort(id)
          }
        }
        await clock.settle()
        expect(began).toEqual(model.began)
        expect(refused).toEqual(model.refused)
        expect(aborted).toEqual(model.aborted)
        expect(guard.statistics()).toEqual({
          limit: model.limit,
          running: model.running.size,
          abandoned: model.abandoned.size,
          waiting: model.waiting,
          rejected: model.refused.size,
        })
      }

      for (const controller of controllers.values()) controller.abort()
      for (const end of ends.values()) end()
      await clock.settle()
      expect(guard.statistics()).toMatchObject({ running: 0, abandoned: 0, waiting: 0 })
      expect(guard.idle?.(now)).toBe(true)
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 150 },
  )
})

test('D8: whatever the mode and the limit change to, running stays within the largest limit and comes back to nothing', async () => {
  const traffic = fc.constantFrom('arrive' as const, 'arrive' as const, 'end' as const)
  const limit = fc.record({ limit: fc.constantFrom(0, 1, 2) })
  const mode = fc.record({ mode: fc.constantFrom('enforce' as const, 'shadow' as const, 'off' as const) })
  const changes = fc.oneof(
    fc.array(fc.oneof({ weight: 3, arbitrary: traffic }, limit), { maxLength: 30 }),
    fc.array(fc.oneof({ weight: 3, arbitrary: traffic }, limit, mode), { maxLength: 30 }),
  )
  await fc.assert(
    fc.asyncProperty(changes, async (drawn) => {
      const clock = new VirtualClock()
      const guard = bulkhead({ limit: 1, queue: { size: 3 } })
      const service = pipeline('service', [guard], { clock })
      const ends: (() => void)[] = []
      const alwaysEnforced = drawn.every((each) => typeof each !== 'object' || !('mode' in each))
      const largestLimit = alwaysEnforced ? 2 : Infinity
      for (const each of drawn) {
        if (each === 'arrive') void service.executeOutcome(() => new Promise<void>((end) => ends.push(end)))
        else if (each === 'end') ends.shift()?.()
        else service.update('bulkhead', each)
        await clock.settle()
        const { running, waiting } = guard.statistics()
        expect(running).toBeGreaterThanOrEqual(0)
        expect(waiting).toBeLessThanOrEqual(3)
        expect(running).toBeLessThanOrEqual(largestLimit)
      }
      service.update('bulkhead', { mode: 'enforce', limit: 9 })
      await clock.settle()
      for (const end of ends) end()
      await clock.settle()
      expect(guard.statistics()).toMatchObject({ running: 0, abandoned: 0, waiting: 0 })
    }),
    { numRuns: 100 },
  )
})

test('D8: in any interleaving of arrivals, ends and aborts the operations that run at once never exceed the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 8 }),
      async (s, limit, calls) => {
        const clock = new VirtualClock()
        const guard = bulkhead({ limit, queue: { size: 4, order: 'lifo' } })
        const service = pipeline('service', [guard], { clock })
        let running = 0
        const outcomes: Promise<unknown>[] = []
        for (let id = 0; id < calls; id++) {
          const controller = new AbortController()
          const operation = async (): Promise<void> => {
            running++
            expect(running).toBeLessThanOrEqual(limit)
            await s.schedule(Promise.resolve(), `end ${id}`)
            running--
          }
          void s.schedule(Promise.resolve(), `arrive ${id}`).then(() => {
            outcomes.push(service.executeOutcome(operation, { signal: controller.signal }))
          })
          if (id % 3 === 2) void s.schedule(Promise.resolve(), `abort ${id}`).then(() => controller.abort())
        }
        await s.waitIdle()
        const heard = await Promise.all(outcomes)
        expect(heard).toHaveLength(calls)
        expect(guard.statistics()).toMatchObject({ running: 0, abandoned: 0, waiting: 0 })
        for (const each of heard as { error?: unknown }[]) {
          if (each.error instanceof Error && each.error.name === 'AssertionError') throw each.error
        }
      },
    ),
    { numRuns: 200 },
  )
})
