import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Alarm, Clock } from './clock.ts'
import { DeadlineWheel, Timer } from './deadline-wheel.ts'

/** The borders of the wheel's levels and of 32-bit timers, and the longest time there is. */
const borders = [1, 64, 64 ** 2, 64 ** 3, 2 ** 31, 64 ** 8, Number.MAX_SAFE_INTEGER - 1]

const time: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 130 }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...borders), fc.constantFrom(-1, -0.5, 0, 0.25, 1))
      .map(([at, by]) => at + by),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
)

const timers = 8
const which = fc.nat({ max: timers - 1 })
type Step =
  | { readonly kind: 'add'; readonly timer: number; readonly delay: number }
  | { readonly kind: 'cancel'; readonly timer: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), timer: which, delay: time }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), timer: which }) },
)
/** What happens outside, and for how long time then moves; what the next timers to fire do, in turn. */
const history = fc.record({
  begins: time.map((at) => Math.min(at, 2 ** 40)),
  moves: fc.array(fc.record({ steps: fc.array(step, { maxLength: 6 }), ms: time }), { maxLength: 12 }),
  reactions: fc.array(fc.array(step, { maxLength: 2 }), { maxLength: 30 }),
})

/** A clock whose alarms ring late by as much as is drawn, in turn. */
class LateClock implements Clock {
  readonly virtual: VirtualClock
  readonly #latenessMs: number[]

  constructor(begins: number, latenessMs: readonly number[]) {
    this.virtual = new VirtualClock({ now: begins })
    this.#latenessMs = [...latenessMs]
  }

  now(): number {
    return this.virtual.now()
  }

  wallTime(): number {
    return this.virtual.wallTime()
  }

  alarm(wake: () => void): Alarm {
    const alarm = this.virtual.alarm(wake)
    return { set: (at) => alarm.set(at + (this.#latenessMs.shift() ?? 0)), clear: () => alarm.clear() }
  }
}

/** Runs a history on a wheel beside a plain list of what waits, which says what may fire. */
class Comparison {
  readonly #clock: LateClock
  readonly #wheel: DeadlineWheel
  readonly #waiting = new Map<Timer, { readonly due: number; readonly tick: number }>()
  readonly #timers: readonly Timer[]
  readonly #reactions: (readonly Step[])[]
  readonly faults: string[] = []

  constructor(clock: LateClock, reactions: readonly (readonly Step[])[]) {
    this.#clock = clock
    this.#wheel = new DeadlineWheel(clock)
    this.#reactions = [...reactions]
    const fired = (timer: Timer, now: number): void => this.#fired(timer, now)
    this.#timers = Array.from(
      { length: timers },
      () =>
        new (class extends Timer {
          override fire(now: number): void {
            fired(this, now)
          }
        })(),
    )
  }

  take(step: Step): void {
    const timer = this.#timers[step.timer] as Timer
    const now = this.#clock.now()
    if (step.kind === 'cancel') {
      timer.cancel()
      this.#waiting.delete(timer)
      return
    }
    const due = now + step.delay
    if (due > Number.MAX_SAFE_INTEGER) return
    this.#wheel.add(timer, due, now)
    this.#waiting.set(timer, { due, tick: Math.max(Math.ceil(due), Math.floor(now) + 1) })
  }

  check(): void {
    const { size } = this.#waiting
    if (this.#wheel.size !== size) this.faults.push(`${this.#wheel.size} wait instead of ${size}`)
    const { pending } = this.#clock.virtual
    if (pending !== Math.min(size, 1)) this.faults.push(`${pending} alarms for ${size} that wait`)
  }

  /** By now all that was due has fired, if the clock was in time. */
  checkServed(): void {
    if (this.#first() <= this.#clock.now()) this.faults.push(`not fired by ${this.#clock.now()}`)
  }

  cancelAll(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#waiting.clear()
    this.check()
  }

  #first(): number {
    return Math.min(...[...this.#waiting.values()].map(({ tick }) => tick))
  }

  #fired(timer: Timer, now: number): void {
    const waiting = this.#waiting.get(timer)
    if (waiting === undefined || now < waiting.due) this.faults.push(`early at ${now}`)
    if (now !== this.#clock.now()) this.faults.push(`told ${now} at ${this.#clock.now()}`)
    // A moment that had passed already may be served before its tick, and then out of order.
    if (waiting !== undefined && now >= waiting.tick && waiting.tick !== this.#first()) {
      this.faults.push(`out of order at ${now}`)
    }
    this.#waiting.delete(timer)
    for (const step of this.#reactions.shift() ?? []) this.take(step)
  }
}

function faultsOf(
  clock: LateClock,
  { moves, reactions }: { moves: readonly { steps: readonly Step[]; ms: number }[]; reactions: Step[][] },
  inTime: boolean,
): readonly string[] {
  const comparison = new Comparison(clock, reactions)
  for (const { steps, ms } of moves) {
    for (const each of steps) {
      comparison.take(each)
      comparison.check()
    }
    if (clock.now() + ms <= Number.MAX_SAFE_INTEGER) clock.virtual.tick(ms)
    else continue
    comparison.check()
    if (inTime) comparison.checkServed()
  }
  comparison.cancelAll()
  return comparison.faults
}

describe('deadline wheel', () => {
  test('D13: equals a plain list: nothing early, nothing late, nothing left, for every duration', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        expect(faultsOf(new LateClock(drawn.begins, []), drawn, true)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  test('woken late, it still fires nothing early and all that is due in order', () => {
    const aboutOneRound = fc.integer({ min: 60, max: 70 })
    const lateness = fc.array(fc.oneof(aboutOneRound, time), { maxLength: 30 })
    fc.assert(
      fc.property(history, lateness, (drawn, latenessMs) => {
        expect(faultsOf(new LateClock(drawn.begins, latenessMs), drawn, false)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})
