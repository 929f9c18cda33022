import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plantedInClients } from './planted-in-clients.ts'
import { plantedInCli } from './planted-in-cli.ts'
import { plantedInAdaptiveLimits } from './planted-in-adaptive-limits.ts'
import { plantedInCircuits } from './planted-in-circuits.ts'
import { plantedInEndpoints } from './planted-in-endpoints.ts'
import { plantedInDistributions } from './planted-in-distributions.ts'
import { plantedInDrain } from './planted-in-drain.ts'
import { plantedInHotSpots } from './planted-in-hot-spots.ts'
import { plantedInInbound } from './planted-in-inbound.ts'
import { plantedInInjection } from './planted-in-injection.ts'
import { plantedInLife } from './planted-in-life.ts'
import { plantedInFastify } from './planted-in-fastify.ts'
import { plantedInHealth } from './planted-in-health.ts'
import { plantedInLimitProtocol } from './planted-in-limit-protocol.ts'
import { plantedInLimits } from './planted-in-limits.ts'
import { plantedInOutbound } from './planted-in-outbound.ts'
import { plantedInParts } from './planted-in-parts.ts'
import { plantedInPicture } from './planted-in-picture.ts'
import { plantedInProxy } from './planted-in-proxy.ts'
import { plantedInReal } from './planted-in-real.ts'
import { plantedInShedding } from './planted-in-shedding.ts'
import { plantedInShare } from './planted-in-share.ts'
import { plantedInSimulator } from './planted-in-simulator.ts'
import { plantedInWrap } from './planted-in-wrap.ts'
import { planted } from './planted.ts'
import type { Planted } from './planted.ts'

/** Every fault that the tests must find. */
export const faults: readonly Planted[] = [
  ...planted,
  ...plantedInParts,
  ...plantedInAdaptiveLimits,
  ...plantedInCircuits,
  ...plantedInProxy,
  ...plantedInDistributions,
  ...plantedInInjection,
  ...plantedInCli,
  ...plantedInEndpoints,
  ...plantedInHealth,
  ...plantedInLimits,
  ...plantedInLimitProtocol,
  ...plantedInLife,
  ...plantedInHotSpots,
  ...plantedInInbound,
  ...plantedInShare,
  ...plantedInShedding,
  ...plantedInOutbound,
  ...plantedInWrap,
  ...plantedInClients,
  ...plantedInDrain,
  ...plantedInFastify,
  ...plantedInSimulator,
  ...plantedInReal,
  ...plantedInPicture,
]

/**
 * What is wrong with the list itself: a fault that stands in it twice, a text that does not stand once in its file, a
 * property that nothing tries.
 */
export function mistakesIn(root: string): readonly string[] {
  const properties = globSync('packages/*/src/**/*.properties.test.ts', { cwd: root })
  const tests = new Set(faults.flatMap((each) => each.tests.split(' ')))
  const twice = faults.filter((each, index) => faults.indexOf(each) < index)
  return [
    ...twice.map(({ fault }) => `${fault}: listed twice`),
    ...faults.flatMap(({ fault, file, from }) => {
      const times = readFileSync(join(root, file), 'utf8').split(from).length - 1
      return times === 1 ? [] : [`${fault}: ${file} contains ${times} times: ${from}`]
    }),
    ...properties.filter((file) => !tests.has(file)).map((file) => `no fault names ${file}`),
  ]
}
