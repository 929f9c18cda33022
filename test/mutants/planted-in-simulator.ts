import type { Planted } from './planted.ts'

const folder = 'packages/simulator/src'

export const plantedInSimulator: readonly Planted[] = [
  {
    fault: 'what happens at the same time happens in any order',
    file: `${folder}/event-queue.ts`,
    from: 'this.at === other.at && this.order < other.order',
    to: 'this.at === other.at && this.order > other.order',
    tests: `${folder}/event-queue.properties.test.ts`,
  },
]
