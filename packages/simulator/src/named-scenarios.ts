import { readdirSync, readFileSync } from 'node:fs'
import { checkKnown } from './reading/known.ts'
import { readScenario } from './reading/read-scenario.ts'
import type { ReadOptions } from './reading/read-scenario.ts'
import type { Scenario } from './scenario.ts'

/** It lies beside the source, and beside what is built from it. */
const folder = new URL('../scenarios/', import.meta.url)

/** The names of the scenarios that come with the package, in alphabetical order. */
export function scenarioNames(): readonly string[] {
  return readdirSync(folder)
    .map((file) => file.replace(/\.json$/, ''))
    .toSorted()
}

/** A scenario that comes with the package. Throws `ScenarioError` where there is none of that name. */
export function namedScenario(name: string, options?: ReadOptions): Scenario {
  checkKnown('', name, 'the name of a scenario', scenarioNames())
  return readScenario(readFileSync(new URL(`${name}.json`, folder), 'utf8'), options)
}
