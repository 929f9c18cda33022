import { describe, expect, it } from 'vitest'
import { simulate } from '../simulate.ts'
import type { ClientReport } from '../report.ts'
import type { Scenario, Service } from '../scenario.ts'

/** Erlang's B: the share of calls that find all servers busy, where nobody waits. */
function erlangB(servers: number, load: number): number {
  let blocked = 1
  for (let count = 1; count <= servers; count++) blocked = (load * blocked) / (count + load * blocked)
  return blocked
}

/** Erlang's C: the share of calls that wait, where all wait. */
function erlangC(servers: number, load: number): number {
  const blocked = erlangB(servers, load)
  return blocked / (1 - (load / servers) * (1 - blocked))
}

const meanMs = 10

/** Poisson arrivals at a service of exponential times; `load` is in Erlangs. */
function queueing(load: number, service: Omit<Service, 'serviceMs'>): Scenario {
  return {
    name: 'queueing',
    durationMs: (30_000 * meanMs) / load,
    warmUpMs: (2_000 * meanMs) / load,
    services: { server: { serviceMs: { kind: 'exponential', meanMs }, ...service } },
    clients: { client: { to: 'server', load: { kind: 'open', perSecond: (load / meanMs) * 1_000 } } },
  }
}

/** The mean of ten seeds and its standard error. */
async function measured(
  scenario: Scenario,
  what: (client: ClientReport) => number,
): Promise<{ readonly mean: number; readonly error: number }> {
  const values: number[] = []
  for (let seed = 1; seed <= 10; seed++) {
    const { clients } = await simulate(scenario, { seed })
    values.push(what(clients['client'] as ClientReport))
  }
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) }
}

const meanLatency = ({ latencyMs }: ClientReport): number => latencyMs?.mean ?? Number.NaN

describe('the simulated service, held against queueing theory', { timeout: 120_000 }, () => {
  it.each([
    ['M/M/1 at half its capacity', 0.5, 1],
    ['M/M/1 at four fifths', 0.8, 1],
    ['M/M/5 at four fifths', 4, 5],
  ])(
    '%s takes as long as Erlang’s C says, within three standard errors (seeds 1 to 10)',
    async (_name, load, servers) => {
      const { mean, error } = await measured(queueing(load, { workers: servers }), meanLatency)
      const theory = meanMs + (erlangC(servers, load) * meanMs) / (servers - load)
      expect(Math.abs(mean - theory)).toBeLessThan(3 * error)
      expect(error).toBeLessThan(theory / 20)
    },
  )

  it.each([
    ['one server', 0.8, 1],
    ['five servers, overloaded', 7, 5],
  ])(
    '%s without a queue refuses as Erlang’s B says, within three standard errors (seeds 1 to 10)',
    async (_name, load, servers) => {
      const scenario = queueing(load, { workers: servers, queue: { size: 0 } })
      const { mean, error } = await measured(scenario, ({ calls, failed }) => failed / calls)
      expect(Math.abs(mean - erlangB(servers, load))).toBeLessThan(3 * error)
      expect(error).toBeLessThan(0.01)
    },
  )
})
