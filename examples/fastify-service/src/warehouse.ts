import { sleep } from '@holdfast/core'
import type { Call } from '@holdfast/core'

/** The other service. It would be at the far end of a connection; here it takes as long as the story says. */
export class Warehouse {
  takesMs = 5
  asked = 0
  running = 0
  /** How often it was told that nobody needs the answer any more. */
  stopped = 0

  async stock(call: Call): Promise<{ readonly pieces: number }> {
    this.asked++
    this.running++
    try {
      // In a service: fetch(url, { signal: call.signal }).
      await sleep(call, this.takesMs)
    } catch (error) {
      this.stopped++
      throw error
    } finally {
      this.running--
    }
    return { pieces: 42 }
  }
}
