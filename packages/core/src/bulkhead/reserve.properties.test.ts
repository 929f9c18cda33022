import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkhead, pipeline } from '../index.ts'
import type { ReservedOptions } from '../index.ts'

type Step =
  | { readonly does: 'arrive'; readonly priority: number }
  | { readonly does: 'end'; readonly which: number }
  | { readonly does: 'resize'; readonly limit: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ does: fc.constant('arrive'), priority: fc.nat({ max: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('end'), which: fc.nat({ max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('resize'), limit: fc.constantFrom(0, 1, 4, 5) }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 50 },
)

interface Given {
  readonly limit: number
  readonly size: number
  readonly order: 'fifo' | 'lifo'
  readonly reserved: ReservedOptions
}

const givens: fc.Arbitrary<Given> = fc.record({
  limit: fc.constantFrom(1, 2, 4, 5),
  size: fc.constantFrom(0, 1, 3),
  order: fc.constantFrom('fifo', 'lifo'),
  reserved: fc.record({
    ratio: fc.constantFrom(0, 0.25, 0.4, 0.5, 1),
    priority: fc.constantFrom(1, 2, 3, 4),
  }),
})

interface Known {
  readonly id: number
  readonly priority: number
}

/** What a bulkhead with a reserve must do, with plain lists. */
class Model {
  limit: number
  running: Known[] = []
  waiting: Known[] = []
  readonly began: number[] = []
  readonly refused: number[] = []
  readonly #given: Given

  constructor(given: Given) {
    this.#given = given
    this.limit = given.limit
  }

  arrive(call: Known): void {
    const next = this.#ranked()[0]
    if ((next === undefined || next.priority < call.priority) && this.#hasRoom(call)) return this.#run(call)
    if (this.waiting.length >= this.#given.size) {
      const last = this.#ranked().at(-1)
      if (last === undefined || last.priority >= call.priority) return this.#refuse(call)
      this.waiting = this.waiting.filter((each) => each !== last)
      this.#refuse(last)
    }
    this.waiting.push(call)
  }

  /** The law itself: what is refused was worth least, and nothing less held what is kept for it. */
  #refuse(call: Known): void {
    const { reserved } = this.#given
    this.refused.push(call.id)
    for (const each of this.waiting) expect(each.priority).toBeGreaterThanOrEqual(call.priority)
    if (call.priority < reserved.priority || this.running.length > this.limit) return
    const lower = this.running.filter(({ priority }) => priority < reserved.priority)
    if (!this.resized) expect(lower.length).toBeLessThanOrEqual(this.#open)
  }

  /** Whether the limit was ever another, so that lower calls may have more than it leaves them now. */
  resized = false

  get #open(): number {
    return this.limit - Math.floor(this.limit * this.#given.reserved.ratio)
  }

  #hasRoom({ priority }: Known): boolean {
    return this.running.length < (priority >= this.#given.reserved.priority ? this.limit : this.#open)
  }

  #ranked(): readonly Known[] {
    const arrived = this.#given.order === 'fifo' ? this.waiting : this.waiting.toReversed()
    return arrived.toSorted((one, other) => other.priority - one.priority)
  }

  #run(call: Known): void {
    this.running.push(call)
    this.began.push(call.id)
  }

  end(id: number): void {
    this.running = this.running.filter((each) => each.id !== id)
    this.fill()
  }

  fill(): void {
    for (let next = this.#ranked()[0]; next !== undefined && this.#hasRoom(next); next = this.#ranked()[0]) {
      const taken = next
      this.waiting = this.waiting.filter((each) => each !== taken)
      this.#run(taken)
    }
  }
}

test('D8: nobody of low priority takes what is reserved, and who is refused is of the lowest', async () => {
  await fc.assert(
    fc.asyncProperty(givens, steps, async (given, history) => {
      const { limit, size, order, reserved } = given
      const clock = new VirtualClock()
      const priority = (call: { metadata: Readonly<Record<string, unknown>> }): number =>
        call.metadata['priority'] as number
      const guard = bulkhead({ limit, queue: { size, order }, priority, reserved })
      const service = pipeline('service', [guard], { clock })
      const model = new Model(given)
      const ends = new Map<number, () => void>()
      const began: number[] = []
      const refused: number[] = []
      for (const [id, each] of history.entries()) {
        if (each.does === 'arrive') {
          const outcome = service.executeOutcome(
            () => {
              began.push(id)
              return new Promise<void>((resolve) => ends.set(id, resolve))
            },
            { metadata: { priority: each.priority } },
          )
          void outcome.then((heard) => 'error' in heard && refused.push(id))
          model.arrive({ id, priority: each.priority })
        } else if (each.does === 'resize') {
          service.update('bulkhead', { limit: each.limit })
          model.limit = each.limit
          model.resized = true
          model.fill()
        } else {
          const running = model.running[each.which % Math.max(1, model.running.length)]
          if (running !== undefined) {
            ends.get(running.id)?.()
            model.end(running.id)
          }
        }
        await clock.settle()
        expect(began).toEqual(model.began)
        expect(refused).toEqual(model.refused)
        expect(guard.statistics()).toMatchObject({
          running: model.running.length,
          waiting: model.waiting.length,
        })
      }
    }),
    { numRuns: 300 },
  )
})
