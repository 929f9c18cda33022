/** The limits of a generic cell rate algorithm, in milliseconds. */
export interface Cells {
  /** Between two cells at the steady rate. */
  readonly intervalMs: number
  /** How far the theoretical arrival may lie ahead: the burst, as time. */
  readonly toleranceMs: number
}

/** A wait as short as this, a nanosecond, is what rounding left over. */
export const roundingMs = 1e-6

/**
 * The generic cell rate algorithm (ITU-T I.371, virtual scheduling) over one number, the theoretical arrival time.
 * Returns how long `weight` cells have to wait from `now` on: 0 when they conform at once.
 */
export function waitMs(arrival: number, now: number, weight: number, cells: Cells): number {
  const aheadMs = Math.max(0, arrival - now)
  const wait = aheadMs + weight * cells.intervalMs - cells.toleranceMs
  return wait > roundingMs ? wait : 0
}

/** The theoretical arrival time after `weight` cells were taken at `now`. */
export function taken(arrival: number, now: number, weight: number, { intervalMs }: Cells): number {
  return Math.max(arrival, now) + weight * intervalMs
}

/** How many cells could be taken now, fractions included. */
export function available(arrival: number, now: number, { intervalMs, toleranceMs }: Cells): number {
  return Math.max(0, (toleranceMs + roundingMs - Math.max(0, arrival - now)) / intervalMs)
}

/**
 * The theoretical arrival time under other limits: as many cells stay taken, at their new length, but never more than
 * the new burst holds.
 */
export function rescaled(arrival: number, now: number, before: Cells, after: Cells): number {
  const aheadMs = (Math.max(0, arrival - now) / before.intervalMs) * after.intervalMs
  return now + Math.min(aheadMs, after.toleranceMs)
}
