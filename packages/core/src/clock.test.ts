import { controlledOperation } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Alarm, Clock } from './clock.ts'
import { pipeline, timeout } from './index.ts'

let systemClock: Clock

function setUp(): { readonly alarm: Alarm; readonly rung: number[]; readonly start: number } {
  const rung: number[] = []
  const start = systemClock.now()
  return { alarm: systemClock.alarm(() => rung.push(systemClock.now() - start)), rung, start }
}

describe('system clock', () => {
  /** The host's timers, turns and time are faked before the clock takes hold of them. */
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] })
    vi.resetModules()
    systemClock = (await import('./clock.ts')).systemClock
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  test('measures with the monotonic clock and records with the calendar', () => {
    vi.setSystemTime(5_000)
    expect(systemClock.now()).toBe(performance.now())
    expect(systemClock.wallTime()).toBe(5_000)
    const before = systemClock.now()
    vi.setSystemTime(1_000)
    expect(systemClock.now()).toBe(before)
  })

  test('rings once, at its moment', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start + 10)
    vi.advanceTimersByTime(9)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([10])
  })

  test('what is set and cleared within the turn makes no timer', () => {
    const made = vi.spyOn(globalThis, 'setTimeout')
    const { alarm, rung, start } = setUp()
    for (let call = 0; call < 100; call++) {
      alarm.set(start + 10)
      alarm.clear()
    }
    vi.advanceTimersByTime(1_000)
    expect(made).not.toHaveBeenCalled()
    expect(rung).toEqual([])
  })

  test('a moment that moves on every turn makes a timer now and then, not one a turn', () => {
    const made = vi.spyOn(globalThis, 'setTimeout')
    const { alarm, rung, start } = setUp()
    for (let turn = 0; turn < 100; turn++) {
      alarm.set(start + turn + 50)
      vi.advanceTimersByTime(1)
    }
    expect(made.mock.calls.length).toBeLessThan(10)
    vi.advanceTimersByTime(49)
    expect(rung).toEqual([149])
  })

  test('an earlier moment replaces a later one', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start + 1_000)
    vi.advanceTimersByTime(5)
    alarm.set(start + 10)
    vi.advanceTimersByTime(5_000)
    expect(rung).toEqual([10])
  })

  test('once cleared it is silent, and its timer is gone after the turn', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start + 10)
    vi.advanceTimersByTime(5)
    alarm.clear()
    vi.advanceTimersByTime(0)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([])
  })

  test('cleared in the turn in which it would have rung, it is silent', () => {
    const { alarm, rung, start } = setUp()
    setTimeout(() => alarm.clear(), 10)
    alarm.set(start + 10)
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([])
  })

  test('cleared and set again within a turn it rings at the new moment', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start + 10)
    vi.advanceTimersByTime(5)
    alarm.clear()
    alarm.set(start + 20)
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([20])
  })

  test('may be set again while it rings', () => {
    const { start } = setUp()
    const rung: number[] = []
    const alarm = systemClock.alarm(() => {
      rung.push(systemClock.now() - start)
      if (rung.length < 3) alarm.set(systemClock.now() + 10)
    })
    alarm.set(start + 10)
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([10, 20, 30])
  })

  test('a moment that has passed rings on the next turn', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start - 100)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(2)
    expect(rung).toHaveLength(1)
  })

  test.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1])(
    'D13: waits %d ms, never more at a time than a host timer can',
    (ms) => {
      const made = vi.spyOn(globalThis, 'setTimeout')
      const { alarm, rung, start } = setUp()
      alarm.set(start + ms)
      vi.advanceTimersByTime(ms - 1)
      expect(rung).toEqual([])
      vi.advanceTimersByTime(1)
      expect(rung).toEqual([ms])
      for (const [, delay] of made.mock.calls) expect(delay).toBeLessThan(2 ** 31)
    },
  )

  test('D13: the longest time there is does not ring at once', () => {
    const { alarm, rung, start } = setUp()
    alarm.set(start + Number.MAX_SAFE_INTEGER)
    vi.advanceTimersByTime(2 ** 33)
    expect(rung).toEqual([])
    alarm.clear()
    vi.advanceTimersByTime(0)
  })
})

describe('system clock of real pipelines', () => {
  const protectedCalls = pipeline('real', [timeout({ durationMs: 60_000 })])
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('calls that settle within the turn make no timer', async () => {
    const before = timers()
    const made = vi.spyOn(globalThis, 'setTimeout')
    await Promise.all(Array.from({ length: 100 }, () => protectedCalls.execute(async () => 1)))
    await turn()
    expect(made).not.toHaveBeenCalled()
    expect(timers()).toBe(before)
    made.mockRestore()
  })

  test('all calls that last share one timer, which goes with the last of them', async () => {
    const before = timers()
    const operation = controlledOperation<number>()
    const calls = Array.from({ length: 100 }, () => protectedCalls.execute(operation.run))
    await turn()
    expect(timers()).toBe(before + 1)
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(calls)
    await turn()
    expect(timers()).toBe(before)
  })
})
