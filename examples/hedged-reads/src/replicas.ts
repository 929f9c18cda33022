import { sleep } from '@holdfast/core'
import type { Call } from '@holdfast/core'

const usualMs = 10
const pauseMs = 300
/** One read in so many meets a replica that stands still, to collect garbage or to write a log. */
const pausesEvery = 25

/** Copies of the same data. A read that is not wanted any more stops when its signal says so. */
export class Replicas {
  reads = 0
  stopped = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  async read(call: Call): Promise<string> {
    this.reads++
    const takesMs = this.#random() < 1 / pausesEvery ? pauseMs : usualMs * (0.5 + this.#random())
    try {
      await sleep(call, takesMs)
    } catch (error) {
      this.stopped++
      throw error
    }
    return `value of ${call.key}`
  }
}
