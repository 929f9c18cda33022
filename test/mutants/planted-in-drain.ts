import type { Planted } from './planted.ts'

const lifecycle = 'packages/http/src/lifecycle'
const restart = `${lifecycle}/rolling-restart.properties.test.ts`
const cut = `${lifecycle}/cut-short.properties.test.ts`
const drain = `${lifecycle}/drain.test.ts`

export const plantedInDrain: readonly Planted[] = [
  {
    fault: 'drain: who sends requests here is not given the time to hear that it stops',
    file: `${lifecycle}/drain.ts`,
    from: 'inTime(clock, timing.announceMs,',
    to: 'inTime(clock, 0,',
    tests: restart,
  },
  {
    fault: 'drain: it calls itself ready until it stops accepting',
    file: `${lifecycle}/lifecycle.ts`,
    from: "return this.#drain?.phase ?? 'serving'",
    to: "return this.#drain?.phase === 'drained' ? 'drained' : 'serving'",
    tests: restart,
  },
  {
    fault: 'drain: what is under way is cut off when nothing new is accepted',
    file: `${lifecycle}/drain.ts`,
    from: 'await waits(timing.drainMs - unusedFor)',
    to: 'await waits(0)',
    tests: restart,
  },
  {
    fault: 'drain: an answer that has not reached its client is destroyed',
    file: `${lifecycle}/connections.ts`,
    from: 'Server.prototype.close.call(this.#server)',
    to: 'this.#server.close()',
    tests: drain,
  },
  {
    fault: 'drain: clients are not told to leave',
    file: `${lifecycle}/connections.ts`,
    from: "if (this.#step !== 'open') sayClose(response)",
    to: '',
    tests: drain,
  },
  {
    fault: 'drain: what does not end by itself is left',
    file: `${lifecycle}/drain.ts`,
    from: 'await waits(graceMs)\n    }\n    connections.destroy()',
    to: 'await waits(graceMs)\n    }',
    tests: cut,
  },
  {
    fault: 'drain: scopes are not cut short',
    file: `${lifecycle}/drain.ts`,
    from: 'scopes.abort(new DrainingError())',
    to: 'void DrainingError',
    tests: drain,
  },
]
