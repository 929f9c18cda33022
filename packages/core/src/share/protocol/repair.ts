import { longestOpenMs } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'
import { nextEpoch, remainingMs } from './breaker-record.ts'
import type { Entry, Standing } from './breaker-record.ts'
import type { ChangeMessage, ChangeReason } from './message.ts'
import { absurdMs, stricter } from './status.ts'
import type { Claim, Status } from './status.ts'

/** Why there is to be a new epoch, and what it begins with. */
export interface Verdict {
  readonly reason: ChangeReason
  readonly entry: Entry
}

/** What all instances are told of a new epoch. */
export function changeOf(id: string, { entry, reason }: Verdict): ChangeMessage {
  const { epoch, status, openMs, openings } = entry
  return { type: 'change', id, epoch, status, remainingMs: openMs, reason, openings }
}

/**
 * What the server does when a claim shows that it has lost writes (`restored`), that two masters gave one epoch to
 * two states (`conflict`), or that the claim's epoch comes from a clock that was wrong by days (`rebased`). Undefined
 * where the claim fits. Always a new epoch, since another instance may hold a different state under the claimed one.
 */
export function repair(
  record: Standing,
  claim: Claim,
  policy: BreakerPolicy,
  now: number,
): Verdict | undefined {
  const { epoch, status, openings } = record
  const left = remainingMs(record, now)
  const claimed = Math.min(claim.remainingMs, longestOpenMs(policy))
  // Half a day between them, so that whoever is led back sees that it is no late answer.
  if (claim.epoch >= now + absurdMs && claim.epoch - epoch > absurdMs / 2) {
    return { reason: 'rebased', entry: again(nextEpoch(epoch, now), status, left, openings) }
  }
  if (claim.epoch > epoch) {
    const entry = again(nextEpoch(claim.epoch, now), claim.status, claimed, claim.openings)
    return { reason: 'restored', entry }
  }
  if (claim.epoch < epoch || claim.status === status) return undefined
  const both = stricter(status, claim.status)
  const longer = Math.max(left, claimed)
  const more = Math.max(openings, claim.openings)
  return { reason: 'conflict', entry: again(nextEpoch(epoch, now), both, longer, more) }
}

/** The probes of a half-open circuit are gone with its epoch: it is open with nothing left to wait for. */
function again(epoch: number, status: Status, remaining: number, openings: number): Entry {
  if (status === 'closed') return { epoch, status, openMs: 0, openings: 0 }
  return { epoch, status: 'open', openMs: status === 'open' ? remaining : 0, openings }
}
