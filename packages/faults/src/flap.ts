import { systemClock } from '@holdfast/core'
import type { Clock } from '@holdfast/core'
import { checkOptions, object, required } from '@holdfast/core/options'
import { positiveMs } from './distribution.ts'

export interface FlapOptions {
  /** How long it is on each time, in milliseconds; above 0. */
  readonly onMs: number
  /** How long it is off in between, in milliseconds; above 0. */
  readonly offMs: number
  /** Default: the machine's. It keeps no process alive. */
  readonly clock?: Clock
}

/**
 * Switches something on now, and off and on again as the times say. Returns how to end that: with it off. What `turn`
 * throws when time comes is uncaught.
 */
export function flap(turn: (on: boolean) => void, options: FlapOptions): () => void {
  const {
    onMs,
    offMs,
    clock = systemClock,
  } = checkOptions('flap', options, {
    onMs: positiveMs,
    offMs: positiveMs,
    clock: object,
  })
  required('flap', 'onMs', onMs, 'how long it is on each time')
  required('flap', 'offMs', offMs, 'how long it is off in between')
  let [on, turnsAt] = [false, clock.now()]
  const next = (): void => {
    on = !on
    turnsAt += on ? onMs : offMs
    alarm.set(turnsAt)
    turn(on)
  }
  const alarm = clock.alarm(next, true)
  next()
  return () => {
    alarm.clear()
    if (on) turn(false)
    on = false
  }
}
