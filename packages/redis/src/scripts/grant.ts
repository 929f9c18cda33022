import { drops, probeResults } from '@holdfast/core/protocol'
import type { ProbeReply, ProbeRequest } from '@holdfast/core/protocol'
import { circuitBounds, circuitReply } from './circuit.ts'
import { unbounded } from './encoding.ts'

type Report = ProbeRequest['reports'][number]

/** How probes ended: what every script that grants some is given last. */
export function reportArgs(reports: readonly Report[]): readonly number[] {
  return reports.flatMap(({ token, result }) => [token, probeResults.indexOf(result)])
}

/** Of what every script that grants probes answers last. */
export const grantBounds: readonly number[] = [
  ...circuitBounds,
  drops.length - 1,
  ...[unbounded, unbounded, unbounded, unbounded, unbounded],
  1,
]

/** Undefined where more was granted than was wanted, which no script would do. */
export function grantReply(numbers: readonly number[], wanted: number): Omit<ProbeReply, 'type'> | undefined {
  const [dropped = 0, firstToken = 0, tokens = 0, leaseMs = 0, waitMs = 0, expired = 0, outdated] =
    numbers.slice(circuitBounds.length)
  if (tokens > wanted) return undefined
  return {
    ...circuitReply(numbers),
    dropped: drops[dropped] ?? 'none',
    firstToken,
    tokens,
    leaseMs,
    waitMs,
    expired,
    outdated: outdated === 1,
  }
}
