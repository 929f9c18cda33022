import type { PartConfig } from '@holdfast/core'
import type { Scenario, Service } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'

interface Setting {
  /** The limit, in the way of all calls to the service. */
  readonly pipeline: readonly PartConfig[]
  /** Of which the service can do 1 000. */
  readonly perSecond: number
  readonly serviceMs: Service['serviceMs']
  /** Twelve of the twenty workers go after 10 s, and it is measured from then on. */
  readonly shrinks?: boolean
}

type Figure =
  | 'answered within 1 s (calls a second)'
  | 'median (ms)'
  | '99th percentile (ms)'
  | 'refused (share)'

const warmUpMs = 1_000
const measuredMs = 20_000
const shrinksAtMs = 10_000

const limits: Readonly<Record<string, readonly PartConfig[]>> = {
  'no limit': [],
  'fixed at 20': [{ kind: 'bulkhead', limit: 20 }],
  'fixed at 40': [{ kind: 'bulkhead', limit: 40 }],
  adaptive: [{ kind: 'bulkhead', limit: {} }],
}

const heavy = 1.5

/** All of them 20 ms on average. */
const services: Readonly<Record<string, Service['serviceMs']>> = {
  exponential: { kind: 'exponential', meanMs: 20 },
  even: { kind: 'gamma', meanMs: 20, shape: 16 },
  'heavy-tailed': { kind: 'lognormal', medianMs: 20 * Math.exp(-(heavy ** 2) / 2), sigma: heavy },
}

const situations: Readonly<Record<string, Omit<Setting, 'pipeline'>>> = {
  ...Object.fromEntries(
    Object.entries(services).flatMap(([service, serviceMs]) =>
      [700, 1_400].map((perSecond) => [`${service}, ${perSecond} a second`, { perSecond, serviceMs }]),
    ),
  ),
  'exponential, 700 a second, 8 workers left': {
    perSecond: 700,
    serviceMs: { kind: 'exponential', meanMs: 20 },
    shrinks: true,
  },
}

/** A limit at the door of a service that gets more than it can do, or less (algorithms.md 5.3-C). */
export const limiters: Experiment<Setting, Figure> = {
  name: 'limiters',
  about:
    'A service of 20 workers that take 20 ms for each call gets 70 % of what it can do, or 140 %, or 70 % while 12 of its workers go.',
  goal: 'At 70 % nobody is refused where service is exponential or even; at 140 % as many are answered as with Gradient2.',
  settings: Object.fromEntries(
    Object.entries(limits).flatMap(([limit, pipeline]) =>
      Object.entries(situations).map(([situation, setting]) => [
        `${limit}, ${situation}`,
        { pipeline, ...setting },
      ]),
    ),
  ),
  scenario: ({ pipeline, perSecond, serviceMs, shrinks = false }): Scenario => {
    const fromMs = shrinks ? shrinksAtMs : warmUpMs
    return {
      name: 'limiters',
      durationMs: fromMs + measuredMs,
      warmUpMs: fromMs,
      services: { search: { workers: 20, serviceMs } },
      // One client, and no distance: its limit is at the door.
      clients: { web: { to: 'search', load: { kind: 'open', perSecond }, pipeline, goodWithinMs: 1_000 } },
      injections: shrinks ? [{ kind: 'capacity', target: 'search', workers: 8, fromMs }] : [],
    }
  },
  figures({ report: { clients } }) {
    const web = clients['web']
    return {
      'answered within 1 s (calls a second)': ((web?.good ?? 0) * 1_000) / measuredMs,
      'median (ms)': web?.latencyMs?.p50 ?? null,
      '99th percentile (ms)': web?.latencyMs?.p99 ?? null,
      'refused (share)': (web?.refused ?? 0) / (web?.calls ?? 0),
    }
  },
}
