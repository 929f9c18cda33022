import type { Alarm, Clock } from '@holdfast/core'

/** A wait that can be cut short, and does not keep the process alive. */
export class Pause {
  readonly over: Promise<void>
  readonly #alarm: Alarm
  #resolve: () => void = () => {}

  constructor(clock: Clock, durationMs: number) {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#alarm = clock.alarm(() => this.#resolve(), true)
    this.#alarm.set(clock.now() + durationMs)
  }

  /** Ends it now. */
  end(): void {
    this.#alarm.clear()
    this.#resolve()
  }
}

/** What `promise` gives, or `late` when it has not after `durationMs`. */
export async function within<Value, Late>(
  clock: Clock,
  durationMs: number,
  promise: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  const pause = new Pause(clock, durationMs)
  try {
    return await Promise.race([promise, pause.over.then(() => late)])
  } finally {
    pause.end()
  }
}
