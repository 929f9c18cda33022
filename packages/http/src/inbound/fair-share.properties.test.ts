import { bulkhead, pipeline } from '@holdfast/core'
import type { Admission, Admitted, Pipeline } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'

function ask(door: Pipeline, key: string): Admission {
  const admission = door.admit({ key })
  if (admission instanceof Promise) throw new Error('nobody is to wait')
  return admission
}

type Step =
  | { readonly does: 'ask'; readonly key: string }
  | { readonly does: 'end'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ does: fc.constant('ask'), key: fc.constantFrom('a', 'a', 'b', 'c', 'd') }),
    },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('end'), which: fc.nat({ max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('pass'), ms: fc.constantFrom(1, 99, 100, 101) }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 60 },
)

interface Known {
  readonly key: string
  readonly admitted: Admitted
}

const givens = fc.record({
  limit: fc.constantFrom(1, 2, 4, 8),
  headroomRatio: fc.constantFrom(0, 0.25, 0.5, 1),
})

/** When each key that wants something asked last; what still ran when its time was over counts as asking then. */
class Wanting {
  readonly #asked = new Map<string, number>()

  ask(key: string, running: readonly Known[], now: number): number {
    for (const [other, at] of [...this.#asked]) {
      if (now - at < 100) continue
      if (running.some((call) => call.key === other)) this.#asked.set(other, now)
      else this.#asked.delete(other)
    }
    return this.#asked.set(key, now).size
  }
}

test('a key is refused exactly when it has its share and the headroom is all that is left', async () => {
  await fc.assert(
    fc.asyncProperty(givens, steps, async ({ limit, headroomRatio }, history) => {
      const clock = new VirtualClock()
      const guard = fairShare({ limit, headroomRatio, wantsMs: 100 })
      const door = pipeline('door', [guard], { clock })
      const wanting = new Wanting()
      let running: Known[] = []
      for (const each of history) {
        if (each.does === 'pass') await clock.advance(each.ms)
        else if (each.does === 'end') {
          const ended = running[each.which % Math.max(1, running.length)]
          ended?.admitted.settle({ value: 1 })
          running = running.filter((call) => call !== ended)
        } else {
          const share = Math.max(1, Math.floor(limit / wanting.ask(each.key, running, clock.now())))
          const own = running.filter(({ key }) => key === each.key).length
          const common = limit - Math.floor(limit * headroomRatio)
          const admission = ask(door, each.key)
          expect(admission.admitted).toBe(own < share || running.length < common)
          if (admission.admitted) running.push({ key: each.key, admitted: admission })
        }
        expect(guard.statistics().running).toBe(running.length)
      }
      for (const { admitted } of running) admitted.settle({ value: 1 })
      expect(guard.idle?.(0)).toBe(true)
    }),
  )
})

test('however many keys ask, so many are known, and what each has running comes back to nothing', async () => {
  await fc.assert(
    fc.asyncProperty(givens, steps, async (given, history) => {
      const clock = new VirtualClock()
      const guard = fairShare({ ...given, wantsMs: 100, maximumKeys: 2 })
      const door = pipeline('door', [guard], { clock })
      const running: Admitted[] = []
      for (const each of history) {
        if (each.does === 'pass') await clock.advance(each.ms)
        else if (each.does === 'end') running.splice(each.which, 1)[0]?.settle({ value: 1 })
        else {
          const admission = ask(door, each.key)
          if (admission.admitted) running.push(admission)
        }
        expect(guard.statistics().keys).toBeLessThanOrEqual(3)
        expect(guard.statistics().running).toBe(running.length)
      }
      for (const admitted of running) admitted.settle({ value: 1 })
      await clock.advance(100)
      expect(guard.statistics().running).toBe(0)
      ask(door, 'a')
      expect(guard.statistics().keys).toBe(1)
    }),
  )
})

test('whatever greedy keys do, a modest one is not refused below its share and the headroom', () => {
  const given = fc.record({
    greedy: fc.constantFrom(1, 2, 3, 10),
    limit: fc.constantFrom(8, 12, 40, 100),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(given, ({ greedy, limit, seed }) => {
      const random = seededRandom(seed)
      const clock = new VirtualClock()
      const door = pipeline('door', [fairShare({ limit }), bulkhead({ limit })], { clock })
      const keys = Array.from({ length: greedy }, (_, index) => `greedy ${index}`)
      const modest = Math.min(Math.floor(limit / (greedy + 1)), Math.floor(limit / 4) - 1)
      let running: Known[] = []
      const take = (key: string): boolean => {
        const admission = ask(door, key)
        if (admission.admitted) running.push({ key, admitted: admission })
        return admission.admitted
      }
      const grab = (): void => {
        const from = Math.floor(random() * greedy)
        for (let each = 0; each < greedy; each++) while (take(keys[(from + each) % greedy] as string));
      }
      const end = (call: Known): void => {
        running = running.filter((other) => other !== call)
        call.admitted.settle({ value: 1 })
        grab()
      }
      grab()
      take('modest')
      for (const call of [...running]) end(call)
      for (let round = 0; round < 300; round++) {
        const held = running.filter(({ key }) => key === 'modest').length
        if (held < modest) expect(take('modest')).toBe(true)
        end(running[Math.floor(random() * running.length)] as Known)
      }
    }),
    { numRuns: 50 },
  )
})
