import type { Request } from '@holdfast/core'

const policy = {
  version: 1,
  bucketMs: 1_000,
  minimumCalls: 20,
  failureRatio: 0.5,
  burstRatio: 0.9,
  openMs: 1_000,
  maximumOpenMs: 15_000,
  probes: 3,
  probeSuccesses: 2,
  probeLeaseMs: 5_000,
  quorumRatio: 0.1,
  quorumMinimum: 1,
  quorumMaximum: 20,
}

const claim = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 } as const

/** What an instance sends that has counted calls of a circuit. */
export function flushOf(id: string, failures: number, sequence = 1): Request {
  const counted = { instance: 'a'.repeat(32), sequence, successes: 0, failures }
  return { type: 'flush', id, claim, policy, ...counted }
}

/** What an operator sends. */
export function controlOf(id: string): Request {
  const said = { state: 'open', forMs: 60_000, by: 'me', why: 'a test', request: 'once' } as const
  return { type: 'control', id, name: id, ...said }
}
