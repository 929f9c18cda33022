import type { Planted } from './planted.ts'

const share = 'packages/core/src/share'
const life = `${share}/life.test.ts`
const standstill = `${share}/standstill.test.ts`
const slices = `${share}/slice-exchange.test.ts`
const commands = 'test/budget/commands.test.ts'

/** Faults in how a share begins, stands still, ends, and in how much it says in between. */
export const plantedInLife: readonly Planted[] = [
  {
    fault: 'ready: silence passes for an answer',
    file: `${share}/member.ts`,
    from: 'if (all.every(Boolean)) for',
    to: 'if (all.length > 0) for',
    tests: life,
  },
  {
    fault: 'ready: an answer that was lost is waited for until the next sweep',
    file: `${share}/member.ts`,
    from: 'else if (this.#waiting.size > 0) this.#dispatcher.sweepSoon()',
    to: '',
    tests: life,
  },
  {
    fault: 'ready: who waits is not told that the share stops',
    file: `${share}/member.ts`,
    from: 'for (const end of this.#waiting) end(false)',
    to: '',
    tests: life,
  },
  {
    fault: 'stop: an answer that is under way is not waited for, so a probe is lost',
    file: `${share}/member.ts`,
    from: 'if (!this.degraded) await within(this.clock, answerMs, answered)',
    to: 'void answered',
    tests: life,
  },
  {
    fault: 'stop: an answer that comes later is heard',
    file: `${share}/member.ts`,
    from: '    this.#dispatcher.end()\n',
    to: '',
    tests: life,
  },
  {
    fault: 'stop: pushes are heard, and nobody can ask for probes any more',
    file: `${share}/member.ts`,
    from: '    if (this.#stopping !== undefined) return\n    const message',
    to: '    const message',
    tests: life,
  },
  {
    fault: 'stop: the instance stays in the register',
    file: `${share}/member.ts`,
    from: 'last.push(this.#presence.farewell())',
    to: '',
    tests: life,
  },
  {
    fault: 'stop: nothing that is held is given back',
    file: `${share}/member.ts`,
    from: 'flatMap((object) => object.farewell(now))',
    to: 'flatMap((object) => object.farewell(now).slice(0, 0))',
    tests: life,
  },
  {
    fault: 'stop: parts go on as if they were heard',
    file: `${share}/member.ts`,
    from: '    this.#dispatcher.end()\n    for (const object of this.parts.all()) object.linked(false, now)\n',
    to: '    this.#dispatcher.end()\n',
    tests: life,
  },
  {
    fault: 'stop: it takes longer than 200 ms where nobody answers',
    file: `${share}/member.ts`,
    from: 'const farewellMs = 80',
    to: 'const farewellMs = 150',
    tests: life,
  },
  {
    fault: 'standstill: permits are given out without a look',
    file: `${share}/shared-slices.ts`,
    from: 'this.fleet.watch(now, watchMs)',
    to: '',
    tests: standstill,
  },
  {
    fault: 'standstill: probes are used without a look',
    file: `${share}/shared-breaker.ts`,
    from: 'this.fleet.watch(now, 0)',
    to: '',
    tests: standstill,
  },
  {
    fault: 'standstill: the calendar is not looked at',
    file: `${share}/standstill.ts`,
    from: ' || Math.abs(drift - this.#drift) > driftMs',
    to: '',
    tests: standstill,
  },
  {
    fault: 'standstill: a late alarm tells of nothing',
    file: `${share}/standstill.ts`,
    from: 'now - dueAt > lateMs || ',
    to: '',
    tests: standstill,
  },
  {
    fault: 'standstill: nothing is asked for after it',
    file: `${share}/member.ts`,
    from: 'object.stalled(now)\n    this.#unsure = true\n    this.#dispatcher.sweep()',
    to: 'object.stalled(now)',
    tests: standstill,
  },
  {
    fault: 'slices: who joins again begins with number one',
    file: `${share}/slice-exchange.ts`,
    from: 'sequenceAt(slices.fleet.now)',
    to: '0',
    tests: slices,
  },
  {
    fault: 'slices: who leaves while nothing is heard is kept for ever',
    file: `${share}/slice-exchange.ts`,
    from: 'if (fleet.isDown) this.#end()\n    else this',
    to: 'this',
    tests: slices,
  },
  {
    fault: 'budget: successes are told a quarter more often',
    file: `${share}/votes.ts`,
    from: 'const slowMs = 1_000',
    to: 'const slowMs = 700',
    tests: commands,
  },
  {
    fault: 'budget: every failure hurries',
    file: `${share}/votes.ts`,
    from: 'const mediumMs = 400',
    to: 'const mediumMs = 100',
    tests: commands,
  },
  {
    fault: 'budget: an instance at rest asks more often',
    file: `${share}/member.ts`,
    from: 'const sweepMs = 5_000',
    to: 'const sweepMs = 3_500',
    tests: commands,
  },
]
