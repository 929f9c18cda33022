import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { byDrops } from './drop-machine.ts'
import { byDurations } from './duration-machine.ts'
import type { DurationState } from './duration-machine.ts'
import type { Durations, LimitBounds, LimitMachine, LimitState, LimitWindow } from './limit-machine.ts'

interface End {
  readonly how: 'served' | 'dropped' | 'left'
  /** As a share of the limit. */
  readonly running: number
  readonly durationMs: number
  readonly afterMs: number
}

const ends: fc.Arbitrary<readonly End[]> = fc.array(
  fc.record({
    how: fc.constantFrom('served', 'served', 'served', 'dropped', 'left'),
    running: fc.constantFrom(0, 0.5, 1, 1, 1.5),
    durationMs: fc.constantFrom(0, 0.5, 1, 20, 30, 31, 500, 1e5),
    afterMs: fc.constantFrom(0, 1, 10, 11, 100),
  }),
  { minLength: 1, maxLength: 400, size: 'max' },
)

const bounds: fc.Arbitrary<LimitBounds> = fc
  .tuple(fc.constantFrom(1, 2, 20), fc.constantFrom(0, 1, 19), fc.constantFrom(0, 1, 980))
  .map(([minimum, more, room]) => ({ minimum, initial: minimum + more, maximum: minimum + more + room }))

interface Sample extends End {
  readonly began: number
}

/** Keeps every end, and looks at all of them when a window closes. */
class Model<State extends LimitState> {
  state: State
  readonly #machine: LimitMachine<State>
  readonly #bounds: LimitBounds
  #samples: Sample[] = []
  #until: number | undefined

  constructor(machine: LimitMachine<State>, given: LimitBounds) {
    this.#machine = machine
    this.#bounds = given
    this.state = machine.first(given)
  }

  get limit(): number {
    return this.#machine.limitOf(this.state, this.#bounds)
  }

  add(sample: Sample, now: number): void {
    const machine = this.#machine
    if (sample.how === 'left' && sample.durationMs <= machine.slowMsOf(this.state)) return
    this.#until ??= now + machine.windowMsOf(this.state)
    this.#samples.push(sample)
    if (now < this.#until || this.#samples.length < machine.fewestOf(this.state)) return
    const served = this.#samples.filter(({ how }) => how !== 'dropped')
    const light = served.filter(({ began }) => began <= machine.lightestOf(this.state))
    const dropped = this.#samples.filter(({ how }) => how === 'dropped')
    const longest = machine.longestMsOf(this.state)
    this.state = machine.step(
      this.state,
      {
        served: sumOf(served, longest),
        light: sumOf(light, longest),
        dropped: sumOf(dropped, Infinity),
        peak: Math.max(...this.#samples.map(({ began }) => began)),
      },
      this.#bounds,
    )
    this.#samples = []
    this.#until = now + machine.windowMsOf(this.state)
  }
}

function sumOf(samples: readonly Sample[], longestMs: number): Durations {
  const totalMs = samples.reduce((sum, { durationMs }) => sum + Math.min(durationMs, longestMs), 0)
  return { calls: samples.length, totalMs }
}

function equalsOneThatKeepsEveryEnd<State extends LimitState>(machine: LimitMachine<State>): void {
  fc.assert(
    fc.property(bounds, ends, (given, history) => {
      const limit = new AdaptiveLimit(machine, given)
      const model = new Model(machine, given)
      let now = 0
      for (const each of history) {
        now += each.afterMs
        const began = Math.max(1, Math.round(each.running * limit.limit))
        limit[each.how](began, each.durationMs, now)
        model.add({ ...each, began }, now)
        expect(limit.limit).toBe(model.limit)
        expect(limit.probing).toBe(model.state.probing)
        expect(Number.isInteger(limit.limit)).toBe(true)
        expect(limit.limit).toBeGreaterThanOrEqual(given.minimum)
        expect(limit.limit).toBeLessThanOrEqual(given.maximum)
      }
    }),
  )
}

describe('D18: an adaptive limit equals one that keeps every end, and stays a whole number within its bounds', () => {
  test('by durations', () => {
    expect(() => equalsOneThatKeepsEveryEnd(byDurations)).not.toThrow()
  })

  test('by drops', () => {
    expect(() => equalsOneThatKeepsEveryEnd(byDrops)).not.toThrow()
  })
})

const states: fc.Arbitrary<DurationState> = fc.record({
  size: fc.constantFrom(1, 1.9, 2, 20, 1_000),
  baselineMs: fc.constantFrom(undefined, 0, 1, 20),
  reference: fc.constantFrom(1, 20, 1_000),
  age: fc.constantFrom(0, 1, 19, 20),
  probing: fc.constant(false),
  light: fc.constantFrom({ calls: 0, totalMs: 0 }, { calls: 9, totalMs: 180 }),
})

const within: LimitBounds = { initial: 20, minimum: 1, maximum: 1_000 }

const { step } = byDurations

function windowOf(calls: number, meanMs: number, dropped: number, peak: number): LimitWindow {
  return {
    served: { calls, totalMs: calls * meanMs },
    light: { calls: 0, totalMs: 0 },
    dropped: { calls: dropped, totalMs: dropped * 500 },
    peak,
  }
}

test('a window in which all were dropped halves the limit, and the baseline learns nothing of it', () => {
  fc.assert(
    fc.property(states, fc.constantFrom(10, 1_000), fc.constantFrom(1, 1_000), (state, dropped, peak) => {
      const after = step({ ...state, light: { calls: 0, totalMs: 0 } }, windowOf(0, 0, dropped, peak), within)
      expect(after.size).toBe(Math.max(1, state.size / 2))
      expect(after.baselineMs).toBe(state.baselineMs)
    }),
  )
})

test('the more of a window was dropped, the smaller is the limit after it', () => {
  const shares = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }))
  fc.assert(
    fc.property(states, shares, fc.constantFrom(1, 20, 30, 500), (state, [one, other], meanMs) => {
      const after = (dropped: number): number =>
        step(state, windowOf(100 - dropped, meanMs, dropped, 1_000), within).size
      expect(after(Math.max(one, other))).toBeLessThanOrEqual(after(Math.min(one, other)) + 1e-9)
    }),
  )
})

test('while less than half of it is used and nothing is dropped, the limit stays, however slow calls are', () => {
  fc.assert(
    fc.property(states, fc.constantFrom(1, 500), (state, meanMs) => {
      expect(step(state, windowOf(10, meanMs, 0, state.size / 2 - 0.1), within).size).toBe(state.size)
    }),
  )
})
