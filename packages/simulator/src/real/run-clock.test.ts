import { VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { RunClock } from './run-clock.ts'

it('counts from the beginning, and wakes at moments that are counted so', async () => {
  const machine = new VirtualClock()
  await machine.advance(500)
  const clock = new RunClock(machine)
  await machine.advance(500)
  clock.begin()
  await machine.advance(20)
  expect(clock.now()).toBe(20)
  let isThere = false
  void clock.until(50).then(() => (isThere = true))
  await machine.advance(29)
  expect(isThere).toBe(false)
  await machine.advance(1)
  expect(isThere).toBe(true)
})

it('wakes nobody when it is over, neither those who wait nor those who come', async () => {
  const machine = new VirtualClock()
  const clock = new RunClock(machine)
  const woken: string[] = []
  clock.alarm(() => woken.push('before')).set(10)
  clock.alarm(() => woken.push('early')).set(5)
  await machine.advance(5)
  clock.end()
  clock.alarm(() => woken.push('after')).set(10)
  await machine.advance(100)
  expect(woken).toEqual(['early'])
})

it('an alarm can be moved, and cleared', async () => {
  const machine = new VirtualClock()
  const clock = new RunClock(machine)
  const woken: number[] = []
  const moved = clock.alarm(() => woken.push(clock.now()))
  const cleared = clock.alarm(() => woken.push(-1))
  moved.set(10)
  cleared.set(10)
  moved.set(20)
  cleared.clear()
  await machine.advance(100)
  expect(woken).toEqual([20])
})
