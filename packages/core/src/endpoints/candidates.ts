import type { Endpoint } from '../call.ts'
import { Candidate } from './candidate.ts'

/** All endpoints by their ids; each is kept with what is known of it as long as it is wanted. */
export class Candidates {
  readonly #byId = new Map<string, Candidate>()

  /** Those of the groups, and no others from now on. Who comes to others takes its full share after `rampMs`. */
  seat(
    groups: readonly (readonly Endpoint[])[],
    rampMs: number,
    now: number,
  ): readonly (readonly Candidate[])[] {
    const comesToOthers = this.#byId.size > 0
    const wanted = new Set(groups.flat().map(({ id }) => id))
    for (const [id, candidate] of this.#byId) {
      if (wanted.has(id)) continue
      this.#byId.delete(id)
      candidate.leave()
    }
    return groups.map((group) => group.map((endpoint) => this.#of(endpoint, comesToOthers ? rampMs : 0, now)))
  }

  #of(endpoint: Endpoint, rampMs: number, now: number): Candidate {
    const known = this.#byId.get(endpoint.id)
    if (known !== undefined) {
      known.endpoint = endpoint
      return known
    }
    const candidate = new Candidate(endpoint)
    if (rampMs > 0) candidate.ramp(now, rampMs)
    this.#byId.set(endpoint.id, candidate)
    return candidate
  }

  get all(): readonly Candidate[] {
    return [...this.#byId.values()]
  }
}
