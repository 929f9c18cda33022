import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { checkInjections } from './check-injections.ts'
import { checkLoad } from './check-load.ts'
import { checkNames } from './check-names.ts'
import { checkPipelines } from './check-pipelines.ts'
import { checkRoutes } from './check-routes.ts'
import { expected, mistakeFrom } from './mistake.ts'
import { scenario } from './scenario-shape.ts'
import { withValue } from './set-value.ts'

export interface ReadOptions {
  /** What stands there instead, by path, such as `{ 'clients.web.pipeline[1].attempts': 5 }`. Default: nothing. */
  readonly set?: Readonly<Record<string, unknown>>
}

const checks = [checkNames, checkRoutes, checkLoad, checkPipelines, checkInjections]

/**
 * Reads a scenario: the text of a JSON file, or what one contains. There a pipeline may be `"standard"`, the preset, and
 * `$schema` may name the schema for editors. Throws `ScenarioError` that says in one line where it is wrong.
 */
export function readScenario(given: unknown, { set = {} }: ReadOptions = {}): Scenario {
  const whole = Object.entries(set).reduce<unknown>(
    (changed, [path, value]) => withValue(changed, path, value),
    withoutSchema(typeof given === 'string' ? parsed(given) : given),
  )
  const { data, error } = scenario.safeParse(whole, { error: expected })
  if (error !== undefined) throw mistakeFrom(error.issues, whole)
  for (const check of checks) check(data)
  return data
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, refuseTricks)
  } catch (error) {
    if (error instanceof ScenarioError) throw error
    // Some engines quote the text, with all its lines.
    const [problem = ''] = String((error as Error).message).split('\n')
    throw new ScenarioError('', `expected JSON: ${problem}`)
  }
}

/** A member that would not arrive where it stands. */
function refuseTricks(member: string, value: unknown): unknown {
  if (member === '__proto__') throw new ScenarioError(member, 'expected another name')
  return value
}

function withoutSchema(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('$schema' in given)) return given
  const { $schema: _, ...rest } = given
  return rest
}
