/** What the level of shedding is, and since when there has been pressure. */
export interface ShedState {
  /** 0: nothing is refused. Up to 1: that share of the least critical; from 1 to 2: all of those, and a share of the next. */
  readonly level: number
  /** When the last reading was; undefined before the first, which says only what was before. */
  readonly at: number | undefined
  /** When the pressure began that made it rise; undefined at level 0. */
  readonly since: number | undefined
}

/** The three lower levels of criticality may be shed. */
const highest = 3
/** From nothing to a whole level of criticality in two seconds of pressure, in one where there is twice too much. */
const risePerSecond = 0.5
const steepest = 2
/** Half as fast, so that what comes back does not bring the pressure back. */
const fallPerSecond = 0.25
/** Below this share of the thresholds the pressure is over; between, the level stays. */
const calmRatio = 0.8
/** A reading of pressure speaks for so long at most, in seconds. */
const longestRise = 1

export const calm: ShedState = { level: 0, at: undefined, since: undefined }

/** `pressure`: the largest reading in shares of its threshold, 1 is at the threshold. */
export function step(state: ShedState, pressure: number, now: number): ShedState {
  const seconds = (now - (state.at ?? now)) / 1_000
  const slope = slopeOf(pressure)
  const moved = state.level + slope * (slope > 0 ? Math.min(longestRise, seconds) : seconds)
  const level = Math.min(highest, Math.max(0, moved))
  const since = level === 0 ? undefined : (state.since ?? now)
  return { level, at: now, since }
}

function slopeOf(pressure: number): number {
  if (pressure >= 1) return risePerSecond * Math.min(steepest, pressure)
  return pressure < calmRatio ? -fallPerSecond : 0
}

/** Which share of the calls of that rank is refused; 0 is the least critical. */
export function shedRatio({ level }: ShedState, rank: number): number {
  return Math.min(1, Math.max(0, level - rank))
}

/**
 * In how many milliseconds no call of that rank will be refused, if the pressure lasts as long again as it has, and
 * is over then.
 */
export function recoveryMs({ level, since }: ShedState, rank: number, now: number): number {
  return now - (since ?? now) + (Math.max(0, level - rank) / fallPerSecond) * 1_000
}
