import { instancesOf, replicasOf } from '../places.ts'
import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'

/** Services, replicas, clients and instances are told apart by their names. */
export function checkNames(scenario: Scenario): void {
  const takenBy = new Map<string, string>()
  const take = (taken: string, path: string): void => {
    const other = takenBy.get(taken) ?? path
    if (other !== path)
      throw new ScenarioError(path, `expected names that nothing else has, but ${other} has '${taken}' too`)
    takenBy.set(taken, path)
  }
  const { services, clients } = scenario
  for (const [kind, all] of Object.entries({ services, clients })) {
    if (Object.keys(all).length === 0) throw new ScenarioError(kind, 'expected at least one')
    for (const name of Object.keys(all)) take(name, `${kind}.${name}`)
  }
  for (const { name, of } of replicasOf(scenario)) take(name, `services.${of}`)
  for (const { name, of } of instancesOf(scenario)) take(name, `clients.${of}`)
}
