import type { Clock } from '../clock.ts'

/** Whether `work` has ended within so many milliseconds. Never rejects, and does not keep the process alive. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const alarm = clock.alarm(() => resolve(false), true)
    const end = (): void => {
      alarm.clear()
      resolve(true)
    }
    alarm.set(clock.now() + ms)
    work.then(end, end)
  })
}
