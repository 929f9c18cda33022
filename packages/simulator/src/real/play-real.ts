import { seededRandom } from '@holdfast/testing'
import { play } from '../play/play.ts'
import type { PlayOptions } from '../play/play.ts'
import { readScenario } from '../reading/read-scenario.ts'
import type { Report } from '../report.ts'
import type { Scenario } from '../scenario.ts'
import { checkReal } from './check-real.ts'
import { RealGround } from './real-ground.ts'

/**
 * Plays a scenario in real time: each replica is a process of its own on this machine, and calls go to it over HTTP,
 * through proxies in which faults take place. Takes as long as the scenario, and at most a minute more. The same seed draws
 * the same arrivals and service times as `simulate` does; what comes of them differs from run to run. Rejects with a
 * `ScenarioError` where the scenario makes no sense or is more than one machine can play, and with an `Error` where a process is lost; all
 * processes have ended before it settles.
 */
export async function playReal(given: Scenario, options: PlayOptions = {}): Promise<Report> {
  const scenario = readScenario(given)
  checkReal(scenario)
  const seed = options.seed ?? scenario.seed ?? 1
  const random = seededRandom(seed)
  const ground = new RealGround(scenario, seed, random.fork())
  try {
    await ground.start()
    return await play(scenario, ground, random, options)
  } finally {
    await ground.close()
  }
}
