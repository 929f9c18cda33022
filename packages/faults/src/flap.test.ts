import { VirtualClock } from '@holdfast/testing'
import { expect, test } from 'vitest'
import { flap } from './flap.ts'
import type { FlapOptions } from './flap.ts'

test('what flaps is on at once, changes at its times, and is off when it is ended, once', async () => {
  const clock = new VirtualClock({ now: 10 })
  const turns: (readonly [at: number, on: boolean])[] = []
  const stop = flap((on) => turns.push([clock.now(), on]), { onMs: 3, offMs: 5, clock })
  await clock.advance(9)
  stop()
  stop()
  await clock.advance(100)
  expect(turns).toEqual([
    [10, true],
    [13, false],
    [18, true],
    [19, false],
  ])
  expect(clock.pending).toBe(0)
})

test('what flaps ends without a turn where it is off', async () => {
  const clock = new VirtualClock()
  const turns: boolean[] = []
  const stop = flap((on) => turns.push(on), { onMs: 3, offMs: 5, clock })
  await clock.advance(4)
  stop()
  expect(turns).toEqual([true, false])
})

test('times that are none are refused', () => {
  const made = (options: object) => () => flap(() => {}, options as FlapOptions)
  expect(made({ onMs: 1 })).toThrow('flap: offMs must be given')
  expect(made({ onMs: 0, offMs: 1 })).toThrow(
    'flap: onMs must be a finite number of milliseconds above 0, not 0',
  )
})
