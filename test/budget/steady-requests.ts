import type { Store } from '@holdfast/core'
import type { Request } from '@holdfast/core/protocol'
import { Flushes } from '../bench/share/flushes.ts'
import { requests } from '../redis/requests.ts'

const instances = 50
const flushes = new Flushes(instances, 1)
let count = 0

function instanceOf(number: number): string {
  return (number % instances).toString(16).padStart(32, '0')
}

/** Grows with every round of all instances. */
function sequenceOf(number: number): number {
  return Math.floor(number / instances) + 1
}

/** What a fleet of fifty sends all the time, one after the other. */
export const steadyRequests = {
  flush: () => flushes.next(1, 0)[0],
  'flush with failures': () => flushes.next(1, 1)[0],
  look: () => requests.look,
  slice: () => {
    const number = count++
    const held = { id: 'budget', limit: 200, want: 3, keep: 1, leaseMs: 60_000 } as const
    return { type: 'slice', ...held, instance: instanceOf(number), sequence: sequenceOf(number) }
  },
  limit: () => ({ ...requests.limit, intervalUs: 1, toleranceUs: 1_000_000 }),
  permit: () => {
    const number = count++
    const action = number % 2 === 0 ? 'acquire' : 'release'
    return { ...requests.permit, id: 'budget', action, token: `t${Math.floor(number / 2)}`, limit: 100 }
  },
  budget: () => {
    const number = count++
    return { ...requests.budget, id: 'budget', instance: instanceOf(number), sequence: sequenceOf(number) }
  },
  heartbeat: () => ({ ...requests.heartbeat, instance: instanceOf(count++), objects: [] }),
  'health-look': () => requests['health-look'],
  'health-flush': () => {
    const number = count++
    const endpoints = ['one', 'two', 'three'].map((endpoint, group) => ({
      ...requests['health-flush'].endpoints[0],
      endpoint,
      group,
      successes: 100,
      failures: 0,
    }))
    const by = { instance: instanceOf(number), sequence: sequenceOf(number), fleet: instances }
    return { ...requests['health-flush'], id: 'budget', ...by, endpoints }
  },
} as const satisfies Readonly<Record<string, () => Request | undefined>>

/** Begins a round that never ends, and gives the probes of it: each reports one and takes the next. */
export async function steadyProbes(store: Store): Promise<() => Request> {
  const many = 100_000
  const policy = { ...requests.probe.policy, probes: many, probeSuccesses: many, probeLeaseMs: 60_000 }
  const begin = { epoch: Date.now(), status: 'half-open', remainingMs: 0, openings: 1 } as const
  const probe = { type: 'probe', id: 'probed', claim: begin, reports: [], wanted: 0, policy } as const
  const [begun] = await store.send([probe])
  const epoch = begun?.type === 'probe' ? begun.epoch : 0
  let token = 0
  return () => {
    const reports = token === 0 ? [] : [{ token, result: 'succeeded' as const }]
    token++
    return { ...probe, claim: { ...begin, epoch }, reports, wanted: 1 }
  }
}
