import type { Planted } from './planted.ts'

const bulkhead = 'packages/core/src/bulkhead'
const machine = `${bulkhead}/adaptive-limit.properties.test.ts`
const experiment = `${bulkhead}/overload.properties.test.ts`
const reserve = `${bulkhead}/reserve.properties.test.ts`

/** Faults in limits that follow how calls end, and in what is kept for the important ones. */
export const plantedInAdaptiveLimits: readonly Planted[] = [
  {
    fault: 'D18 a window forgets the calls that were light',
    file: `${bulkhead}/adaptive-limit.ts`,
    from: 'this.#served = this.#servedMs = this.#light = ',
    to: 'this.#served = this.#servedMs = ',
    tests: machine,
  },
  {
    fault: 'drops are ignored',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'const dropRatio = dropped / (served.calls + dropped)',
    to: 'const dropRatio = 0 * dropped',
    tests: `${machine} ${experiment}`,
  },
  {
    fault: 'what was dropped makes the limit grow',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'Math.sqrt(size)) * (1 - dropRatio)',
    to: 'Math.sqrt(size)) * (1 + dropRatio)',
    tests: machine,
  },
  {
    fault: 'a limit that nobody uses follows how long calls take',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'if (dropped === 0 && peak < size / 2) return size',
    to: '',
    tests: machine,
  },
  {
    fault: 'all calls are light, so that an overload becomes what is normal',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'return Math.max(1, Math.floor(reference * lightRatio))',
    to: 'return reference',
    tests: experiment,
  },
  {
    fault: 'the limit grows by chance alone',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'Math.min(tolerance, gradient)',
    to: 'Math.min(0.7, gradient)',
    tests: experiment,
  },
  {
    fault: 'the limit is never lowered to learn how long light calls take',
    file: `${bulkhead}/limit-machine.ts`,
    from: 'state.age < probeEvery',
    to: 'state.age < Infinity',
    tests: experiment,
  },
  {
    fault: 'D8 the one below takes what is reserved',
    file: `${bulkhead}/permits.ts`,
    from: 'priority >= reserved.priority) return true',
    to: 'priority >= reserved.priority - 1) return true',
    tests: reserve,
  },
  {
    fault: 'D8 who is important waits behind those for whom nothing is left',
    file: `${bulkhead}/permits.ts`,
    from: '(next === undefined || next.priority < priority)',
    to: 'next === undefined',
    tests: reserve,
  },
]
