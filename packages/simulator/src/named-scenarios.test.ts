import { expect, it } from 'vitest'
import { namedScenario, scenarioNames } from './named-scenarios.ts'
import { ScenarioError } from './scenario-error.ts'

it('a scenario that comes with the package is there by its name, and says what it shows', () => {
  for (const name of scenarioNames()) {
    const scenario = namedScenario(name)
    expect(scenario.name).toBe(name)
    expect(scenario.description).toMatch(/\.$/)
  }
})

it('a scenario that comes with the package can be changed as any', () => {
  expect(namedScenario('down', { set: { seed: 7 } }).seed).toBe(7)
})

it('a name that is not there is told by what may have been meant', () => {
  expect(() => namedScenario('dwn')).toThrow(
    new ScenarioError('', 'expected the name of a scenario, not "dwn"; did you mean down?'),
  )
})
