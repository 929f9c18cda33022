import type { Planted } from './planted.ts'

const bulkhead = 'packages/core/src/bulkhead'
const machine = `${bulkhead}/adaptive-limit.properties.test.ts`
const dropMachine = `${bulkhead}/drop-machine.properties.test.ts`
const experiment = `${bulkhead}/overload.properties.test.ts`
const reserve = `${bulkhead}/reserve.properties.test.ts`

/** Faults in limits that follow how calls end, and in what is kept for the important ones. */
export const plantedInAdaptiveLimits: readonly Planted[] = [
  {
    fault: 'D18 a window forgets the calls that were light',
    file: `${bulkhead}/adaptive-limit.ts`,
    from: 'this.#served = this.#servedMs = this.#light = this.#lightMs = 0',
    to: 'this.#served = this.#servedMs = 0',
    tests: machine,
  },
  {
    fault: 'drops are ignored',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'const dropRatio = dropped.calls / (served.calls + dropped.calls)',
    to: 'const dropRatio = 0 * dropped.calls',
    tests: `${machine} ${experiment}`,
  },
  {
    fault: 'what was dropped makes the limit grow',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'Math.sqrt(size)) * (1 - dropRatio)',
    to: 'Math.sqrt(size)) * (1 + dropRatio)',
    tests: machine,
  },
  {
    fault: 'a limit that nobody uses follows how long calls take',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'if (dropped.calls === 0 && peak < size / 2) return size',
    to: '',
    tests: machine,
  },
  {
    fault: 'all calls are light, so that an overload becomes what is normal',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'Math.max(1, Math.floor(reference * lightRatio))',
    to: 'reference',
    tests: experiment,
  },
  {
    fault: 'the limit grows by chance alone',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'Math.min(tolerance, gradient)',
    to: 'Math.min(0.7, gradient)',
    tests: experiment,
  },
  {
    fault: 'the limit is never lowered to learn how long light calls take',
    file: `${bulkhead}/duration-machine.ts`,
    from: 'state.age < probeEvery',
    to: 'state.age < Infinity',
    tests: experiment,
  },
  {
    fault: 'D18 how long dropped calls took adds up for ever',
    file: `${bulkhead}/adaptive-limit.ts`,
    from: 'this.#dropped = this.#droppedMs = this.#peak = 0',
    to: 'this.#dropped = this.#peak = 0',
    tests: machine,
  },
  {
    fault: 'timeouts shrink a limit by drops though the others are answered quickly',
    file: `${bulkhead}/drop-machine.ts`,
    from: 'if (slow && excess >= 0)',
    to: 'if (excess >= 0)',
    tests: dropMachine,
  },
  {
    fault: 'slow calls shrink a limit by drops though none is dropped',
    file: `${bulkhead}/drop-machine.ts`,
    from: 'if (slow && excess >= 0)',
    to: 'if (slow)',
    tests: dropMachine,
  },
  {
    fault: 'a limit by drops shrinks from where it stood, not from how many ran',
    file: `${bulkhead}/drop-machine.ts`,
    from: 'Math.min(size, peak) *',
    to: 'size *',
    tests: dropMachine,
  },
  {
    fault: 'a limit by drops forgets that calls were slow once all are dropped',
    file: `${bulkhead}/drop-machine.ts`,
    from: 'meanOf(window.served) ?? before.servedMs',
    to: 'meanOf(window.served)',
    tests: dropMachine,
  },
  {
    fault: 'a limit by drops grows as fast into the next overload',
    file: `${bulkhead}/drop-machine.ts`,
    from: 'slow ? size * slowGrowth : ',
    to: '',
    tests: dropMachine,
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
