import type { Call } from './call.ts'
import { Timer } from './deadline-wheel.ts'

class Sleep extends Timer {
  readonly #wake: () => void

  constructor(wake: () => void) {
    super()
    this.#wake = wake
  }

  override fire(): void {
    this.#wake()
  }
}

/** Waits `delayMs`; rejects with the call's own reason as soon as the call is cut short. */
export function sleep(call: Call, delayMs: number): Promise<void> {
  if (delayMs <= 0) return call.cancelled ? Promise.reject(call.reason) : Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = new Sleep(() => {
      stopListening()
      resolve()
    })
    const stopListening = call.onCancel((reason) => {
      timer.cancel()
      reject(reason)
    })
    const now = call.clock.now()
    if (!call.cancelled) call.host.wheel.add(timer, now + delayMs, now)
  })
}
