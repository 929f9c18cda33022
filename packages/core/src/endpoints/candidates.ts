import type { Endpoint } from '../call.ts'
import { Candidate } from './candidate.ts'

/** All endpoints by their ids; each is kept with what is known of it as long as it is wanted. */
export class Candidates {
  #byId = new Map<string, Candidate>()

  /** Those of the groups, and no others from now on. Who comes to others takes its full share after `rampMs`. */
  seat(
    groups: readonly (readonly Endpoint[])[],
    rampMs: number,
    now: number,
  ): readonly (readonly Candidate[])[] {
    const before = this.#byId
    const seated = groups.map((group) => group.map((endpoint) => seatOf(endpoint, before, rampMs, now)))
    this.#byId = new Map(seated.flat().map((candidate) => [candidate.id, candidate]))
    for (const [id, candidate] of before) if (!this.#byId.has(id)) candidate.leave()
    return seated
  }

  /** In the order of their groups. */
  get all(): readonly Candidate[] {
    return [...this.#byId.values()]
  }
}

function seatOf(
  endpoint: Endpoint,
  before: ReadonlyMap<string, Candidate>,
  rampMs: number,
  now: number,
): Candidate {
  const known = before.get(endpoint.id)
  if (known !== undefined) {
    known.endpoint = endpoint
    return known
  }
  const candidate = new Candidate(endpoint)
  if (rampMs > 0 && before.size > 0) candidate.ramp(now, rampMs)
  return candidate
}
