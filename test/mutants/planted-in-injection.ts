import type { Planted } from './planted.ts'

const injection = 'packages/faults/src/injection'
const laws = `${injection}/schedule.properties.test.ts`
const stories = `${injection}/fault-injection.test.ts`

export const plantedInInjection: readonly Planted[] = [
  {
    fault: 'a fault meets more calls than its ratio says',
    file: `${injection}/schedule.ts`,
    from: 'call.random() < share',
    to: 'call.random() < share * 1.2',
    tests: laws,
  },
  {
    fault: 'the first of every so many calls is meant, and not the last',
    file: `${injection}/schedule.ts`,
    from: 'this.#met % every === 0',
    to: 'this.#met % every === 1 % every',
    tests: laws,
  },
  {
    fault: 'calls that a fault does not concern count towards every so many',
    file: `${injection}/schedule.ts`,
    from: '    if (!this.#isOn(sinceMs)) return false\n',
    to: '    if (!this.#isOn(sinceMs)) return false\n    this.#met++\n',
    tests: laws,
  },
  {
    fault: 'a window begins after its beginning',
    file: `${injection}/schedule.ts`,
    from: 'sinceMs < fromMs ||',
    to: 'sinceMs <= fromMs ||',
    tests: laws,
  },
  {
    fault: 'a window ends after its end',
    file: `${injection}/schedule.ts`,
    from: 'sinceMs >= toMs',
    to: 'sinceMs > toMs',
    tests: `${injection}/schedule.test.ts`,
  },
  {
    fault: 'what flaps is on for longer than it says',
    file: `${injection}/schedule.ts`,
    from: '% (onMs + offMs) < onMs',
    to: '% (onMs + offMs) <= onMs',
    tests: laws,
  },
  {
    fault: 'a fault whose time is over goes on in the list',
    file: `${injection}/fault-injection.ts`,
    from: 'if (started.endsAt < Infinity) alarm.set(started.endsAt)',
    to: '',
    tests: stories,
  },
  {
    fault: 'a fault counts calls to which it does nothing',
    file: `${injection}/effect.ts`,
    from: '        const value = await operation(call)\n        strike()\n',
    to: '        strike()\n        const value = await operation(call)\n',
    tests: stories,
  },
  {
    fault: 'a call that hangs does not hear that it is cut short',
    file: `${injection}/effect.ts`,
    from: 'void call.onCancel(reject)',
    to: 'void reject',
    tests: stories,
  },
  {
    fault: 'a fault in place of the operation blames nobody',
    file: 'packages/core/src/engine/way-in.ts',
    from: 'if (inner === undefined || altered) this.operationStarted()',
    to: 'if (inner === undefined && !altered) this.operationStarted()',
    tests: `packages/core/src/engine/alteration.test.ts ${stories}`,
  },
]
