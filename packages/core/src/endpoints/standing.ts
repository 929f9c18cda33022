/** Which group of endpoints is in use, and since when. */
export interface Standing {
  readonly active: number
  readonly since: number
}

/**
 * The group to be used, by how many endpoints of each are healthy: another at once where none of its own is, and an earlier
 * one only when it has been in use for `dwellMs`, so that nobody swings to and fro. The same object where nothing changes.
 */
export function succeed(
  standing: Standing,
  healthy: readonly number[],
  dwellMs: number,
  now: number,
): Standing {
  const { active, since } = standing
  const first = healthy.findIndex((count) => count > 0)
  if (first < 0 || first === active) return standing
  const isOut = (healthy[active] ?? 0) === 0
  const isEarlier = first < active && now - since >= dwellMs
  return isOut || isEarlier ? { active: first, since: now } : standing
}
