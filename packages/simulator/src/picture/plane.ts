/** All charts are as wide, and have their times at the same places, so that they can be read below each other. */
export const chartWidth: number = 860
export const plotLeft: number = 60
export const plotRight: number = 640
/** Where what is drawn is named, beside it. */
export const labelLeft: number = plotRight + 10

/** Where a moment is; what is outside is at the border. */
export function xOf(ms: number, durationMs: number): number {
  const ratio = durationMs > 0 ? Math.min(1, Math.max(0, ms / durationMs)) : 0
  return plotLeft + ratio * (plotRight - plotLeft)
}
