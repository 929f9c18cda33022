import { readFileSync, writeFileSync } from 'node:fs'
import { namedScenario, simulate } from '@holdfast/simulator'
import { playReal } from '@holdfast/simulator/real'
import { figuresOf } from './figures.ts'
import type { Figures } from './figures.ts'
import { withSection } from './page.ts'

/**
 * Plays named scenarios both ways, the real one several times, and writes what they come to into the page. With
 * arguments: only those scenarios. Takes as long as the scenarios, times the runs.
 */
const page = new URL('../../../docs/behaviour-real.md', import.meta.url)
const runs = 3
const all = ['demo', 'down', 'slow', 'flapping', 'retry-storm']
const named = process.argv.slice(2).filter((argument) => argument !== '--')

for (const name of named.length > 0 ? named : all) {
  const scenario = namedScenario(name)
  const simulated = figuresOf(await simulate(scenario))
  const real: Figures[] = []
  while (real.length < runs) {
    real.push(figuresOf(await playReal(scenario)))
    console.log(`${name}: ${real.length} of ${runs} runs`)
  }
  const section = { scenario: name, description: scenario.description ?? '', simulated, real }
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), section))
}
