/** Values at which an axis is marked, from the least to the most: round, and about as many as are wanted. */
export function ticksTo(most: number, wanted: number): readonly number[] {
  const step = roundStep(most / wanted)
  const count = Math.max(1, Math.ceil(most / step - tolerance))
  return Array.from({ length: count + 1 }, (_, index) => tidy(index * step))
}

/** The same for an axis on which each step multiplies: 1, 10, 100, with 2 and 5 between where there are few. */
export function ticksBetween(least: number, most: number): readonly number[] {
  const lowest = Math.floor(Math.log10(least) + tolerance)
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(most) - tolerance))
  const factors = highest - lowest <= 2 ? [1, 2, 5] : [1]
  const decades = Array.from({ length: highest - lowest }, (_, index) => lowest + index)
  const all = decades.flatMap((decade) => factors.map((factor) => tidy(factor * 10 ** decade)))
  return [...all, tidy(10 ** highest)]
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Moments at which a span of time is marked, from its beginning on. */
export function moments(durationMs: number, wanted: number): readonly number[] {
  const step = momentStep(durationMs / wanted)
  const count = Math.floor(durationMs / step + tolerance)
  return Array.from({ length: count + 1 }, (_, index) => tidy(index * step))
}

function momentStep(leastMs: number): number {
  const unit = [hour, minute, second].find((each) => leastMs > each)
  if (unit === undefined) return roundStep(leastMs)
  const step = unit === hour ? undefined : [2, 5, 10, 15, 30, 60].find((each) => each * unit >= leastMs)
  return (step ?? roundStep(leastMs / unit)) * unit
}

/** `500 ms`, `20 s`, `1:30 min`, `2:05 h`: as short as it is exact, for the moments of an axis. */
export function moment(ms: number, stepMs: number): string {
  if (ms === 0) return '0'
  if (stepMs < second) return ms < second ? `${tidy(ms)} ms` : `${tidy(ms / second)} s`
  if (ms < minute) return `${tidy(ms / second)} s`
  if (ms < hour) return `${Math.floor(ms / minute)}${rest((ms % minute) / second)} min`
  return `${Math.floor(ms / hour)}${rest((ms % hour) / minute)} h`
}

function rest(value: number): string {
  const whole = Math.round(value)
  return whole === 0 ? '' : `:${String(whole).padStart(2, '0')}`
}

/** Against what binary fractions do to decimal ones. */
const tolerance = 1e-9

function tidy(value: number): number {
  return Number(value.toPrecision(12))
}

/** The least of 1, 2 and 5 times a power of ten that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least) + tolerance)
  return ([1, 2, 5].find((step) => step * power >= least * (1 - tolerance)) ?? 10) * power
}
