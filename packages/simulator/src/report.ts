/** What a run came to. Plain data; the same for the same scenario and seed. */
export interface Report {
  readonly scenario: string
  readonly description: string
  readonly seed: number
  /** `simulated`: in virtual time; `real`: processes over HTTP. */
  readonly ground: 'simulated' | 'real'
  readonly durationMs: number
  readonly warmUpMs: number
  /** The length of a step of each series. */
  readonly stepMs: number
  readonly clients: Readonly<Record<string, ClientReport>>
  /** By replica. */
  readonly replicas: Readonly<Record<string, ReplicaReport>>
  /** What was injected, as it took place. */
  readonly injections: readonly InjectionReport[]
  /** Circuits and endpoints, and how they changed. */
  readonly states: readonly StateReport[]
}

/** What the callers of one client saw. Calls are counted in the step in which they began. */
export interface ClientReport extends CallCounts {
  /** `good / calls`. Null where there was no call. */
  readonly goodRatio: number | null
  /** Of answered calls, good and late. Null where there was none. */
  readonly latencyMs: LatencyReport | null
  /** Attempts for each call. Null where there was no call. */
  readonly amplification: number | null
  /** How often calls ended with an error of this code (or name, where it has no code). */
  readonly errors: Readonly<Record<string, number>>
  readonly series: readonly ClientStep[]
}

export interface CallCounts {
  readonly calls: number
  /** Answered in time. */
  readonly good: number
  /** Answered, but later than is good. */
  readonly late: number
  /** Ended with an error. */
  readonly failed: number
  /** Of the failed: those that a policy refused before or instead of asking. */
  readonly refused: number
  /** Answered from the cache; among the good. */
  readonly cached: number
  /** Attempts that went out to a service. */
  readonly attempts: number
}

export interface ClientStep extends CallCounts {
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface LatencyReport {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly maximum: number
}

/** What came to one replica, and what it did. Requests are counted in the step in which they came. */
export interface ReplicaReport extends ReplicaCounts {
  readonly service: string
  readonly series: readonly ReplicaStep[]
}

export interface ReplicaCounts {
  readonly requests: number
  readonly answered: number
  /** Answered with an error. */
  readonly failed: number
  /** Turned away at its door, or by a full queue. */
  readonly refused: number
  /** Work that was done for a client that had left. */
  readonly wasted: number
}

export interface ReplicaStep extends ReplicaCounts {
  /** At the end of the step. */
  readonly running: number
  readonly waiting: number
}

export interface InjectionReport {
  readonly id: string
  readonly kind: string
  /** A replica, service, client or the store. */
  readonly target: string
  readonly fromMs: number
  readonly toMs: number
}

/**
 * How something in the view of one instance changed: a circuit (`closed` until it says otherwise, `open`, `half-open`), an
 * endpoint (`healthy`, `ejected`, `sick`), or which group of endpoints is in use (`primary`, `standby 1`).
 */
export interface StateReport {
  /** Such as `web-1`. */
  readonly instance: string
  readonly subject: 'circuit' | 'endpoint' | 'group'
  /** The part's name; of an endpoint its id. */
  readonly name: string
  readonly changes: readonly { readonly atMs: number; readonly state: string }[]
}

/** One call as its caller saw it. */
export interface CallReport {
  /** When it was due to begin. */
  readonly atMs: number
  readonly instance: string
  /** Numbered within its instance, from 1 on. */
  readonly call: number
  /** What it was about. */
  readonly key: string | undefined
  /** From when it was due. */
  readonly tookMs: number
  /** `ok`, or the code of its error. */
  readonly outcome: string
}

/** One attempt that was sent, for whoever models from them. */
export interface AttemptReport {
  /** When it was sent. */
  readonly atMs: number
  readonly instance: string
  /** The number of its call. */
  readonly call: number
  /** Within its call; 1 is the first that was sent. */
  readonly attempt: number
  readonly replica: string
  readonly tookMs: number
  /** `ok`, or the code of its error. */
  readonly outcome: string
}
