import type { Clock } from '@holdfast/core'
import { seededRandom } from '@holdfast/testing'
import { play, stepMs } from './play/play.ts'
import type { PlayOptions } from './play/play.ts'
import { readScenario } from './reading/read-scenario.ts'
import type { Report } from './report.ts'
import type { Scenario } from './scenario.ts'
import { SimulatedGround } from './virtual/simulated-ground.ts'

export interface SimulateOptions extends PlayOptions {
  /** Given the clock of the run before anything is made: for callers that read the machine's, and need to be given this one. */
  readonly onClock?: (clock: Clock) => void
}

/**
 * Plays a scenario in virtual time with the real pipelines, and reports what the callers saw. The same scenario and seed
 * give the same report. Rejects with `ScenarioError` where the scenario makes no sense.
 */
export async function simulate(given: Scenario, options: SimulateOptions = {}): Promise<Report> {
  const scenario = readScenario(given)
  const random = seededRandom(options.seed ?? scenario.seed ?? 1)
  const ground = new SimulatedGround(scenario, random.fork(), stepMs)
  options.onClock?.(ground.clock)
  return play(scenario, ground, random, options)
}
