import type { Balance, PartConfig } from '@holdfast/core'
import type { Scenario } from '@holdfast/simulator'
import type { Experiment } from './experiment.ts'
import { standardWithTimeout, withPart } from './standard-with.ts'

interface Setting {
  readonly pipeline: readonly PartConfig[]
}

type Figure = 'good (share)' | '99th percentile (ms)' | 'sent (attempts a call)'

const servers = 11
const attemptMs = 1_000
const usualMs = 167
const slowMs = 2_000

const primary = Array.from({ length: servers }, (_, place) => ({ id: `inventory-${place + 1}` }))
const attempt: PartConfig = { kind: 'timeout', durationMs: attemptMs }

/** Nothing but the choice of a server, and a timeout. */
const choosingBy = (balance: Balance): Setting => ({
  pipeline: [{ kind: 'endpoints', primary, balance, ejection: false }, attempt],
})

/** Buoyant, "Beyond round robin: load balancing for latency" (2016). */
export const slowServer: Experiment<Setting, Figure> = {
  name: 'slow-server',
  about:
    'One of eleven servers takes 2 s instead of 167 ms, for half a minute; callers wait for an attempt for 1 s. 1 000 calls a second.',
  goal: 'At least 99.9 % of all calls are answered.',
  settings: {
    'in turn': choosingBy('round-robin'),
    'by calls in flight': choosingBy('least-request'),
    'by latency': choosingBy('peak-ewma'),
    'no policy but a timeout': { pipeline: [attempt] },
    'standard preset with endpoints': {
      pipeline: withPart({ kind: 'endpoints', primary }, 'circuit-breaker', standardWithTimeout(attemptMs)),
    },
  },
  scenario: ({ pipeline }): Scenario => ({
    name: 'slow-server',
    durationMs: 60_000,
    services: {
      inventory: { replicas: servers, serviceMs: { kind: 'normal', meanMs: usualMs, deviationMs: 5 } },
    },
    clients: {
      web: { to: 'inventory', routing: 'round-robin', load: { kind: 'open', perSecond: 1_000 }, pipeline },
    },
    injections: [
      {
        kind: 'slow',
        id: 'one server is slow',
        target: 'inventory-1',
        addMs: slowMs - usualMs,
        fromMs: 15_000,
        toMs: 45_000,
      },
    ],
  }),
  figures({ report: { clients } }) {
    const web = clients['web']
    return {
      'good (share)': web?.goodRatio ?? null,
      '99th percentile (ms)': web?.latencyMs?.p99 ?? null,
      'sent (attempts a call)': web?.amplification ?? null,
    }
  },
}
