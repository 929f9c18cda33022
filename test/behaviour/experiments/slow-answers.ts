import type { PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'
import { withPart } from './standard-with.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
}

type Figure = 'median (ms)' | '99th percentile (ms)' | '99.9th percentile (ms)' | 'sent (attempts a call)'

/** Dean and Barroso, "The tail at scale" (2013); the distribution is that of algorithms.md 5.2. */
export const slowAnswers: Experiment<Setting, Figure> = {
  name: 'slow-answers',
  about: 'A service answers in about 10 ms, but one answer in a hundred, by chance, takes a second.',
  goal: 'The 99.9th percentile is at least ten times lower than without a policy, for at most 6 % more attempts.',
  settings: {
    'no policy': { pipeline: [] },
    'hedge alone': { pipeline: [{ kind: 'hedge' }] },
    'standard preset with a hedge': { pipeline: withPart({ kind: 'hedge' }, 'circuit-breaker') },
  },
  scenario: ({ pipeline }): Scenario => ({
    name: 'slow-answers',
    durationMs: 160_000,
    warmUpMs: 10_000,
    services: {
      inventory: {
        serviceMs: {
          kind: 'mixture',
          of: [
            { ratio: 0.99, ms: { kind: 'lognormal', medianMs: Math.exp(2.3), sigma: 0.35 } },
            { ratio: 0.01, ms: 1_000 },
          ],
        },
      },
    },
    clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 200 }, pipeline } },
  }),
  figures({ report: { clients } }) {
    const web = clients['web']
    return {
      'median (ms)': web?.latencyMs?.p50 ?? null,
      '99th percentile (ms)': web?.latencyMs?.p99 ?? null,
      '99.9th percentile (ms)': web?.latencyMs?.p999 ?? null,
      'sent (attempts a call)': web?.amplification ?? null,
    }
  },
}
