/** What a figure counts. */
export type Unit = 'ms' | 'ratio' | 'per second' | 'count'

/** What stands where there is no number. */
const noFigure = '–'

/** A number as people read it: with its unit, and no more digits than tell something; `–` for null. */
export function figure(value: number | null, unit: Unit): string {
  if (value === null) return noFigure
  switch (unit) {
    case 'ms':
      return Math.abs(value) < 1_000 ? `${short(value)} ms` : `${short(value / 1_000)} s`
    case 'ratio':
      return `${percent(value)} %`
    case 'per second':
      return `${short(value)}/s`
    case 'count':
      return short(value)
  }
}

/** How much more the first is than the second. */
export function difference(one: number | null, other: number | null, unit: Unit): string {
  if (one === null || other === null) return noFigure
  const change = one - other
  const size = unit === 'ratio' ? `${short(Math.abs(change) * 100)} points` : figure(Math.abs(change), unit)
  if (change === 0) return `±${size}`
  return `${change > 0 ? '+' : '−'}${size}`
}

/** Not quite all is never shown as all, nor next to nothing as nothing. */
function percent(ratio: number): string {
  const rounded = Number((ratio * 100).toFixed(2))
  if (rounded === 100 && ratio < 1) return '> 99.99'
  if (rounded === 0 && ratio > 0) return '< 0.01'
  return String(rounded)
}

/** To three digits, in groups of three where there are more; of very little the first digit. */
function short(value: number): string {
  const size = Math.abs(value)
  if (size < 0.01) return String(Number(value.toPrecision(1)))
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return grouped(Number(value.toFixed(digits)))
}

function grouped(value: number): string {
  const [whole = '', rest] = String(value).split('.')
  const spaced = whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u202f')
  return rest === undefined ? spaced : `${spaced}.${rest}`
}
