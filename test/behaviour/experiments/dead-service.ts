import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment, Played } from './experiment.ts'

interface Setting {
  readonly instances: number
  readonly shared: boolean
  readonly pipeline: readonly PartConfig[]
}

type Figure =
  | 'sent before all circuits are open (attempts an outage)'
  | 'all circuits open after (s)'
  | 'sent (attempts an outage)'

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Each begins a fifth of a second later in its second than the one before, for circuits count by whole seconds. */
const outages: readonly Span[] = [0, 1, 2, 3, 4].map((turn) => {
  const fromMs = 20_000 + turn * 35_200
  return { fromMs, toMs: fromMs + 8_000 }
})

const breaker: readonly PartConfig[] = [{ kind: 'circuit-breaker' }]

/** What a fleet sends to a service that is dead (algorithms.md 5.3-D). */
export const deadService: Experiment<Setting, Figure> = {
  name: 'dead-service',
  about:
    'A service that fifty instances call twice a second each fails every request for eight seconds, five times.',
  goal: 'Before all circuits are open, at most twice as many attempts are sent as by one instance that makes all calls.',
  settings: {
    'breaker, one instance with all calls': { instances: 1, shared: false, pipeline: breaker },
    'breaker, each instance alone': { instances: 50, shared: false, pipeline: breaker },
    'breaker, shared': { instances: 50, shared: true, pipeline: breaker },
    'standard preset, one instance with all calls': { instances: 1, shared: false, pipeline: standard },
    'standard preset, each instance alone': { instances: 50, shared: false, pipeline: standard },
    'standard preset, shared': { instances: 50, shared: true, pipeline: standard },
  },
  scenario: ({ instances, shared, pipeline }): Scenario => ({
    name: 'dead-service',
    durationMs: 180_000,
    services: { inventory: { serviceMs: { kind: 'exponential', meanMs: 20 } } },
    clients: {
      web: { to: 'inventory', instances, load: { kind: 'open', perSecond: 100 }, pipeline, shared },
    },
    injections: outages.map((outage, turn) => ({
      id: `dead ${turn + 1}`,
      kind: 'errors',
      target: 'inventory',
      ratio: 1,
      ...outage,
    })),
  }),
  figures(played) {
    const sent = meanOf(outages.map(({ fromMs, toMs }) => sentIn(played, fromMs, toMs)))
    // Circuits of other libraries tell nothing.
    if (played.report.states.length === 0) return { 'sent (attempts an outage)': sent }
    const opened = outages.map((outage) => allOpenAt(played, outage))
    const known = opened.every((at) => at !== null)
    const before = outages.map(({ fromMs }, turn) => sentIn(played, fromMs, opened[turn] ?? fromMs))
    const after = outages.map(({ fromMs }, turn) => ((opened[turn] ?? fromMs) - fromMs) / 1_000)
    return {
      'sent before all circuits are open (attempts an outage)': known ? meanOf(before) : null,
      'all circuits open after (s)': known ? meanOf(after) : null,
      'sent (attempts an outage)': sent,
    }
  },
}

function sentIn({ attempts }: Played, fromMs: number, untilMs: number): number {
  return attempts.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs).length
}

/** When the last of all instances' circuits opened, if all did. */
function allOpenAt({ report, attempts }: Played, { fromMs, toMs }: Span): number | null {
  const instances = new Set(attempts.map(({ instance }) => instance)).size
  const openings = report.states
    .filter(({ subject }) => subject === 'circuit')
    .flatMap(
      ({ changes }) =>
        changes.find(({ atMs, state }) => state === 'open' && atMs >= fromMs && atMs < toMs) ?? [],
    )
  return openings.length < instances ? null : Math.max(...openings.map(({ atMs }) => atMs))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length
}
