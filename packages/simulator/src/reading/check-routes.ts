import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { checkKnown } from './known.ts'
import { clientsAt, dependenciesAt } from './routes.ts'

/** Every way leads to a service, and none back to where it began. */
export function checkRoutes(scenario: Scenario): void {
  const services = Object.keys(scenario.services)
  for (const { path, route } of [...dependenciesAt(scenario), ...clientsAt(scenario)])
    checkKnown(`${path}.to`, route.to, 'a service', services)
  for (const service of services) checkNoCycle(scenario, [service])
  for (const { path, route } of clientsAt(scenario)) {
    if (route.keys !== undefined) continue
    if (route.cache !== undefined) throw new ScenarioError(`${path}.cache`, withoutKeys)
    if (route.routing === 'key') throw new ScenarioError(`${path}.routing`, withoutKeys)
  }
}

const withoutKeys = 'expected keys beside it: without them no call has one'

function checkNoCycle(scenario: Scenario, trail: readonly string[]): void {
  const last = trail.at(-1) ?? ''
  for (const [place, { to }] of (scenario.services[last]?.calls ?? []).entries()) {
    if (trail.includes(to)) {
      const circle = [...trail.slice(trail.indexOf(to)), to].join(' > ')
      throw new ScenarioError(
        `services.${last}.calls[${place}].to`,
        `expected no circle of services, not ${circle}`,
      )
    }
    checkNoCycle(scenario, [...trail, to])
  }
}
