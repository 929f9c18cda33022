import { spreadOf } from './figures.ts'
import type { Figures } from './figures.ts'

/** Where in the page the part begins that is written by a program. */
const begin = '<!-- From here on written by `pnpm behaviour:real`. -->\n'

export interface Section {
  readonly scenario: string
  readonly description: string
  readonly simulated: Figures
  readonly real: readonly Figures[]
}

/** The page with a section instead of the one of the same name, or after all others. */
export function withSection(page: string, { scenario, description, simulated, real }: Section): string {
  const all = [simulated, ...real]
  const figures = [...new Set(all.flatMap((each) => Object.keys(each)))].filter((figure) =>
    all.some((each) => each[figure] !== 0),
  )
  const rows = figures.map((figure) => {
    const [least, median, most] = spreadOf(real, figure).map(shown)
    return [figure, shown(simulated[figure] ?? null), median, `${least} to ${most}`]
  })
  const head = ['figure', 'simulated', `real, median of ${real.length} runs`, 'least to most']
  const section = `### ${scenario}\n\n${description}\n\n${tableOf(head, rows)}\n`
  const [before = '', after = ''] = page.split(begin)
  const others = after.split(/^(?=### )/m).filter((each) => each.trim() !== '')
  const place = others.findIndex((each) => each.startsWith(`### ${scenario}\n`))
  const sections = place < 0 ? [...others, section] : others.with(place, section)
  return `${before}${begin}\n${sections.map((each) => each.trim()).join('\n\n')}\n`
}

/** With columns as wide as the formatter has them. */
function tableOf(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const ruled = [head, widths.map((width) => '-'.repeat(width)), ...rows]
  const line = (row: readonly (string | undefined)[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  return ruled.map(line).join('\n')
}

/** Of which scenarios the page speaks. */
export function scenariosIn(page: string): readonly string[] {
  const [, written = ''] = page.split(begin)
  return Array.from(written.matchAll(/^### (.+)$/gm), ([, name = '']) => name)
}

/** What the page says of the simulation of a scenario, as it is shown there. */
export function simulatedIn(page: string, scenario: string): Readonly<Record<string, string>> {
  const section = page.split(/^### /m).find((each) => each.startsWith(`${scenario}\n`)) ?? ''
  const rows = section.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)
  return Object.fromEntries(
    Array.from(rows, ([, figure = '', simulated = '']) => [figure, simulated]).slice(2),
  )
}

export function shown(value: number | null): string {
  if (value === null) return '–'
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0)
  return value.toFixed(value >= 10 ? 1 : 2)
}
