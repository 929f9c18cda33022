import { VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { DeadlineWheel, Timer, wheelOf } from './deadline-wheel.ts'

class Reminder extends Timer {
  readonly #act: (now: number) => void

  constructor(act: (now: number) => void) {
    super()
    this.#act = act
  }

  override fire(now: number): void {
    this.#act(now)
  }
}

let clock: VirtualClock
let wheel: DeadlineWheel
beforeEach(() => {
  clock = new VirtualClock()
  wheel = wheelOf(clock)
})
afterEach(() => {
  expect(wheel.size).toBe(0)
  expect(clock.pending).toBe(0)
})

/** Adds a timer for each delay; tells the delays in the order of firing, with the moments. */
function fired(delays: readonly number[]): (readonly [delay: number, at: number])[] {
  const log: (readonly [number, number])[] = []
  for (const delay of delays) {
    const due = clock.now() + delay
    wheel.add(new Reminder((now) => log.push([delay, now])), due, clock.now())
  }
  return log
}

describe('deadline wheel', () => {
  test('a clock has one wheel', () => {
    expect(wheelOf(clock)).toBe(wheel)
    expect(wheelOf(new VirtualClock())).not.toBe(wheel)
  })

  test.each([1, 63, 64, 65, 4_095, 4_096, 4_097, 262_143, 262_144, 262_145])(
    'a timer of %d ms fires at its moment and not a millisecond before',
    async (delay) => {
      const log = fired([delay])
      await clock.advance(delay - 1)
      expect(log).toEqual([])
      await clock.advance(1)
      expect(log).toEqual([[delay, delay]])
    },
  )

  test.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 48 - 1, 2 ** 48, Number.MAX_SAFE_INTEGER])(
    'D13: a timer of %d ms does not fire at once but at its moment',
    async (delay) => {
      const log = fired([delay])
      await clock.advanceTo(delay - 1)
      expect(log).toEqual([])
      await clock.advanceTo(delay)
      expect(log).toEqual([[delay, delay]])
    },
  )

  test('a moment between two ticks means the later one', async () => {
    const log = fired([9.25])
    await clock.advanceTo(9.25)
    expect(log).toEqual([])
    await clock.advanceTo(10)
    expect(log).toEqual([[9.25, 10]])
  })

  test.each([0, -1, -1_000])('a moment %d ms from now is served within a tick', async (delay) => {
    await clock.advance(5_000)
    const log = fired([delay])
    await clock.advance(1)
    expect(log).toHaveLength(1)
  })

  test('timers fire in order of their moments, in whatever order they were added', async () => {
    const delays = [262_144, 64, 1, 4_097, 4_096, 63, 65, 2, 262_143]
    const log = fired(delays)
    await clock.advance(300_000)
    expect(log).toEqual(delays.toSorted((one, other) => one - other).map((delay) => [delay, delay]))
  })

  test('begins anew from any moment after it was empty', async () => {
    for (const start of [0, 63, 4_095, 262_143, 2 ** 40 - 1]) {
      await clock.advanceTo(Math.max(start, clock.now()))
      const begun = clock.now()
      const log = fired([1, 64, 65])
      await clock.advance(65)
      expect(log.map(([, at]) => at - begun)).toEqual([1, 64, 65])
    }
  })

  test('one alarm serves all timers, and none is left when the last is cancelled', () => {
    const timers = Array.from({ length: 100 }, () => new Reminder(() => {}))
    timers.forEach((timer, at) => wheel.add(timer, 1 + at ** 3, 0))
    expect(wheel.size).toBe(100)
    expect(clock.pending).toBe(1)
    for (const timer of timers) timer.cancel()
  })

  test('cancelling twice, or what never waited, changes nothing', async () => {
    const log = fired([10])
    const timer = new Reminder(() => log.push([20, clock.now()]))
    timer.cancel()
    wheel.remove(timer)
    wheel.add(timer, 20, 0)
    timer.cancel()
    timer.cancel()
    wheel.remove(timer)
    expect(wheel.size).toBe(1)
    await clock.advance(100)
    expect(log).toEqual([[10, 10]])
  })

  test('a wheel leaves the timers of another alone', () => {
    const other = new VirtualClock()
    const timer = new Reminder(() => {})
    wheelOf(other).add(timer, 10, 0)
    wheel.remove(timer)
    expect(wheelOf(other).size).toBe(1)
    wheel.add(timer, 10, 0)
    expect(wheelOf(other).size).toBe(0)
    timer.cancel()
  })

  test('a timer that is added again moves', async () => {
    const log: number[] = []
    const timer = new Reminder((now) => log.push(now))
    wheel.add(timer, 10, 0)
    wheel.add(timer, 5_000, 0)
    await clock.advance(4_999)
    expect(log).toEqual([])
    await clock.advance(1)
    expect(log).toEqual([5_000])
  })

  test('a timer may add itself again while it fires', async () => {
    const log: number[] = []
    const timer: Timer = new Reminder((now) => {
      log.push(now)
      if (log.length < 4) wheel.add(timer, now + 64, now)
    })
    wheel.add(timer, 64, 0)
    await clock.advance(1_000)
    expect(log).toEqual([64, 128, 192, 256])
  })

  test('a timer may cancel one of the same moment while it fires', async () => {
    const log: string[] = []
    const second = new Reminder(() => log.push('second'))
    wheel.add(new Reminder(() => second.cancel()), 10, 0)
    wheel.add(second, 10, 0)
    wheel.add(new Reminder(() => log.push('third')), 10, 0)
    await clock.advance(10)
    expect(log).toEqual(['third'])
  })

  test('woken late, it serves all that is due in order, and what is added then waits its full time', () => {
    const log: (readonly [number, number])[] = []
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    const again = new Reminder((now) => log.push([69, now]))
    lateWheel.add(
      new Reminder((now) => {
        log.push([5, now])
        lateWheel.add(again, 69, now)
      }),
      5,
      0,
    )
    late.wakeAt(64)
    expect(log).toEqual([[5, 64]])
    late.wakeAt(69)
    expect(log).toEqual([
      [5, 64],
      [69, 69],
    ])
    expect(late.alarmAt).toBe(Infinity)
  })

  test('woken early or for nothing, it goes on waiting', () => {
    const log: number[] = []
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    const gone = new Reminder(() => log.push(-1))
    lateWheel.add(gone, 10, 0)
    lateWheel.add(new Reminder((now) => log.push(now)), 5_000, 0)
    gone.cancel()
    late.wakeAt(10)
    late.wakeAt(4_999.5)
    expect(log).toEqual([])
    late.wakeAt(5_000)
    expect(log).toEqual([5_000])
  })

  test.each([100, 5_000, 2 ** 31 - 1, 2 ** 31, 2 ** 40])(
    'sleeps for at least half of the way to a moment %d ms from now',
    (due) => {
      const late = new LateClock()
      new DeadlineWheel(late).add(new Reminder(() => {}), due, 0)
      expect(late.alarmAt).toBeGreaterThanOrEqual(due / 2)
      expect(late.alarmAt).toBeLessThanOrEqual(due)
    },
  )

  test('asks for no alarm that has passed, however long it was empty', () => {
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    const timer = new Reminder(() => {})
    lateWheel.add(timer, 10, 0)
    timer.cancel()
    lateWheel.add(timer, 1_000_070, 1_000_000)
    expect(late.alarmAt).toBeGreaterThan(1_000_000)
  })

  test('does not wake for a moment that was cancelled while it slept', () => {
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    const gone = new Reminder(() => {})
    lateWheel.add(new Reminder(() => {}), 5, 0)
    lateWheel.add(gone, 10, 0)
    lateWheel.add(new Reminder(() => {}), 50, 0)
    gone.cancel()
    late.wakeAt(5)
    expect(late.alarmAt).toBe(50)
  })

  test('woken late, it sleeps from then on until the next moment', () => {
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    lateWheel.add(new Reminder(() => {}), 5, 0)
    lateWheel.add(new Reminder(() => {}), 150, 0)
    late.wakeAt(70)
    lateWheel.add(new Reminder(() => {}), 75, 70)
    expect(late.alarmAt).toBe(75)
  })

  test('a moment that is added and served in one wake-up leaves no alarm behind', () => {
    const late = new LateClock()
    const lateWheel = new DeadlineWheel(late)
    const served = new Reminder(() => {})
    lateWheel.add(new Reminder((now) => lateWheel.add(served, 7, now)), 5, 0)
    lateWheel.add(new Reminder(() => {}), 20, 0)
    late.wakeAt(100)
    late.wakeAt(101)
    expect(lateWheel.size).toBe(0)
    expect(late.alarmAt).toBe(Infinity)
  })

  test('what one timer throws is uncaught, and stops no other', async () => {
    const uncaught: unknown[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error))
    wheel.add(
      new Reminder(() => {
        throw 'thrown by a timer'
      }),
      10,
      0,
    )
    const log = fired([10, 11, 5_000])
    await clock.advance(5_000)
    process.removeAllListeners('uncaughtException')
    for (const listener of others) process.on('uncaughtException', listener)
    expect(uncaught).toEqual(['thrown by a timer'])
    expect(log.map(([delay]) => delay)).toEqual([10, 11, 5_000])
  })
})

/** Wakes when it is told to, like a host whose event loop was busy. */
class LateClock implements Clock {
  #now = 0
  #wake = (): void => {}
  alarmAt = Infinity

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#now
  }

  alarm(wake: () => void): { set(at: number): void; clear(): void } {
    this.#wake = wake
    return { set: (at) => (this.alarmAt = at), clear: () => (this.alarmAt = Infinity) }
  }

  wakeAt(now: number): void {
    this.#now = now
    this.alarmAt = Infinity
    this.#wake()
  }
}
