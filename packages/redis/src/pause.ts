import { Timer, wheelOf } from '@holdfast/core'
import type { Clock } from '@holdfast/core'

/** A wait that can be cut short. */
export class Pause extends Timer {
  readonly over: Promise<void>
  #resolve: () => void = () => {}

  constructor(clock: Clock, durationMs: number) {
    super()
    this.over = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const now = clock.now()
    wheelOf(clock).add(this, now + durationMs, now)
  }

  /** Ends it now. */
  end(): void {
    this.cancel()
    this.#resolve()
  }

  override fire(): void {
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
