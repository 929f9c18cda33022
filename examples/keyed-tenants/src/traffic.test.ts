import { seededRandom, VirtualClock } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { Database } from './database.ts'
import { Reports, variants } from './reports.ts'
import { traffic } from './traffic.ts'
import type { Tenant } from './traffic.ts'

async function trafficOf(variant: string): Promise<ReadonlyMap<string, Tenant>> {
  const clock = new VirtualClock()
  const parts = variants[variant]?.() ?? []
  const reports = new Reports(new Database(), parts, { clock, random: seededRandom(1) })
  const tenants = await traffic(reports, (ms) => clock.advance(ms))
  return new Map(tenants.map((tenant) => [tenant.name, tenant]))
}

it('with a limit and a circuit in common, the quiet tenant suffers from the others', async () => {
  const quiet = (await trafficOf('in common')).get('quiet')
  expect(quiet?.sent).toBe(100)
  expect(quiet?.refused).toBeGreaterThan(30)
})

it('with one for each tenant, nothing of the others reaches it', async () => {
  const tenants = await trafficOf('for each tenant')
  expect(tenants.get('quiet')).toMatchObject({ sent: 100, served: 100, refused: 0 })
  expect(Math.max(...(tenants.get('quiet')?.latenciesMs ?? []))).toBe(20)
  expect(tenants.get('noisy')?.served).toBeGreaterThan(350)
  expect(tenants.get('broken')).toMatchObject({ served: 0 })
  expect(tenants.get('broken')?.failed).toBeLessThan(40)
})
