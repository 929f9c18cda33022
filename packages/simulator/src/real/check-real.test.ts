import { expect, it } from 'vitest'
import type { Client, Scenario } from '../scenario.ts'
import { checkReal } from './check-real.ts'

const web: Client = { to: 'inventory', load: { kind: 'open', perSecond: 500 } }
const largest: Scenario = {
  name: 'largest',
  durationMs: 120_000,
  services: { inventory: { replicas: 16, serviceMs: 10 } },
  clients: { web: { ...web, instances: 12 } },
  network: { delayMs: { kind: 'exponential', meanMs: 5 } },
}

it('lets through what one machine can play', () => {
  expect(() => checkReal(largest)).not.toThrow()
})

it.each<[Partial<Scenario>, string]>([
  [{ durationMs: 120_001 }, 'durationMs: expected at most 120000 milliseconds of real time'],
  [
    { services: { inventory: { replicas: 17, serviceMs: 10 } } },
    'services: expected at most 16 replicas, each of which is a process',
  ],
  [
    { clients: { web: { ...web, instances: 13 } } },
    'clients: expected at most 200 pairs of a sender and a replica, each with a proxy, on real processes, not 208',
  ],
  [
    { clients: { web, batch: { to: 'inventory', load: { kind: 'closed', callers: 1, thinkMs: 90 } } } },
    'clients: expected at most 500 calls a second in all, on real processes, not 510',
  ],
  [
    { injections: [{ kind: 'load', client: 'web', times: 3, fromMs: 1_000, toMs: 2_000 }] },
    'clients: expected at most 500 calls a second in all, on real processes, not 1500',
  ],
  [{ network: { lossRatio: 0.5 } }, 'network.lossRatio: expected 0 or 1 on real processes'],
  [
    {
      injections: [{ kind: 'network', client: 'web', target: 'inventory', lossRatio: 0.1, fromMs: 0 }],
    },
    'injections[0].lossRatio: expected 0 or 1 on real processes',
  ],
])('says what is too much, or cannot be (%#)', (change, message) => {
  expect(() => checkReal({ ...largest, ...change })).toThrow(message)
})
