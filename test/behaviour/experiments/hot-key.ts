import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment, Played } from './experiment.ts'
import { withPart } from './standard-with.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
  /** Default 1. */
  readonly instances?: number
}

type Figure =
  | 'good, other keys (share)'
  | 'good, other keys of its partition (share)'
  | 'good, hot key (share)'
  | '99th percentile, other keys of its partition (ms)'

const hot = 'key-1'
const [keys, times] = [100, 100]
const [fromMs, durationMs] = [20_000, 80_000]

/** One key of which a hundred times as much is wanted, on one of ten partitions. */
export const hotKey: Experiment<Setting, Figure> = {
  name: 'hot-key',
  about:
    'One of a hundred keys is asked for a hundred times as often as the others. Its partition, one of ten, can answer half of that.',
  goal: 'At least 99.9 % of the calls for other keys succeed.',
  settings: {
    'no policy': { pipeline: [] },
    'standard preset': { pipeline: standard },
    'standard preset with a hot key limit': { pipeline: withPart({ kind: 'hot-key-limit' }, 'retry') },
    'standard preset with a hot key limit, four instances': {
      pipeline: withPart({ kind: 'hot-key-limit' }, 'retry'),
      instances: 4,
    },
  },
  scenario: ({ pipeline, instances = 1 }): Scenario => ({
    name: 'hot-key',
    durationMs,
    services: {
      inventory: {
        replicas: 10,
        workers: 2,
        serviceMs: { kind: 'exponential', meanMs: 20 },
        queue: { size: 100 },
      },
    },
    clients: {
      web: {
        to: 'inventory',
        routing: 'key',
        instances,
        load: { kind: 'open', perSecond: 2 * keys },
        keys: { count: keys },
        pipeline,
      },
    },
    injections: [
      { kind: 'hot-key', id: 'one key is hot', client: 'web', key: hot, times, fromMs },
      // As many as before for each of the others.
      { kind: 'load', id: 'load', client: 'web', times: (keys - 1 + times) / keys, fromMs },
    ],
  }),
  figures({ calls, attempts }) {
    const others = calls.filter(({ atMs, key }) => atMs >= fromMs && key !== hot)
    const partitionOf = partitionsOf(calls, attempts)
    const beside = others.filter(({ key }) => partitionOf.get(key) === partitionOf.get(hot))
    return {
      'good, other keys (share)': goodShareOf(others),
      'good, other keys of its partition (share)': goodShareOf(beside),
      'good, hot key (share)': goodShareOf(calls.filter(({ atMs, key }) => atMs >= fromMs && key === hot)),
      '99th percentile, other keys of its partition (ms)': percentileOf(beside, 0.99),
    }
  },
}

/** Of calls for other keys, the share that was good, second by second. */
export function goodOfOthers({ calls, report }: Played): readonly (number | null)[] {
  const others = calls.filter(({ key }) => key !== hot)
  return Array.from({ length: report.durationMs / 1_000 }, (_, second) => {
    const began = others.filter(({ atMs }) => Math.floor(atMs / 1_000) === second)
    return began.length === 0 ? null : goodShareOf(began)
  })
}

/** Which partition answers for each key. */
function partitionsOf(
  calls: Played['calls'],
  attempts: Played['attempts'],
): ReadonlyMap<string | undefined, string> {
  const named = (instance: string, call: number): string => `${instance} ${call}`
  const keys = new Map(calls.map(({ instance, call, key }) => [named(instance, call), key]))
  return new Map(attempts.map(({ instance, call, replica }) => [keys.get(named(instance, call)), replica]))
}

function goodShareOf(calls: Played['calls']): number {
  return calls.filter(({ outcome }) => outcome === 'ok').length / calls.length
}

/** Of those that were answered. */
function percentileOf(calls: Played['calls'], ratio: number): number | null {
  const took = calls.flatMap(({ outcome, tookMs }) => (outcome === 'ok' ? [tookMs] : []))
  const sorted = took.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length * ratio)] ?? null
}
