const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

const shape = /^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h))+$/

/** `90s`, `10m`, `2h`, `1h30m`, `500ms`, in milliseconds. Undefined where the text is anything else. */
export function parseDuration(text: string): number | undefined {
  if (!shape.test(text)) return undefined
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)]
  // The shape allows no other unit.
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as 'ms'], 0))
}

/** For people: the two largest units that matter, rounded down; less than a second in milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < units.s) return `${Math.floor(ms)}ms`
  const hours = Math.floor(ms / units.h)
  const minutes = Math.floor((ms % units.h) / units.m)
  const seconds = Math.floor((ms % units.m) / units.s)
  const parts = hours > 0 ? [`${hours}h`, minutes > 0 && `${minutes}m`] : [minutes > 0 && `${minutes}m`]
  if (hours === 0 && (seconds > 0 || minutes === 0)) parts.push(`${seconds}s`)
  return parts.filter((part) => part !== false).join(' ')
}
