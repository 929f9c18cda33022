import type { SeededRandom } from '@holdfast/testing'
import type { Ground } from '../ground.ts'
import type { Place } from '../places.ts'
import { bareCaller, pipelineOf, Requester, targetsOf } from './requester.ts'
import type { Dependency, Scenario, Service } from '../scenario.ts'

/** How a replica asks the services that its own depends on, one after the other. Undefined where there is none. */
export function dependenciesOf(
  scenario: Scenario,
  { name, kind }: Place<Service>,
  ground: Pick<Ground, 'clock' | 'send'>,
  random: SeededRandom,
): ((key: string | undefined, signal: AbortSignal) => Promise<unknown>) | undefined {
  const { calls = [] } = kind
  if (calls.length === 0) return undefined
  const { clock } = ground
  const chance = random.fork()
  const ways = calls.map((dependency): readonly [Dependency, Requester] => {
    const own = random.fork()
    const pipeline = pipelineOf(dependency, { clock, random: own.fork() })
    return [
      dependency,
      new Requester(name, dependency, targetsOf(scenario, dependency), ground, own, pipeline ?? bareCaller),
    ]
  })
  return async (key, signal) => {
    for (const [{ ratio = 1, optional = false }, requester] of ways) {
      if (ratio < 1 && chance() >= ratio) continue
      try {
        await requester.request({ key, signal })
      } catch (error) {
        if (!optional) throw error
      }
    }
  }
}
