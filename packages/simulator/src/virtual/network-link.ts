import type { Clock } from '@holdfast/core'
import { drawFrom } from '@holdfast/faults'
import { after } from '../services/after.ts'
import type { Network } from '../scenario.ts'

/** Carries messages one way, late or not at all. */
export class NetworkLink {
  readonly #clock: Clock
  readonly #random: () => number
  #delay: () => number
  #lossRatio: number

  constructor(clock: Clock, random: () => number, network: Network) {
    this.#clock = clock
    this.#random = random
    this.#delay = drawFrom(network.delayMs ?? 0, random)
    this.#lossRatio = network.lossRatio ?? 0
  }

  /** From now on it is like this. What is on its way already is not concerned. */
  become(network: Network): void {
    this.#delay = drawFrom(network.delayMs ?? 0, this.#random)
    this.#lossRatio = network.lossRatio ?? 0
  }

  carry(arrive: () => void, extraMs = 0): void {
    if (this.#lossRatio > 0 && this.#random() < this.#lossRatio) return
    const delayMs = this.#delay() + extraMs
    if (delayMs === 0) arrive()
    else after(this.#clock, delayMs, arrive)
  }
}
