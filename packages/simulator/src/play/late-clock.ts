import type { Clock } from '@holdfast/core'

/** A clock whose alarms come so much too late, as those of a busy machine do. */
export function lateClock(clock: Clock, byMs: number): Clock {
  return {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    alarm: (wake) => {
      const alarm = clock.alarm(wake)
      return { set: (at) => alarm.set(at + byMs), clear: () => alarm.clear() }
    },
  }
}
