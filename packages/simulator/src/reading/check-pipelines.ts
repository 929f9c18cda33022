import { HoldfastConfigError, partFrom, pipelineFrom } from '@holdfast/core'
import type { PartConfig } from '@holdfast/core'
import { replicasOf } from '../places.ts'
import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { checkKnown } from './known.ts'
import { pathText, valueAt } from './path.ts'
import { clientsAt, dependenciesAt } from './routes.ts'

/** Parts, and where they stand. */
interface PartsAt {
  readonly path: string
  readonly parts: readonly PartConfig[]
  readonly isShared: boolean
}

/** Core can build every pipeline, its endpoints are replicas, and what it shares has a store. */
export function checkPipelines(scenario: Scenario): void {
  const replicas = replicasOf(scenario).map(({ name }) => name)
  for (const { path, route } of dependenciesAt(scenario))
    checkParts({ path: `${path}.pipeline`, parts: route.pipeline ?? [], isShared: false }, replicas)
  for (const { path, route } of clientsAt(scenario)) {
    const isShared = route.shared === true
    checkParts({ path: `${path}.pipeline`, parts: route.pipeline ?? [], isShared }, replicas)
  }
  for (const [name, { guards = [] }] of Object.entries(scenario.services)) {
    const path = `services.${name}.guards`
    checkParts({ path, parts: guards, isShared: false }, replicas)
    for (const [place, guard] of guards.entries()) {
      if (!('admit' in partFrom(guard)))
        throw new ScenarioError(`${path}[${place}].kind`, `expected a guard, not "${guard.kind}"`)
    }
  }
}

function checkParts({ path, parts, isShared }: PartsAt, replicas: readonly string[]): void {
  for (const [place, part] of parts.entries()) {
    const at = `${path}[${place}]`
    // Its own name would only stand in the way of the path.
    asking(at, /^partFrom: part\.?/, () => partFrom(part))
    for (const { path: where, id } of endpointsIn(part))
      checkKnown(`${at}.${where}`, id, 'the name of a replica', replicas)
    if (!isShared && 'shared' in part && part.shared !== false)
      throw new ScenarioError(`${at}.shared`, 'expected a client whose shared is true around it')
  }
  if (parts.length > 0) asking(path, /^pipeline: /, () => pipelineFrom({ name: 'pipeline', parts }))
}

function asking(path: string, preamble: RegExp, make: () => unknown): void {
  try {
    make()
  } catch (error) {
    if (!(error instanceof HoldfastConfigError)) throw error
    throw new ScenarioError(path, error.message.replace(preamble, ''))
  }
}

/** Each endpoint that a part names; those of a standby may be in groups. */
function endpointsIn(part: PartConfig): readonly { readonly path: string; readonly id: string }[] {
  const found: { path: string; id: string }[] = []
  const look = (steps: readonly PropertyKey[]): void => {
    const value = valueAt(part, steps)
    if (Array.isArray(value)) for (const place of value.keys()) look([...steps, place])
    else if (typeof value === 'object')
      found.push({ path: pathText([...steps, 'id']), id: String(valueAt(value, ['id'])) })
  }
  for (const list of ['primary', 'standby', 'endpoints']) look([list])
  return found
}
