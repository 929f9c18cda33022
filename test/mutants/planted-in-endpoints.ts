import type { Planted } from './planted.ts'

const folder = 'packages/core/src/endpoints'
const choice = `${folder}/endpoints.properties.test.ts`
const spill = `${folder}/spill-over.properties.test.ts`

/** Faults in the choice of endpoints. */
export const plantedInEndpoints: readonly Planted[] = [
  {
    fault: 'calls go to endpoints that are out',
    file: `${folder}/group.ts`,
    from: 'panic ? this.members : this.members.filter((each) => each.healthy)',
    to: 'this.members',
    tests: choice,
  },
  {
    fault: 'another attempt may go where the call has been',
    file: `${folder}/roster.ts`,
    from: 'if (!tried.includes(drawn.id)) return drawn',
    to: 'return drawn',
    tests: choice,
  },
  {
    fault: 'the last healthy endpoint is ejected',
    file: `${folder}/roster.ts`,
    from: 'return healthy > 1 &&',
    to: 'return',
    tests: choice,
  },
  {
    fault: 'more endpoints are out than may be',
    file: `${folder}/roster.ts`,
    from: 'members.length - healthy + 1 <= most',
    to: 'members.length - healthy <= most',
    tests: choice,
  },
  {
    fault: 'an ejection lasts no longer for those before',
    file: `${folder}/health.ts`,
    from: 'baseMs * 2 ** (ejections - 1)',
    to: 'baseMs',
    tests: choice,
  },
  {
    fault: 'staying healthy makes up for no ejection',
    file: `${folder}/health.ts`,
    from: 'Math.max(0, ejections - forgiven) + 1',
    to: 'ejections + 1 + 0 * forgiven',
    tests: choice,
  },
  {
    fault: 'a success leaves the failures in a row',
    file: `${folder}/ward.ts`,
    from: '      candidate.failuresInRow = 0\n',
    to: '',
    tests: choice,
  },
  {
    fault: 'calls are lost where the groups together are too few',
    file: `${folder}/spill-over.ts`,
    from: 'Math.floor((health * 100) / capacity)',
    to: 'health',
    tests: spill,
  },
  {
    fault: 'a group takes calls of which it is not healthy enough for',
    file: `${folder}/spill-over.ts`,
    from: 'const overprovisioning = 140',
    to: 'const overprovisioning = 400',
    tests: spill,
  },
  {
    fault: 'a group with more healthy endpoints gets fewer calls',
    file: `${folder}/spill-over.ts`,
    from: '(overprovisioning * healthy) / total)',
    to: '(overprovisioning * (total - healthy)) / total)',
    tests: spill,
  },
]
