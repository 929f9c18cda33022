/** The limits of a generic cell rate algorithm, in milliseconds. */
export interface Cells {
  /** Between two cells at the steady rate. */
  readonly intervalMs: number
  /** How far the theoretical arrival may lie ahead: the burst, as time. */
  readonly toleranceMs: number
}

/**
 * The generic cell rate algorithm (ITU-T I.371, virtual scheduling) over one number, the theoretical arrival time.
 * Returns how long `weight` cells have to wait from `now` on: 0 when they conform at once.
 */
export function waitMs(
  arrival: number,
  now: number,
  weight: number,
  { intervalMs, toleranceMs }: Cells,
): number {
  return Math.max(0, Math.max(arrival, now) + weight * intervalMs - toleranceMs - now)
}

/** The theoretical arrival time after `weight` cells were taken at `now`. */
export function taken(arrival: number, now: number, weight: number, { intervalMs }: Cells): number {
  return Math.max(arrival, now) + weight * intervalMs
}

/** The same after they were given back. What has refilled meanwhile is not given twice. */
export function givenBack(arrival: number, weight: number, { intervalMs }: Cells): number {
  return arrival - weight * intervalMs
}
