import { standard } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import type { Report, Scenario } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import { simulateCallers, simulatePeer } from './simulate-peer.ts'

const outage: Scenario = {
  name: 'outage',
  durationMs: 35_000,
  services: { inventory: { workers: 10, serviceMs: { kind: 'exponential', meanMs: 20 } } },
  clients: { web: { to: 'inventory', load: { kind: 'open', perSecond: 100 }, pipeline: standard } },
  injections: [{ kind: 'down', target: 'inventory', fromMs: 5_000, toMs: 20_000 }],
}

const sumOf = ({ clients }: Report, what: 'good' | 'attempts', from: number, to: number): number =>
  (clients['web']?.series ?? []).slice(from, to).reduce((sum, step) => sum + step[what], 0)

describe.each(['cockatiel', 'opossum'] as const)('%s in place of the standard preset', (peer) => {
  it('opens its circuit while the service is down, and closes it afterwards', async () => {
    const report = await simulatePeer(outage, peer, { seed: 1 })
    expect(sumOf(report, 'good', 0, 4)).toBe(sumOf(report, 'attempts', 0, 4))
    expect(sumOf(report, 'attempts', 12, 20)).toBeLessThan(200)
    expect(sumOf(report, 'good', 30, 35)).toBeGreaterThan(450)
  })

  it('goes to the standby where ours would', async () => {
    const pipeline: readonly PartConfig[] = [
      { kind: 'endpoints', primary: [{ id: 'inventory' }], standby: [{ id: 'standby' }] },
      { kind: 'circuit-breaker' },
    ]
    const services = { ...outage.services, standby: { serviceMs: 20 } }
    const clients = { web: { to: 'inventory', load: { kind: 'open', perSecond: 100 }, pipeline } } as const
    const report = await simulatePeer({ ...outage, services, clients }, peer, { seed: 1 })
    expect(report.clients['web']?.goodRatio).toBe(1)
    expect(report.replicas['standby']?.answered).toBeGreaterThan(1_000)
  })

  it('does the same for the same seed', async () => {
    const [one, again, other] = [
      await simulatePeer(outage, peer, { seed: 1 }),
      await simulatePeer(outage, peer, { seed: 1 }),
      await simulatePeer(outage, peer, { seed: 2 }),
    ]
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })
})

it('a run that fails gives the machine its clock back, and stops what was made', async () => {
  const { now } = Date
  const stopped: string[] = []
  const failing = simulateCallers(outage, { seed: 1 }, () => ({
    execute: () => {
      throw new Error('no caller')
    },
    [Symbol.dispose]: () => stopped.push('stopped'),
  }))
  await failing.catch(() => {})
  expect(stopped).toEqual(['stopped'])
  expect(Date.now).toBe(now)
})
