import type { Planted } from './planted.ts'

const http = 'packages/http/src'

export const plantedInOutbound: readonly Planted[] = [
  {
    fault: 'the time that is written is rounded up',
    file: `${http}/deadline.ts`,
    from: 'Math.floor(remainingMs - allowanceMs)',
    to: 'Math.ceil(remainingMs)',
    tests: `${http}/deadline.properties.test.ts`,
  },
  {
    fault: 'a number of any length is read as a time',
    file: `${http}/deadline.ts`,
    from: 'const wholeNumber = /^\\d{1,15}$/',
    to: 'const wholeNumber = /^\\d+$/',
    tests: `${http}/deadline.properties.test.ts`,
  },
]
