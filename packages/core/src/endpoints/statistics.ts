import type { Candidate } from './candidate.ts'
import type { Health } from './health.ts'

export interface EndpointStatistics {
  readonly id: string
  /** 0 is the primary's group, 1 the first standby's. */
  readonly group: number
  /** `sick`: it does not pass its health checks. */
  readonly state: Health['kind'] | 'sick'
  /** Milliseconds until it is probed (ejected), or until its probe counts as lost (probing); 0 otherwise. */
  readonly remainingMs: number
  /** How often in a row it was ejected. */
  readonly ejections: number
  readonly inFlight: number
  /** What calls to it are reckoned to take: the last peak, fading; 0 where nothing is known. */
  readonly latencyMs: number
  /** Of its share of calls, how much it gets: below 1 while it comes back. */
  readonly readiness: number
}

export interface EndpointsStatistics {
  /** The group in use. */
  readonly group: number
  /** Whether a group is used as a whole, since too few of its endpoints are healthy. */
  readonly panic: boolean
  /** Those that are used, in the order of their groups. */
  readonly endpoints: readonly EndpointStatistics[]
}

export function statisticsOf(candidate: Candidate, now: number): EndpointStatistics {
  const { id, group, health, inFlight, latency } = candidate
  return {
    id,
    group,
    state: stateOf(candidate),
    remainingMs: candidate.remainingMs(now),
    ejections: health.ejections,
    inFlight,
    latencyMs: latency.at(now),
    readiness: candidate.readiness(now),
  }
}

function stateOf({ sick, health, isOut }: Candidate): EndpointStatistics['state'] {
  if (sick) return 'sick'
  return health.kind === 'healthy' && isOut ? 'ejected' : health.kind
}
