import type { FlushRequest } from '@holdfast/core/protocol'
import { usualPolicy } from '../../../packages/core/src/share/protocol/policy.arbitrary.ts'

/** What a fleet of instances with circuits would flush, one after the other. */
export class Flushes {
  readonly #instances: number
  readonly #circuits: number
  #count = 0

  constructor(instances: number, circuits: number) {
    this.#instances = instances
    this.#circuits = circuits
  }

  next(count: number, failures: number): readonly FlushRequest[] {
    return Array.from({ length: count }, () => this.#one(failures))
  }

  #one(failures: number): FlushRequest {
    const number = this.#count++
    const instance = number % this.#instances
    const circuit = Math.floor(number / this.#instances) % this.#circuits
    return {
      type: 'flush',
      id: `bench/${circuit}`,
      instance: instance.toString(16).padStart(32, '0'),
      sequence: Math.floor(number / (this.#instances * this.#circuits)) + 1,
      claim: { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 },
      successes: 100,
      failures,
      fleet: this.#instances,
      policy: usualPolicy,
    }
  }
}
