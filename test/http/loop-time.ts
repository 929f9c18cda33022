import type { Clock } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testing'

const everyMs = 4

/**
 * Time of which this process has made use. Client and upstream share one event loop, and in every few milliseconds of
 * this time the loop goes round: what takes it longer than that, because the machine is busy with something else, does
 * not count. So whoever is found late here was, however busy the machine is.
 */
const time = new VirtualClock()
let before = performance.now()
setInterval(() => {
  const now = performance.now()
  time.tick(Math.min(now - before, 2 * everyMs))
  before = now
}, everyMs).unref()

export const loopClock: Clock = {
  now: () => time.now(),
  wallTime: () => Date.now(),
  alarm: (wake) => time.alarm(wake),
}

/** Waits so many milliseconds, or until the signal is aborted. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const leave = (): void => {
      alarm.clear()
      resolve()
    }
    const alarm = time.alarm(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    })
    signal?.addEventListener('abort', leave, { once: true })
    alarm.set(time.now() + ms)
  })
}
