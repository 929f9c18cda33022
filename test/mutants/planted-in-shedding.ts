import type { Planted } from './planted.ts'

const inbound = 'packages/http/src/inbound'
const shedding = `${inbound}/shed-level.properties.test.ts`
const shares = `${inbound}/fair-share.properties.test.ts`

/** Faults in what is refused while a service is too busy. */
export const plantedInShedding: readonly Planted[] = [
  {
    fault: 'two levels of criticality are shed at a time',
    file: `${inbound}/shed-level.ts`,
    from: 'Math.min(1, Math.max(0, level - rank))',
    to: 'Math.min(1, Math.max(0, level - rank / 2))',
    tests: shedding,
  },
  {
    fault: 'who is refused is told to come back too early',
    file: `${inbound}/shed-level.ts`,
    from: '(Math.max(0, level - rank) / fallPerSecond) * 1_000',
    to: '(Math.max(0, level - rank) / fallPerSecond) * 500',
    tests: shedding,
  },
  {
    fault: 'who has its share takes of the headroom',
    file: `${inbound}/fair-share.ts`,
    from: 'limit - Math.floor(limit * headroomRatio)',
    to: 'limit',
    tests: shares,
  },
  {
    fault: 'a key is held for its calls after they have ended',
    file: `${inbound}/fair-share.ts`,
    from: '    asking.running--\n',
    to: '',
    tests: shares,
  },
]
