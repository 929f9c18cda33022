import type { Planted } from './planted.ts'

const folder = 'packages/simulator/src'

export const plantedInSimulator: readonly Planted[] = [
  {
    fault: 'what happens at the same time happens in any order',
    file: `${folder}/virtual/event-queue.ts`,
    from: 'this.at === other.at && this.order < other.order',
    to: 'this.at === other.at && this.order > other.order',
    tests: `${folder}/virtual/event-queue.properties.test.ts`,
  },
  {
    fault: 'a name in a scenario that is wrong breaks the line that says so',
    file: `${folder}/scenario-error.ts`,
    from: '[\\p{Cc}\\u2028\\u2029]',
    to: '[\\u2028\\u2029]',
    tests: `${folder}/reading/read-scenario.properties.test.ts`,
  },
  {
    fault: 'a scenario is read in which somebody asks a service that is not there',
    file: `${folder}/reading/read-scenario.ts`,
    from: 'const checks = [checkNames, checkRoutes, ',
    to: 'const checks = [checkNames, ',
    tests: `${folder}/reading/read-scenario.properties.test.ts`,
  },
  {
    fault: 'what is the default is read where something is written',
    file: `${folder}/reading/read-scenario.ts`,
    from: '  return data\n',
    to: '  return { ...data, seed: 1 }\n',
    tests: `${folder}/reading/read-scenario.properties.test.ts`,
  },
  {
    fault: 'durations are read that nobody can draw',
    file: `${folder}/reading/distribution-shape.ts`,
    from: 'leastMs <= mostMs',
    to: 'leastMs <= mostMs || mostMs === 0',
    tests: `${folder}/reading/distribution.properties.test.ts`,
  },
  {
    fault: 'who waits at a service is not counted there',
    file: `${folder}/services/replica.ts`,
    from: 'step.waiting = this.#line.length',
    to: 'step.waiting = 0',
    tests: `${folder}/play/littles-law.properties.test.ts`,
  },
  {
    fault: 'whose connection is lost keeps its worker',
    file: `${folder}/services/replica.ts`,
    from: 'else this.#running--\n    work.alarm?.clear()',
    to: 'work.alarm?.clear()',
    tests: `${folder}/play/littles-law.properties.test.ts`,
  },
]
