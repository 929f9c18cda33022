import { HoldfastConfigError, partFrom, pipelineFrom } from '@holdfast/core'
import type { PartConfig, Pipeline } from '@holdfast/core'
import { replicasOf } from '../places.ts'
import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { checkKnown } from './known.ts'
import { clientsAt, dependenciesAt } from './routes.ts'

/** What is around the parts. */
interface Around {
  readonly replicas: readonly string[]
  readonly isShared: boolean
}

/** Core can build every pipeline, its endpoints are replicas, and what it shares has a store. */
export function checkPipelines(scenario: Scenario): void {
  const replicas = replicasOf(scenario).map(({ name }) => name)
  const alone = { replicas, isShared: false }
  for (const { path, route } of dependenciesAt(scenario))
    checkParts(`${path}.pipeline`, route.pipeline ?? [], alone)
  for (const { path, route } of clientsAt(scenario))
    checkParts(`${path}.pipeline`, route.pipeline ?? [], { replicas, isShared: route.shared === true })
  for (const [name, { guards = [] }] of Object.entries(scenario.services)) {
    const path = `services.${name}.guards`
    checkParts(path, guards, alone)
    for (const [place, guard] of guards.entries()) {
      if (made([guard]).passesThrough !== true)
        throw new ScenarioError(`${path}[${place}].kind`, `expected a guard, not "${guard.kind}"`)
    }
  }
}

function checkParts(path: string, parts: readonly PartConfig[], around: Around): void {
  for (const [place, part] of parts.entries()) checkPart(`${path}[${place}]`, part, around)
  if (parts.length > 0) asking(path, /^pipeline: /, () => made(parts))
}

function made(parts: readonly PartConfig[]): Pipeline {
  return pipelineFrom({ name: 'pipeline', parts })
}

function checkPart(path: string, part: PartConfig, around: Around): void {
  // Its own name would only stand in the way of the path.
  asking(path, /^partFrom: part\.?/, () => partFrom(part))
  if (part.kind === 'keyed') return checkParts(`${path}.parts`, part.parts, around)
  for (const list of ['primary', 'standby', 'endpoints'] as const) {
    const endpoints: unknown = Reflect.get(part, list)
    if (endpoints !== undefined) checkEndpoints(`${path}.${list}`, endpoints, around.replicas)
  }
  if (!around.isShared && 'shared' in part && part.shared !== false)
    throw new ScenarioError(`${path}.shared`, 'expected a client whose shared is true around it')
}

/** One, or several, or groups of them; core knows that they are. */
function checkEndpoints(path: string, endpoints: unknown, replicas: readonly string[]): void {
  if (Array.isArray(endpoints)) {
    for (const [place, each] of endpoints.entries()) checkEndpoints(`${path}[${place}]`, each, replicas)
  } else
    checkKnown(`${path}.id`, (endpoints as { readonly id: string }).id, 'the name of a replica', replicas)
}

function asking(path: string, preamble: RegExp, make: () => unknown): void {
  try {
    make()
  } catch (error) {
    if (!(error instanceof HoldfastConfigError)) throw error
    throw new ScenarioError(path, error.message.replace(preamble, ''))
  }
}
