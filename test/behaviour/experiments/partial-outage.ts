import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'
import { shareOf } from './share-of.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
  /** The share of requests that fail, from 0 to 1. */
  readonly failing: number
}

type Figure = 'good (share)' | 'sent (attempts a call)'

const outage = { fromMs: 60_000, toMs: 120_000 }

/** As Polly's defaults, or with another ratio. */
const breaker = (failureRatio: number): PartConfig => ({
  kind: 'circuit-breaker',
  window: { type: 'time', durationMs: 30_000 },
  failureRatio,
  minimumCalls: 100,
  burst: false,
  openMs: 5_000,
  maximumOpenMs: 5_000,
  probes: 1,
  probeSuccesses: 1,
})

const protections: Readonly<Record<string, readonly PartConfig[]>> = {
  'no policy': [],
  'breaker 10 %': [breaker(0.1)],
  'breaker 50 %': [breaker(0.5)],
  'standard preset': standard,
}

const shares = [5, 10, 15, 20, 50, 70, 90, 100]

/** A dependency that fails a share of what it is asked (algorithms.md 5.3-B). */
export const partialOutage: Experiment<Setting, Figure> = {
  name: 'partial-outage',
  about: 'A service that is used to two fifths answers a share of its requests with errors, for a minute.',
  goal: 'As long as no more than 20 % fail, callers get at least 95 % of the answers that they would get without a policy; where all fail, at most 15 attempts are sent for 100 calls.',
  settings: Object.fromEntries(
    Object.entries(protections).flatMap(([name, pipeline]) =>
      shares.map((percent) => [`${name}, ${percent} % fail`, { pipeline, failing: percent / 100 }] as const),
    ),
  ),
  scenario: ({ pipeline, failing }): Scenario => ({
    name: 'partial-outage',
    durationMs: 125_000,
    services: { inventory: { workers: 10, serviceMs: { kind: 'exponential', meanMs: 20 } } },
    clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 200 }, pipeline } },
    injections: [{ kind: 'errors', target: 'inventory', ratio: failing, ...outage }],
  }),
  figures({ report: { clients } }) {
    const minute = (clients['web']?.series ?? []).slice(60, 120)
    return {
      'good (share)': shareOf(minute, 'good'),
      'sent (attempts a call)': shareOf(minute, 'attempts'),
    }
  },
}
