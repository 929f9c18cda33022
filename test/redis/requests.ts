import type { Request } from '@holdfast/core/protocol'
import { usualHealthPolicy, usualPolicy } from '../../packages/core/src/share/protocol/policy.arbitrary.ts'

const instance = 'a'.repeat(32)
const policy = { ...usualPolicy, version: 1, probeLeaseMs: 5_000, quorumMinimum: 1 }
const healthPolicy = { ...usualHealthPolicy, version: 1 }
const claim = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 } as const

/** What an instance sends that has counted calls of a circuit. */
export function flushOf(id: string, failures: number, sequence = 1): Request {
  return { type: 'flush', id, claim, policy, instance, sequence, successes: 0, failures, fleet: 1 }
}

/** What an operator sends. */
export function controlOf(id: string): Request {
  const said = { state: 'open', forMs: 60_000, by: 'me', why: 'a test', request: 'once' } as const
  return { type: 'control', id, name: id, ...said }
}

const leaseMs = 3_000
const counted = { instance, sequence: 1 }
const endpoint = { endpoint: 'one', group: 0, claim, successes: 1, failures: 1 }

/** One of each kind. */
export const requests: { readonly [Type in Request['type']]: Extract<Request, { readonly type: Type }> } = {
  flush: { type: 'flush', id: 'a', claim, policy, ...counted, successes: 1, failures: 20, fleet: 1 },
  probe: { type: 'probe', id: 'a', claim, reports: [{ token: 1, result: 'succeeded' }], wanted: 1, policy },
  look: { type: 'look', id: 'a' },
  inspect: { type: 'inspect', id: 'a', entries: 20 },
  control: {
    type: 'control',
    id: 'a',
    name: 'a',
    state: 'open',
    forMs: 1_000,
    by: 'me',
    why: 'test',
    request: 'r',
  },
  slice: { type: 'slice', id: 'a', ...counted, limit: 10, want: 2, keep: 0, leaseMs },
  permit: { type: 'permit', id: 'a', action: 'acquire', token: 't', limit: 10, leaseMs },
  limit: { type: 'limit', id: 'a', wanted: 2, least: 1, debt: 0, intervalUs: 1_000, toleranceUs: 100_000 },
  budget: { type: 'budget', id: 'a', ...counted, requests: 10, retries: 1, bucketMs: 1_000 },
  heartbeat: { type: 'heartbeat', instance, objects: ['b:a'], leaving: false, aliveMs: 15_000 },
  registry: { type: 'registry', aliveMs: 15_000 },
  'health-flush': {
    type: 'health-flush',
    id: 'a',
    ...counted,
    register: { epoch: 0, active: 0, panic: false },
    fleet: 1,
    endpoints: [endpoint],
    policy: healthPolicy,
  },
  'health-probe': {
    type: 'health-probe',
    id: 'a',
    endpoint: 'one',
    claim,
    reports: [],
    wanted: 1,
    policy: healthPolicy,
  },
  'health-look': { type: 'health-look', id: 'a', endpoints: ['one'] },
}
