import { absurdMs, encodePolicy, statuses } from '@holdfast/core/protocol'
import type { BreakerPolicy, CircuitReply, Claim } from '@holdfast/core/protocol'
import { channelOf, unbounded } from './encoding.ts'

interface CircuitRequest {
  readonly id: string
  readonly claim: Claim
  readonly policy: BreakerPolicy
}

/** What an instance holds to be so. */
export function claimArgs({ epoch, status, remainingMs, openings }: Claim): readonly number[] {
  return [epoch, statuses.indexOf(status), remainingMs, openings]
}

/** What every script that changes circuits is given first. */
export function circuitArgs(
  { id, claim, policy }: CircuitRequest,
  prefix: string,
): readonly (string | number)[] {
  return [id, channelOf(prefix, id), ...claimArgs(claim), encodePolicy(policy)]
}

/** Of what every script on circuits answers first. */
export const circuitBounds: readonly number[] = [unbounded, statuses.length - 1, absurdMs, unbounded]

export function circuitReply([
  epoch = 0,
  status = 0,
  remainingMs = 0,
  openings = 0,
]: readonly number[]): CircuitReply {
  return { epoch, status: statuses[status] ?? 'closed', remainingMs, openings }
}
