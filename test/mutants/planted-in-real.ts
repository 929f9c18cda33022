import type { Planted } from './planted.ts'

const folder = 'packages/simulator/src/real'

export const plantedInReal: readonly Planted[] = [
  {
    fault: 'a real service that goes down keeps the connections that it has',
    file: `${folder}/fault-line.ts`,
    from: 'this.#proxy.reset()',
    to: '',
    tests: `${folder}/fault-line.test.ts`,
  },
  {
    fault: 'a real attempt that is cut short keeps its connection',
    file: `${folder}/http-sender.ts`,
    from: 'request.destroy()',
    to: '',
    tests: `${folder}/http-sender.test.ts`,
  },
  {
    fault: 'the clock of a run wakes those who wait when that is over',
    file: `${folder}/run-clock.ts`,
    from: 'for (const alarm of this.#waiting) alarm.clear()',
    to: '',
    tests: `${folder}/run-clock.test.ts`,
  },
]
