import { describe, expect, test, vi } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

async function chain(links: number): Promise<void> {
  for (let link = 0; link < links; link++) await undefined
}

describe('virtual clock', () => {
  test('stands where it was put until it is told to move', async () => {
    const clock = new VirtualClock({ now: 5, wallTime: 1_000 })
    await clock.settle()
    expect([clock.now(), clock.wallTime()]).toEqual([5, 1_000])
    await clock.advance(2.5)
    expect([clock.now(), clock.wallTime()]).toEqual([7.5, 1_002.5])
  })

  test('rings alarms in order of their moments, each at its own', async () => {
    const clock = new VirtualClock()
    const rung: (readonly [number, number])[] = []
    for (const at of [30, 10, 20.5]) clock.alarm(() => rung.push([at, clock.now()])).set(at)
    expect(clock.pending).toBe(3)
    await clock.advance(29)
    expect(rung).toEqual([
      [10, 10],
      [20.5, 20.5],
    ])
    await clock.advanceTo(30)
    expect(rung[2]).toEqual([30, 30])
    expect(clock.pending).toBe(0)
  })

  test('rings alarms of one moment in the order in which they were set', async () => {
    const clock = new VirtualClock()
    const rung: string[] = []
    const early = clock.alarm(() => rung.push('set again'))
    early.set(9)
    clock.alarm(() => rung.push('set once')).set(10)
    early.set(10)
    await clock.advance(10)
    expect(rung).toEqual(['set once', 'set again'])
  })

  test('rings an alarm whose moment has passed at once, without going back', async () => {
    const clock = new VirtualClock({ now: 100 })
    const rung: number[] = []
    clock.alarm(() => rung.push(clock.now())).set(50)
    await clock.advance(0)
    expect(rung).toEqual([100])
  })

  test('an alarm moves when it is set again, and is silent once cleared', async () => {
    const clock = new VirtualClock()
    const rung: number[] = []
    const alarm = clock.alarm(() => rung.push(clock.now()))
    alarm.set(10)
    alarm.set(20)
    await clock.advance(15)
    expect(rung).toEqual([])
    await clock.advance(5)
    expect(rung).toEqual([20])
    alarm.set(30)
    alarm.clear()
    await clock.advance(100)
    expect(rung).toEqual([20])
    expect(clock.pending).toBe(0)
  })

  test('promise chains of any length end before the next alarm rings', async () => {
    const clock = new VirtualClock()
    const told: string[] = []
    clock.alarm(() => void chain(10_000).then(() => told.push(`chain ended at ${clock.now()}`))).set(10)
    clock.alarm(() => told.push('second alarm')).set(11)
    await clock.advance(100)
    expect(told).toEqual(['chain ended at 10', 'second alarm'])
  })

  test('what is set on the way rings on the way, also after a long chain', async () => {
    const clock = new VirtualClock()
    const rung: number[] = []
    const alarm = clock.alarm(() => {
      rung.push(clock.now())
      void chain(500).then(() => alarm.set(clock.now() + 10))
    })
    void chain(500).then(() => alarm.set(10))
    await clock.advance(35)
    expect(rung).toEqual([10, 20, 30])
    expect(clock.now()).toBe(35)
  })

  test('a tick rings alarms but leaves promises for later', async () => {
    const clock = new VirtualClock()
    const told: string[] = []
    const sooner = clock.alarm(() => void Promise.resolve().then(() => told.push('promise')))
    sooner.set(5)
    clock.alarm(() => told.push('alarm')).set(6)
    clock.tick(10)
    expect(told).toEqual(['alarm'])
    expect(clock.now()).toBe(10)
    await clock.settle()
    expect(told).toEqual(['alarm', 'promise'])
  })

  test('a rejection that nobody handles before the next alarm is reported as such', async () => {
    const clock = new VirtualClock()
    const reported: unknown[] = []
    const others = process.listeners('unhandledRejection')
    process
      .removeAllListeners('unhandledRejection')
      .on('unhandledRejection', (reason) => reported.push(reason))
    let lost: Promise<never> | undefined
    clock.alarm(() => (lost = Promise.reject('handled too late'))).set(1)
    clock.alarm(() => void lost?.catch(() => {})).set(2)
    await clock.advance(3)
    process.removeAllListeners('unhandledRejection')
    for (const listener of others) process.on('unhandledRejection', listener)
    expect(reported).toEqual(['handled too late'])
  })

  test("the calendar jumps without measured time, and a test framework's fake timers stop nothing", async () => {
    vi.useFakeTimers()
    try {
      const clock = new VirtualClock({ wallTime: 1_000 })
      clock.jumpWallTime(-400)
      await clock.advance(10)
      expect([clock.now(), clock.wallTime()]).toEqual([10, 610])
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([-1, Number.NaN])('refuses to move by %d', async (ms) => {
    const clock = new VirtualClock({ now: 3 })
    await expect(clock.advance(ms)).rejects.toThrow('time cannot go from 3')
    expect(() => clock.tick(ms)).toThrow(RangeError)
    expect(clock.now()).toBe(3)
  })

  test('two advances at once never turn time back', async () => {
    const clock = new VirtualClock()
    const rung: number[] = []
    for (const at of [10, 20, 30]) clock.alarm(() => rung.push(clock.now())).set(at)
    await Promise.all([clock.advance(15), clock.advance(40)])
    expect(rung).toEqual([10, 20, 30])
    expect(clock.now()).toBe(40)
  })
})
