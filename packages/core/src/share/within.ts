import type { Clock } from '../clock.ts'

/** Whether `work` has ended within so many milliseconds. Never rejects; the process lives until then. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const alarm = clock.alarm(() => resolve(false))
    const end = (): void => {
      alarm.clear()
      resolve(true)
    }
    alarm.set(clock.now() + ms)
    work.then(end, end)
  })
}
