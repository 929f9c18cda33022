/** How a group of endpoints is. */
export interface GroupHealth {
  readonly total: number
  readonly healthy: number
  /** The healthy ones, each counted by the share of calls that it is ready for. At most `healthy`. */
  readonly ready: number
}

/** What a group of endpoints gets. */
export interface GroupShare {
  /** Of all calls, 0 to 100. */
  readonly percent: number
  /** Too few of its endpoints are healthy: all are used. */
  readonly panic: boolean
}

/** A group takes all calls until fewer than 72 % of its endpoints are healthy. */
const overprovisioning = 140

/**
 * How calls are spread over groups, in the order of their rank: what a group is not healthy enough for goes to the next
 * (Envoy's priority levels and panic threshold). If no endpoint is healthy all are used, unless `panicRatio` is 0.
 */
export function spillOver(groups: readonly GroupHealth[], panicRatio: number): readonly GroupShare[] {
  const healths = groups.map(({ total, ready }) => percentOf(ready, total))
  const sum = healths.reduce((left, right) => left + right, 0)
  if (sum === 0) return totalPanic(groups, panicRatio)
  const whole = groups.reduce((left, { total, healthy }) => left + percentOf(healthy, total), 0)
  const capacity = Math.min(100, sum)
  let left = 100
  const percents = healths.map((health) => {
    const percent = Math.min(left, Math.floor((health * 100) / capacity))
    left -= percent
    return percent
  })
  const first = healths.findIndex((health) => health > 0)
  return groups.map(({ total, healthy }, index) => {
    const percent = (percents[index] as number) + (index === first ? left : 0)
    return { percent, panic: whole < 100 && healthy < panicRatio * total }
  })
}

/** Whether a group needs none of those after it. */
export function suffices({ total, ready }: GroupHealth): boolean {
  return percentOf(ready, total) === 100
}

/** Not nothing where one in hundreds is healthy. */
function percentOf(healthy: number, total: number): number {
  if (healthy === 0) return 0
  return Math.max(1, Math.min(100, Math.floor((overprovisioning * healthy) / total)))
}

/** By their sizes. */
function totalPanic(groups: readonly GroupHealth[], panicRatio: number): readonly GroupShare[] {
  const all = groups.reduce((sum, { total }) => sum + total, 0)
  const panic = panicRatio > 0
  return groups.map(({ total }) => ({
    percent: panic && all > 0 ? (100 * total) / all : 0,
    panic: panic && total > 0,
  }))
}
