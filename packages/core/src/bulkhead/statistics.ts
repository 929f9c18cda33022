import type { Permits } from './permits.ts'

export interface BulkheadStatistics {
  /** As it is now, where it is adaptive; the fleet's, where it is shared. */
  readonly limit: number
  /** Where it is shared: how many of them this instance may have now. */
  readonly slice?: number
  /** Where it is shared: whether the slice is only assumed, because nothing is heard from the store. */
  readonly degraded?: boolean
  /** Permits taken: never above the limit, unless the limit was lowered or is only shadowed. */
  readonly running: number
  /** Those of them whose caller has been answered already, by a deadline or a cancellation. */
  readonly abandoned: number
  readonly waiting: number
  /** Since it was made, shadowed ones included. */
  readonly rejected: number
}

export function statisticsOf(permits: Permits): BulkheadStatistics {
  const { limit, running, abandoned, waiting, rejected, slices } = permits
  const own = { limit, running, abandoned, waiting, rejected }
  if (slices === undefined) return own
  const { now } = slices.fleet
  return { ...own, slice: slices.limitAt(now), degraded: slices.degradedAt(now) }
}
