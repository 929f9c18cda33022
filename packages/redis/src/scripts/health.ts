import { encodeHealthPolicy, maximumGroup } from '@holdfast/core/protocol'
import type { HealthPolicy, RegisterReply } from '@holdfast/core/protocol'
import { channelOf, unbounded } from './encoding.ts'

/** What every script that changes the health of a service is given first. */
export function healthArgs(
  { id, policy }: { readonly id: string; readonly policy: HealthPolicy },
  prefix: string,
): readonly string[] {
  return [id, channelOf(prefix, id), encodeHealthPolicy(policy)]
}

/** Of what every script on the health of a service answers first. */
export const registerBounds: readonly number[] = [unbounded, maximumGroup, 1]

export function registerReply([epoch = 0, active = 0, panic]: readonly number[]): RegisterReply {
  return { epoch, active, panic: panic === 1 }
}
