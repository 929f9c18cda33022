import type { Planted } from './planted.ts'

const wrap = 'packages/core/src/wrap'

/** Faults in what a wrapped client’s calls go through. */
export const plantedInWrap: readonly Planted[] = [
  {
    fault: 'a call of a wrapped client that may have been done is done again',
    file: `${wrap}/rules.ts`,
    from: "said === 'unknown' ? mayRepeat(call) : ",
    to: '',
    tests: `${wrap}/wrap.properties.test.ts`,
  },
  {
    fault: 'a call of a wrapped client is hedged, whatever it does',
    file: `${wrap}/rules.ts`,
    from: 'return { hedgeWhen: mayRepeat, isFatal, ...part }',
    to: 'return { isFatal, ...part }',
    tests: `${wrap}/wrap.properties.test.ts`,
  },
]
