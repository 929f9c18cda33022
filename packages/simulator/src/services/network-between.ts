import type { Injection } from '../injection.ts'
import { means } from '../places.ts'
import type { Network } from '../scenario.ts'

interface End {
  readonly name: string
  readonly of: string
}

/** What the network from a sender to a replica is like: the newest fault holds, and a partition whatever else there is. */
export function networkBetween(
  from: End,
  to: End,
  usual: Network | undefined,
  faults: Iterable<Injection>,
): Network {
  let network = usual ?? {}
  let areParted = false
  for (const fault of faults) {
    if (fault.kind !== 'partition' && fault.kind !== 'network') continue
    if (!means(fault.client, from) || !means(fault.target, to)) continue
    if (fault.kind === 'partition') areParted = true
    else network = fault
  }
  return areParted ? { lossRatio: 1 } : network
}
