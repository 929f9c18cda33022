import { standard } from '@holdfast/core'
import type { Injection, Scenario } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'

interface Setting {
  readonly trouble: Injection
}

type Figure = 'circuits of well instances opened' | 'calls of well instances failed'

const span = { fromMs: 20_000, toMs: 40_000 }
const sick = 'web-1'

const troubles: Readonly<Record<string, Injection>> = {
  'one sick instance': { kind: 'sick', client: sick, ratio: 1, ...span },
  'store gone': { kind: 'store-down', ...span },
  'store stalls': { kind: 'store-slow', addMs: 5_000, ...span },
  'store emptied': { kind: 'store-flush', fromMs: span.fromMs },
}

/** What befalls a fleet that shares its circuits while the service is well (algorithms.md 5.3-D). */
export const fleetTroubles: Experiment<Setting, Figure> = {
  name: 'fleet-troubles',
  about:
    'One of fifty instances can send nothing; or the store in which all share their circuits is gone, answers 5 s late, or loses everything. The service is well.',
  goal: 'No circuit opens but that of the sick instance, and no call of a well instance fails.',
  settings: Object.fromEntries(
    Object.entries(troubles).map(([name, trouble]) => [`standard preset, shared, ${name}`, { trouble }]),
  ),
  scenario: ({ trouble }): Scenario => ({
    name: 'fleet-troubles',
    durationMs: 45_000,
    services: { inventory: { serviceMs: { kind: 'exponential', meanMs: 20 } } },
    clients: {
      web: {
        to: 'inventory',
        instances: 50,
        load: { kind: 'open', perSecond: 200 },
        pipeline: standard,
        shared: true,
      },
    },
    injections: [trouble],
  }),
  figures({ report, calls }) {
    const sickOnes = report.injections.flatMap(({ kind, target }) => (kind === 'sick' ? [target] : []))
    const opened = report.states.filter(
      ({ subject, instance, changes }) =>
        subject === 'circuit' &&
        !sickOnes.includes(instance) &&
        changes.some(({ state }) => state === 'open'),
    )
    const failed = calls.filter(({ instance, outcome }) => outcome !== 'ok' && !sickOnes.includes(instance))
    return {
      'circuits of well instances opened': opened.length,
      'calls of well instances failed': failed.length,
    }
  },
}
