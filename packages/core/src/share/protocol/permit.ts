import type { Step } from './step.ts'

/** What the server holds of a strict bulkhead: the twin of the key `t`. Times are milliseconds of the server's clock. */
export interface PermitRecord {
  /** When the lease of each permit ends, by its token. */
  readonly permits: Readonly<Record<string, number>>
  readonly expiresAt: number
}

export const emptyPermits: PermitRecord = { permits: {}, expiresAt: 0 }

/** Takes, renews or gives back one permit. Sent twice it does once. */
export interface PermitRequest {
  readonly type: 'permit'
  readonly id: string
  readonly action: PermitAction
  /** Names the permit; unique among all instances. */
  readonly token: string
  readonly limit: number
  /** The same for all that share the limit: a shorter one cuts the leases of the others. */
  readonly leaseMs: number
}

/**
 * `renew` does not take again what has run out: the permit may be another's, and a renewal that arrives after the
 * release would hold one for nobody.
 */
export type PermitAction = 'acquire' | 'renew' | 'release'

/** In the order of their numbers on the wire. */
export const permitActions: readonly PermitAction[] = ['acquire', 'renew', 'release']

export interface PermitReply {
  readonly type: 'permit'
  /** Whether the permit is held now; after a release never. */
  readonly granted: boolean
  /** Milliseconds until the next permit runs out, if an acquire was refused; else 0. Another may be released before. */
  readonly waitMs: number
}

/** What is left at `now`: permits that have run out are gone, and none ends later than one that is taken now. */
function livingPermits(found: PermitRecord, leaseMs: number, now: number): PermitRecord {
  if (now >= found.expiresAt) return emptyPermits
  const latest = now + leaseMs
  const left = Object.entries(found.permits).filter(([, end]) => end > now)
  return { ...found, permits: Object.fromEntries(left.map(([token, end]) => [token, Math.min(end, latest)])) }
}

/** Never are more permits out than the limit, if nobody lowers it. */
export function permit(
  found: PermitRecord,
  { action, token, limit, leaseMs }: PermitRequest,
  now: number,
): Step<PermitRecord, PermitReply> {
  const record = livingPermits(found, leaseMs, now)
  const { [token]: held, ...others } = record.permits
  if (action === 'release') return { record: { ...record, permits: others }, reply: replyOf(false, 0) }
  const ends = Object.values(others)
  if (held === undefined && (action === 'renew' || ends.length >= limit)) {
    const waitMs = action === 'renew' || ends.length === 0 ? 0 : Math.min(...ends) - now
    return { record, reply: replyOf(false, waitMs) }
  }
  const permits = { ...others, [token]: now + leaseMs }
  return { record: { permits, expiresAt: now + 2 * leaseMs }, reply: replyOf(true, 0) }
}

function replyOf(granted: boolean, waitMs: number): PermitReply {
  return { type: 'permit', granted, waitMs }
}
