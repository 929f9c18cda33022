import { readFileSync } from 'node:fs'
import { namedScenario, simulate } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import { figuresOf, spreadOf } from './figures.ts'
import { scenariosIn, shown, simulatedIn, withSection } from './page.ts'

const page = readFileSync(new URL('../../../docs/behaviour-real.md', import.meta.url), 'utf8')

it.each(scenariosIn(page))(
  'the page says of %s what its simulation comes to (else: pnpm behaviour:real)',
  async (name) => {
    const figures = figuresOf(await simulate(namedScenario(name)))
    const said = simulatedIn(page, name)
    expect(Object.keys(said).length).toBeGreaterThan(5)
    for (const [figure, value] of Object.entries(said)) {
      expect(`${figure}: ${shown(figures[figure] ?? null)}`).toBe(`${figure}: ${value}`)
    }
  },
)

describe('a section', () => {
  const down = {
    scenario: 'down',
    description: 'It is down.',
    simulated: { 'web: calls': 100, 'web: good (%)': 81.234, 'web: refused (%)': 0 },
    real: [
      { 'web: calls': 100, 'web: good (%)': 82, 'web: refused (%)': 0 },
      { 'web: calls': 100, 'web: good (%)': 79.5, 'web: refused (%)': 0 },
      { 'web: calls': 100, 'web: good (%)': 80, 'web: refused (%)': 0 },
    ],
  }

  it('shows what was simulated beside the median and the spread of the runs, where it is not 0 everywhere', () => {
    const written = withSection('# Title\n', down)
    expect(written).toMatch(/\n\| web: good \(%\) +\| 81\.2 +\| 80 +\| 79\.5 to 82 +\|\n/)
    expect(written).not.toContain('refused')
    expect(simulatedIn(written, 'down')).toEqual({ 'web: calls': '100', 'web: good (%)': '81.2' })
  })

  it('takes the place of the one of its name, and leaves the others', () => {
    const both = withSection(withSection('# Title\n', down), { ...down, scenario: 'slow' })
    expect(scenariosIn(both)).toEqual(['down', 'slow'])
    const again = withSection(both, { ...down, description: 'It is down again.' })
    expect(scenariosIn(again)).toEqual(['down', 'slow'])
    expect(again).toContain('It is down again.')
    expect(again.startsWith('# Title\n')).toBe(true)
    expect(withSection(again, down)).toBe(both)
  })

  it('of a figure that never came about in a run shows that it is not there', () => {
    const opened = [{ 'breaker first open (s)': 3 }, {}, { 'breaker first open (s)': 2 }]
    expect(spreadOf(opened, 'breaker first open (s)').map(shown)).toEqual(['2', '3', '–'])
  })
})
