import type { PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'
import { standardWithTimeout, withPart } from './standard-with.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
  /** How the primary dies. */
  readonly by: 'down' | 'hang'
}

type Figure =
  | 'errors for (s)'
  | 'failed (calls)'
  | 'failed after the primary is back (calls)'
  | '99.9th percentile (ms)'
  | 'back at the primary after (s)'

const [diesAt, restartsAt, revivesAt, durationMs] = [20_000, 49_000, 50_000, 120_000]
const perSecond = 100
/** Callers' errors are told apart by so much time. */
const tickMs = 100
const attemptMs = 500

const attempt: PartConfig = { kind: 'timeout', durationMs: attemptMs }
const endpoints: PartConfig = {
  kind: 'endpoints',
  primary: [{ id: 'inventory' }],
  standby: [{ id: 'standby-1' }, { id: 'standby-2' }],
}
const pipelines: Readonly<Record<string, readonly PartConfig[]>> = {
  'no policy but a timeout': [attempt],
  'endpoints and a timeout': [endpoints, attempt],
  'standard preset with endpoints': withPart(endpoints, 'circuit-breaker', standardWithTimeout(attemptMs)),
}

/** A primary that dies, and comes back cold, with two standbys. */
export const switchOver: Experiment<Setting, Figure> = {
  name: 'switch-over',
  about:
    'A primary dies for half a minute, while two standbys are well. When it is back it is cold: it works five times as slowly at first, and could not serve all callers at once.',
  goal: 'Callers see errors for at most 1 s, and none when the primary is back.',
  settings: Object.fromEntries(
    Object.entries(pipelines).flatMap(([name, pipeline]) => [
      [`${name}, refuses`, { pipeline, by: 'down' }] as const,
      [`${name}, hangs`, { pipeline, by: 'hang' }] as const,
    ]),
  ),
  scenario: ({ pipeline, by }): Scenario => {
    const serviceMs = { kind: 'gamma', meanMs: 20, shape: 16 } as const
    const target = 'inventory'
    return {
      name: 'switch-over',
      durationMs,
      services: {
        inventory: { workers: 4, serviceMs, cold: { factor: 5, durationMs: 20_000 } },
        standby: { replicas: 2, workers: 4, serviceMs },
      },
      clients: { web: { to: 'inventory', load: { kind: 'open', perSecond }, pipeline } },
      injections: [
        { kind: by, id: `primary ${by}`, target, fromMs: diesAt, toMs: restartsAt },
        { kind: 'down', id: 'restart', target, fromMs: restartsAt, toMs: revivesAt },
      ],
    }
  },
  figures({ report, calls, attempts }) {
    const failed = calls.filter(({ outcome }) => outcome !== 'ok')
    const ticks = new Set(failed.map(({ atMs }) => Math.floor(atMs / tickMs)))
    const back = attempts.find(
      ({ atMs, replica, outcome }) => atMs >= revivesAt && replica === 'inventory' && outcome === 'ok',
    )
    return {
      'errors for (s)': (ticks.size * tickMs) / 1_000,
      'failed (calls)': failed.length,
      'failed after the primary is back (calls)': failed.filter(({ atMs }) => atMs >= revivesAt).length,
      '99.9th percentile (ms)': report.clients['web']?.latencyMs?.p999 ?? null,
      'back at the primary after (s)': back === undefined ? null : (back.atMs - revivesAt) / 1_000,
    }
  },
}
