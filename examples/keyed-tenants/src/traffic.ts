import { Rejection } from '@holdfast/core'
import type { Reports } from './reports.ts'

/** What one tenant has seen. */
export interface Tenant {
  readonly name: string
  readonly sentATick: number
  sent: number
  served: number
  /** By a circuit or a limit, at once or after a wait. */
  refused: number
  failed: number
  /** Of those that were served. */
  readonly latenciesMs: number[]
}

const tickMs = 20
const ticks = 100
/** How many reports each tenant asks for in a tick. */
const demand = { noisy: 30, broken: 4, quiet: 1 }

/** Two seconds of traffic. */
export async function traffic(
  reports: Reports,
  wait: (ms: number) => Promise<unknown>,
): Promise<readonly Tenant[]> {
  const tenants = Object.entries(demand).map(([name, sentATick]): Tenant => {
    return { name, sentATick, sent: 0, served: 0, refused: 0, failed: 0, latenciesMs: [] }
  })
  for (let tick = 0; tick < ticks; tick++) {
    for (let place = 0; place < tenants.length; place++) {
      // Each of them is first in its turn.
      const tenant = tenants[(tick + place) % tenants.length] as Tenant
      for (let call = 0; call < tenant.sentATick; call++) void ask(reports, tenant)
    }
    await wait(tickMs)
  }
  const underWay = ({ sent, served, refused, failed }: Tenant): number => sent - served - refused - failed
  while (tenants.some((tenant) => underWay(tenant) > 0)) await wait(tickMs)
  return tenants
}

async function ask(reports: Reports, tenant: Tenant): Promise<void> {
  const { clock } = reports.pipeline
  const begun = clock.now()
  tenant.sent++
  try {
    await reports.of(tenant.name)
    tenant.served++
    tenant.latenciesMs.push(clock.now() - begun)
  } catch (error) {
    if (error instanceof Rejection) tenant.refused++
    else tenant.failed++
  }
}
