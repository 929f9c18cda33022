import type { Planted } from './planted.ts'

const faults = 'packages/faults/src'
const tests = `${faults}/draw-from.properties.test.ts`

export const plantedInDistributions: readonly Planted[] = [
  {
    fault: 'durations of a shape below 1 lack their short ones',
    file: `${faults}/gamma.ts`,
    from: ' * (1 - random()) ** (1 / shape)',
    to: '',
    tests,
  },
  {
    fault: 'a gamma distribution takes every candidate',
    file: `${faults}/gamma.ts`,
    from: 'v > 0 && Math.log(1 - random()) <',
    to: 'v > 0 && -Infinity <',
    tests,
  },
  {
    fault: 'a normal distribution is as wide as its variance',
    file: `${faults}/normal.ts`,
    from: 'Math.sqrt(-2 * Math.log(1 - random()))',
    to: '-2 * Math.log(1 - random())',
    tests,
  },
  {
    fault: 'a mixture gives the last part what is the first one’s',
    file: `${faults}/draw-from.ts`,
    from: '(left -= (possible[index] as { ratio: number }).ratio) < 0',
    to: '(left -= (possible[index] as { ratio: number }).ratio) > 0',
    tests,
  },
  {
    fault: 'a mean forgets that a normal distribution is cut off at 0',
    file: `${faults}/mean-of.ts`,
    from: 'meanMs * cumulative(bound) + deviationMs * density(bound)',
    to: 'meanMs',
    tests,
  },
]
