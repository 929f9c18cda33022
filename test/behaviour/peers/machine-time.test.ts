import { VirtualClock } from '@holdfast/testing'
import Opossum from 'opossum'
import { expect, it } from 'vitest'
import { MachineTime } from './machine-time.ts'

const names = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] as const
const machine = (): readonly unknown[] => [
  ...names.map((name) => globalThis[name]),
  Date.now,
  performance.now,
  Math.random,
  Object.getOwnPropertyNames(performance),
]

it('a breaker of opossum half-opens in virtual time, and leaves nothing behind', async () => {
  const before = machine()
  const clock = new VirtualClock()
  {
    using time = new MachineTime(clock, () => 0.5)
    const breaker = new Opossum(
      (fails: boolean) => (fails ? Promise.reject(new Error('down')) : Promise.resolve(1)),
      {
        resetTimeout: 1_000,
      },
    )
    await breaker.fire(true).catch(() => {})
    expect(breaker.opened).toBe(true)
    await clock.advance(999)
    expect(breaker.opened).toBe(true)
    await clock.advance(1)
    expect(breaker.halfOpen).toBe(true)
    expect(await breaker.fire(false)).toBe(1)
    expect(breaker.closed).toBe(true)
    breaker.shutdown()
    expect(time.pending).toBe(0)
  }
  expect(machine()).toEqual(before)
  expect(clock.pending).toBe(0)
})

it('timers ring once or again, with what they were given, and not when they were stopped', async () => {
  const clock = new VirtualClock()
  using time = new MachineTime(clock, () => 0.5)
  const rung: string[] = []
  const ring = (what: string): void => void rung.push(`${what} at ${clock.now()}`)
  setTimeout(ring, 2.9, 'once')
  setTimeout(ring, -1, 'soon')
  const again = setInterval(ring, 2, 'again')
  clearTimeout(setTimeout(ring, 1, 'stopped'))
  await clock.advance(4)
  clearInterval(again)
  await clock.advance(4)
  expect(rung).toEqual(['soon at 1', 'once at 2', 'again at 2', 'again at 4'])
  expect(time.pending).toBe(0)
  expect([performance.now(), Date.now() - Date.UTC(2026, 0, 1), Math.random()]).toEqual([8, 8, 0.5])
})

it('what has not rung when it ends never rings, and a timer of the machine can be stopped meanwhile', async () => {
  const clock = new VirtualClock()
  const rung: string[] = []
  const own = setTimeout(() => rung.push('own'), 1)
  {
    using _time = new MachineTime(clock, () => 0.5)
    setInterval(() => rung.push('laid over'), 1)
    clearTimeout(own)
    expect(() => new MachineTime(clock, () => 0.5)).toThrow('another clock')
  }
  await clock.advance(10)
  await new Promise((resolve) => setTimeout(resolve, 2))
  expect(rung).toEqual([])
})
