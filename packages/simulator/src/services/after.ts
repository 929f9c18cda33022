import type { Clock } from '@holdfast/core'

/** Lets `act` happen in so many milliseconds, by whatever clock. Returns how to prevent it. */
export function after(clock: Clock, ms: number, act: () => void): () => void {
  const alarm = clock.alarm(act)
  alarm.set(clock.now() + ms)
  return () => alarm.clear()
}
