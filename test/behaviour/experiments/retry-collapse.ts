import type { PartConfig } from '@holdfast/core'
import type { ClientStep, Report, Scenario, Service } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'
import { shareOf } from './share-of.ts'
import { standardWithTimeout } from './standard-with.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
  /** Default 400: four fifths of what the service can do. */
  readonly perSecond?: number
  /** Default 1. */
  readonly instances?: number
  /** How the service differs from one that serves everybody in order of arrival, and never hears that a client has left. */
  readonly service?: Partial<Service>
}

type Figure =
  | 'good, first minute (share)'
  | 'good, next two minutes (share)'
  | 'well again after the dip (s)'
  | 'sent, first minute (attempts a call)'

const attemptMs = 500
/** The longest that three attempts of the reference can take: three timeouts, and waits of up to 50 and 100 ms. */
const goodWithinMs = 1_650
const dip = { fromMs: 60_000, toMs: 70_000 }

const attempt: PartConfig = { kind: 'timeout', durationMs: attemptMs }
const threeAttempts: PartConfig = {
  kind: 'retry',
  attempts: 3,
  backoff: { type: 'exponential', baseMs: 50, jitter: 'full' },
  budget: false,
}
/** Comes back when its backoff is over, whatever the circuit says. */
const hasty: PartConfig = { ...threeAttempts, delayFrom: () => 0 }
const breaker: PartConfig = {
  kind: 'circuit-breaker',
  failureRatio: 0.5,
  minimumCalls: 100,
  burst: false,
  openMs: 5_000,
  maximumOpenMs: 5_000,
  probes: 1,
  probeSuccesses: 1,
}

/** A dip of capacity that retries keep from ending (algorithms.md 5.3-A). */
export const retryCollapse: Experiment<Setting, Figure> = {
  name: 'retry-collapse',
  about:
    'A service that is used to four fifths loses eight of its ten workers for ten seconds. It serves in order of arrival, and works for callers that have left.',
  goal: 'Five good seconds begin within 2 s after the dip; 85 % of the calls of the minute from the dip on are good.',
  settings: {
    'no policy but a timeout': { pipeline: [attempt] },
    'three attempts': { pipeline: [threeAttempts, attempt] },
    'three attempts, breaker 50 %': { pipeline: [hasty, breaker, attempt] },
    'three attempts that wait for the breaker': { pipeline: [threeAttempts, breaker, attempt] },
    'three attempts, budget': { pipeline: [{ ...threeAttempts, budget: {} }, attempt] },
    'three attempts, service newest first': {
      pipeline: [threeAttempts, attempt],
      service: { queue: { order: 'lifo' } },
    },
    'three attempts, service queues 100': {
      pipeline: [threeAttempts, attempt],
      service: { queue: { size: 100 } },
    },
    'three attempts, service drops expired': {
      pipeline: [threeAttempts, attempt],
      service: { queue: { maximumWaitMs: attemptMs } },
    },
    'standard preset': { pipeline: standardWithTimeout(attemptMs) },
    'standard preset, 300 a second': { pipeline: standardWithTimeout(attemptMs), perSecond: 300 },
    'standard preset, 350 a second': { pipeline: standardWithTimeout(attemptMs), perSecond: 350 },
    'standard preset, ten instances': { pipeline: standardWithTimeout(attemptMs), instances: 10 },
  },
  scenario: ({ pipeline, perSecond = 400, instances = 1, service = {} }): Scenario => ({
    name: 'retry-collapse',
    durationMs: 240_000,
    services: {
      inventory: { workers: 10, serviceMs: { kind: 'exponential', meanMs: 20 }, ...service },
    },
    clients: {
      web: { to: 'inventory', instances, load: { kind: 'open', perSecond }, pipeline, goodWithinMs },
    },
    injections: [{ kind: 'capacity', target: 'inventory', workers: 2, ...dip }],
  }),
  figures({ report }) {
    const series = seriesOf(report)
    const first = series.slice(60, 120)
    return {
      'good, first minute (share)': shareOf(first, 'good'),
      'good, next two minutes (share)': shareOf(series.slice(120, 240), 'good'),
      'well again after the dip (s)': wellAgain(series, dip.toMs / 1_000),
      'sent, first minute (attempts a call)': shareOf(first, 'attempts'),
    }
  },
}

function seriesOf({ clients }: Report): readonly ClientStep[] {
  return clients['web']?.series ?? []
}

/** How many seconds after second `from` five begin of which each answers nine in ten. */
function wellAgain(series: readonly ClientStep[], from: number): number | null {
  const isGood = (step: ClientStep): boolean => step.good >= 0.9 * step.calls
  const later = series.slice(from)
  const found = later.findIndex((_, place) => {
    const five = later.slice(place, place + 5)
    return five.length === 5 && five.every(isGood)
  })
  return found < 0 ? null : found
}
