import type { Clock, Outcome } from '@holdfast/core'

/** The outcome of `work`, or undefined where it has none within so many milliseconds. Never rejects. */
export function inTime<Value>(
  clock: Clock,
  ms: number,
  work: () => Value | PromiseLike<Value>,
): Promise<Outcome<Value> | undefined> {
  return new Promise((resolve) => {
    const alarm = clock.alarm(() => resolve(undefined))
    const end = (outcome: Outcome<Value>): void => {
      alarm.clear()
      resolve(outcome)
    }
    alarm.set(clock.now() + ms)
    new Promise<Value>((began) => began(work())).then(
      (value) => end({ value }),
      (error: unknown) => end({ error }),
    )
  })
}
