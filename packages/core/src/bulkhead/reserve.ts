/** Permits that only the more important calls may take. */
export interface ReservedOptions {
  /** Their share of the limit, rounded down to whole permits. */
  readonly ratio: number
  /** The lowest `priority` that may take them. */
  readonly priority: number
}

/** How many of `limit` permits all calls may take. */
export function unreserved(limit: number, { ratio }: ReservedOptions): number {
  // A share that is meant to be whole may come out a hair too small.
  return limit - Math.floor(limit * ratio + 1e-9)
}
