import { meanOf, within } from './limit-machine.ts'
import type { LimitMachine, LimitState, LimitWindow } from './limit-machine.ts'

export interface DropState extends LimitState {
  /** How long those took that were served last, and those that were dropped last. */
  readonly servedMs: number | undefined
  readonly droppedMs: number | undefined
}

const windowMs = 100
/** A window holds so many ends at least, or as many as may run. */
const minimumCalls = 5
/** The limit is too large where at least this share of a window was dropped, */
const overloadRatio = 0.5
/** and those that were served took at least this share of the time that the dropped ones were given. */
const slowRatio = 0.25
/** To what share of itself a window in which all were dropped shrinks the limit. */
const steepest = 0.5
/** How much a window adds to the limit, as a share of it: as long as calls are quick, and where they are slow. */
const growth = 0.1
const slowGrowth = 0.02

/**
 * The limit shrinks where many calls are dropped and those that are served are slow as well, for then they wait for each
 * other. Where those are quick, something else is the matter with the dropped ones, and fewer calls would not mend it. How
 * many were too many is told by how many ran, however far above that the limit stood.
 */
export const byDrops: LimitMachine<DropState> = {
  first: ({ initial }) => ({ size: initial, probing: false, servedMs: undefined, droppedMs: undefined }),
  limitOf: ({ size }) => Math.floor(size),
  lightestOf: () => 0,
  slowMsOf: () => Infinity,
  longestMsOf: () => Infinity,
  windowMsOf: () => windowMs,
  fewestOf: ({ size }) => Math.min(minimumCalls, size),
  step(before, window, bounds) {
    const servedMs = meanOf(window.served) ?? before.servedMs
    const droppedMs = meanOf(window.dropped) ?? before.droppedMs
    const state = { ...before, servedMs, droppedMs }
    return { ...state, size: within(bounds, resized(state, window)) }
  },
}

function resized(
  { size, servedMs = 0, droppedMs = Infinity }: DropState,
  { served, dropped, peak }: LimitWindow,
): number {
  const slow = servedMs >= droppedMs * slowRatio
  const excess = (dropped.calls / (served.calls + dropped.calls) - overloadRatio) / (1 - overloadRatio)
  if (slow && excess >= 0) return Math.min(size, peak) * (1 - excess * (1 - steepest))
  if (peak < size / 2) return size
  return size + (slow ? size * slowGrowth : Math.max(1, size * growth))
}
