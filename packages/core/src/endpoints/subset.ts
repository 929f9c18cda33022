import type { Endpoint } from '../call.ts'
import { hash } from './hash.ts'

/** Which of many endpoints a client uses. */
export interface SubsetOptions {
  /** What no other instance of this client is called, and this one again after it was restarted: the name of its host. */
  readonly key: string
  /** So many of each group. Larger groups are used in part; of others all are. */
  readonly size: number
}

interface Scored {
  readonly endpoint: Endpoint
  readonly score: number
}

/**
 * Those of a group that a client uses, whatever the order of the group: the `size` that score lowest, by a hash of both
 * names (rendezvous hashing, as in gRPC's proposal A68). What weighs nothing takes no place. One endpoint more or less
 * changes the subset by one, and only where it is or was among them.
 */
export function subsetOf(group: readonly Endpoint[], { key, size }: SubsetOptions): readonly Endpoint[] {
  const seed = hash(key, 0)
  const scored = group
    .filter(({ weight }) => weight !== 0)
    .map((endpoint) => ({ endpoint, score: hash(endpoint.id, seed) }))
  return scored
    .sort(byScore)
    .slice(0, size)
    .map(({ endpoint }) => endpoint)
}

function byScore(left: Scored, right: Scored): number {
  return left.score - right.score || (left.endpoint.id < right.endpoint.id ? -1 : 1)
}
