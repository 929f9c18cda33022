import { bulkhead, timeout } from '@holdfast/core'
import type { Guard } from '@holdfast/core'
import { checkOptions, durationMs, flag } from '@holdfast/core/options'
import { byCriticality, criticalities } from './criticality.ts'
import { fairShare } from './fair-share.ts'
import { loadShedding } from './load-shedding.ts'

export interface StandardServiceOptions {
  /** What a request may take in all, its wait included, in milliseconds. Default 10 000. */
  readonly durationMs?: number
  /** Whether requests have keys of which none may hold more than its share while others want in. Default false. */
  readonly fair?: boolean
}

/**
 * The guards of a service that has nothing special about it, outermost first, newly made: load shedding; a deadline; with
 * `fair` a share for each key; a bulkhead that finds its limit, where the newest waits for 100 ms at most, what matters most
 * goes first, and a tenth is kept from what can be shed.
 */
export function standardService(options: StandardServiceOptions = {}): readonly Guard[] {
  const rules = { durationMs: durationMs(1), fair: flag }
  const { durationMs: most = 10_000, fair = false } = checkOptions('standardService', options, rules)
  const permits = bulkhead({
    limit: { initial: 20 },
    queue: { size: 50, order: 'lifo', maximumWaitMs: 100 },
    priority: byCriticality,
    reserved: { ratio: 0.1, priority: criticalities.indexOf('critical') },
  })
  const shares = fair ? [fairShare({ limit: () => permits.statistics().limit })] : []
  return [loadShedding(), timeout({ durationMs: most }), ...shares, permits]
}
