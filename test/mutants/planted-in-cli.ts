import type { Planted } from './planted.ts'

const cli = 'packages/cli/src'
const program = 'test/cli/program.test.ts'
const connection = 'test/cli/connection.test.ts'
const watch = 'test/cli/watch.test.ts'
const simulate = 'test/cli/simulate.test.ts'

/** Faults of the program. */
export const plantedInCli: readonly Planted[] = [
  {
    fault: 'a duration is shown longer than it is',
    file: `${cli}/duration.ts`,
    from: 'Math.floor((ms % units.h) / units.m)',
    to: 'Math.ceil((ms % units.h) / units.m)',
    tests: `${cli}/duration.properties.test.ts`,
  },
  {
    fault: 'a slash within a name is taken for one between names',
    file: `${cli}/names.ts`,
    from: 'return [...new Set(groupings(parts).map(objectId))]',
    to: 'return [objectId(parts)]',
    tests: `${cli}/names.properties.test.ts`,
  },
  {
    fault: 'a line is wider than the terminal',
    file: `${cli}/table.ts`,
    from: 'characters.slice(0, width - 1)',
    to: 'characters.slice(0, width)',
    tests: `${cli}/table.properties.test.ts`,
  },
  {
    fault: 'what others have written reaches the terminal as it is',
    file: `${cli}/show.ts`,
    from: 'by ${printable(by)}: ${printable(why)}',
    to: 'by ${by}: ${why}',
    tests: program,
  },
  {
    fault: 'a circuit may be forced closed for a day',
    file: `${cli}/force.ts`,
    from: "!given.has('long')",
    to: 'false',
    tests: program,
  },
  {
    fault: 'a name that nobody has registered is forced',
    file: `${cli}/force.ts`,
    from: "given.has('unknown') ? 'anything' : 'registered'",
    to: "'anything'",
    tests: program,
  },
  {
    fault: 'a store that could not be reached stays open',
    file: `${cli}/operator.ts`,
    from: '    await store.close()\n    throw new ServerError(failure)',
    to: '    throw new ServerError(failure)',
    tests: program,
  },
  {
    fault: 'an unknown option is repeated with its value',
    file: `${cli}/flags.ts`,
    from: "/'(?:-\\w, )?(--?[\\w-]+)/",
    to: "/'([^']+)/",
    tests: connection,
  },
  {
    fault: 'a URL in the place of a name is repeated',
    file: `${cli}/program.ts`,
    from: '/^rediss?:/i.test(name)',
    to: "name === ':'",
    tests: connection,
  },
  {
    fault: 'that time passes is told as a change',
    file: `${cli}/change.ts`,
    from: 'now.remainingMs > before.remainingMs',
    to: 'now.remainingMs !== before.remainingMs',
    tests: `${cli}/change.test.ts`,
  },
  {
    fault: 'a push is seen with the next second only',
    file: `${cli}/watch.ts`,
    from: 'operator.onPush = () => rhythm.hurry()',
    to: 'operator.onPush = undefined',
    tests: watch,
  },
  {
    fault: 'what is drawn in a terminal is wider than it',
    file: `${cli}/simulate/picture.ts`,
    from: "paint('faint', cut(label, width))",
    to: "paint('faint', label)",
    tests: `${cli}/simulate/picture.properties.test.ts`,
  },
  {
    fault: 'characters of two units push what is drawn beside its column',
    file: `${cli}/simulate/picture.ts`,
    from: "' '.repeat(width - [...text].length)",
    to: "' '.repeat(Math.max(0, width - text.length))",
    tests: `${cli}/simulate/picture.properties.test.ts`,
  },
  {
    fault: 'what is set is set in what it is compared with too',
    file: `${cli}/simulate/play-scenario.ts`,
    from: 'files.read(compared, { set: seeded })',
    to: 'files.read(compared, { set: { ...set, ...seeded } })',
    tests: simulate,
  },
  {
    fault: 'a scenario that makes no sense ends the program with a stack trace',
    file: `${cli}/simulate/scenario-file.ts`,
    from: 'return error instanceof ScenarioError',
    to: 'return error === undefined',
    tests: simulate,
  },
]
