/** What the fleet knows of a circuit. On the wire and in Redis: 0, 1, 2, which is also their order of restriction. */
export type Status = 'closed' | 'half-open' | 'open'

/** Each stands for its place on the wire. */
export const statuses: readonly Status[] = ['closed', 'open', 'half-open']

const strictness: Readonly<Record<Status, number>> = { closed: 0, 'half-open': 1, open: 2 }

export function stricter(one: Status, other: Status): Status {
  return strictness[one] >= strictness[other] ? one : other
}

/** What one instance holds to be the state, sent with every request. A newer one than Redis has restores it. */
export interface Claim {
  readonly epoch: number
  readonly status: Status
  /** Milliseconds that an open circuit stays open yet. */
  readonly remainingMs: number
  /** Times in a row that it has opened without closing. */
  readonly openings: number
}

/** A claim this far ahead of the server's clock, in milliseconds, comes from no clock that was ever right. */
export const absurdMs: number = 24 * 60 * 60 * 1_000
