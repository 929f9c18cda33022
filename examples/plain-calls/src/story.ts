import type { HoldfastEvent } from '@holdfast/core'
import type { Inventory } from './inventory.ts'
import type { Health, Warehouse } from './warehouse.ts'

/** What became of the calls while the warehouse was in one state. */
export interface Chapter {
  readonly health: Health
  readonly calls: number
  readonly known: number
  readonly unknown: number
  /** How often the warehouse was asked. */
  readonly asked: number
  readonly slowestMs: number
  /** How often each thing happened inside the pipeline. */
  readonly events: ReadonlyMap<HoldfastEvent['type'], number>
  /** Of the circuit, at the end. */
  readonly state: string
}

const everyMs = 20
const callsEach = 40

/** The warehouse falls ill in several ways and recovers; all the while somebody asks, every 20 ms. */
export const healths: readonly Health[] = ['healthy', 'fails now and then', 'hangs', 'down', 'healthy']

export async function chapter(
  health: Health,
  inventory: Inventory,
  warehouse: Warehouse,
  wait: (ms: number) => Promise<unknown>,
): Promise<Chapter> {
  const events = new Map<HoldfastEvent['type'], number>()
  const stop = inventory.pipeline.on(({ type }) => events.set(type, (events.get(type) ?? 0) + 1))
  const { clock } = inventory.pipeline
  const askedBefore = warehouse.asked
  warehouse.health = health
  let unknown = 0
  let slowestMs = 0
  let underWay = callsEach
  const ask = async (): Promise<void> => {
    const begun = clock.now()
    const { pieces } = await inventory.stockOf('sku-1')
    if (pieces === 'unknown') unknown++
    slowestMs = Math.max(slowestMs, clock.now() - begun)
    underWay--
  }
  for (let call = 0; call < callsEach; call++) {
    void ask()
    await wait(everyMs)
  }
  while (underWay > 0) await wait(everyMs)
  stop()
  const { state } = inventory.breaker.statistics()
  const asked = warehouse.asked - askedBefore
  return { health, calls: callsEach, known: callsEach - unknown, unknown, asked, slowestMs, events, state }
}
