/** What a figure is called and counted in: `good (share)` is `good`, in shares. */
export function labelOf(figure: string): { readonly name: string; readonly unit: string } {
  const [, name = figure, unit = ''] = /^(.*) \(([^)]*)\)$/.exec(figure) ?? []
  return { name, unit }
}

/** The mean of a figure over runs, with its unit, in no more digits than tell something. */
export function shown(values: readonly (number | null | undefined)[], unit: string): string {
  if (values.length === 0 || values.includes(undefined)) return '–'
  const known = values.filter((value) => typeof value === 'number')
  if (known.length === 0) return 'never'
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const rest =
    known.length === values.length ? '' : ` (never in ${values.length - known.length} of ${values.length})`
  return `${inUnit(mean, unit)}${rest}`
}

function inUnit(value: number, unit: string): string {
  if (unit === 'share') return `${percent(value)} %`
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2
  const text = grouped(value.toFixed(digits))
  return unit === 'ms' || unit === 's' ? `${text} ${unit}` : text
}

/** Not quite all is never shown as all, nor next to nothing as nothing. */
function percent(share: number): string {
  const rounded = (share * 100).toFixed(2)
  if (rounded === '100.00') return share === 1 ? '100' : '99.99'
  return rounded === '0.00' && share > 0 ? '0.01' : String(Number(rounded))
}

function grouped(text: string): string {
  return text.replaceAll(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, ' ')
}
