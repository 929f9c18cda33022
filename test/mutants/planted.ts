/** One fault, as a text to replace in a source file, and the tests that must turn red for it. */
export interface Planted {
  /** The defect class of which it is an instance. */
  readonly fault: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly tests: string
}

const core = 'packages/core/src'
const breaker = `${core}/circuit-breaker/circuit-breaker.properties.test.ts`
const breakerStories = `${core}/circuit-breaker/circuit-breaker.test.ts`
const contract = `${core}/pipeline.test.ts`

export const planted: readonly Planted[] = [
  {
    fault: 'D1 a result of an earlier generation counts',
    file: `${core}/circuit-breaker/circuit.ts`,
    from: 'if (pass.generation !== this.state.generation)',
    to: 'if (pass.generation > this.state.generation)',
    tests: breaker,
  },
  {
    fault: 'D2 a lost probe never expires',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'state.leases.filter((each) => each <= now)',
    to: 'state.leases.filter(() => false)',
    tests: breaker,
  },
  {
    fault: 'D2 cancelled probes are given back without end',
    file: `${core}/circuit-breaker/machine.ts`,
    from: "result !== 'failure' && state.returned < probes",
    to: "result !== 'failure'",
    tests: breaker,
  },
  {
    fault: 'D3 one probe too many',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'successes + failures < probes',
    to: 'successes + failures <= probes',
    tests: breaker,
  },
  {
    fault: 'D4 a window that does not slide after idle time',
    file: `${core}/window.ts`,
    from: 'while (this.#newest < bucket) this.#step(ring)',
    to: 'this.#enter(bucket, this.#place)',
    tests: `${core}/window.properties.test.ts ${breaker}`,
  },
  {
    fault: 'D5 the ratio is taken over one call too many',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'reaches(failures, calls, failureRatio)',
    to: 'reaches(failures, calls + 1, failureRatio)',
    tests: breaker,
  },
  {
    fault: 'D5 calls that hang dilute the share of failures',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'reaches(failures, calls, failureRatio)',
    to: 'reaches(failures, calls + overdue, failureRatio)',
    tests: breakerStories,
  },
  {
    fault: 'D6 the run’s own refusals are blamed on the dependency',
    file: `${core}/run.ts`,
    from: "if (!this.started) return 'unstarted'",
    to: 'if (!this.started) return outcome',
    tests: contract,
  },
  {
    fault: 'D7 a listener that throws is heard by the call',
    file: `${core}/pipeline-host.ts`,
    from: "if (event.type === 'hook.failed') return",
    to: 'throw error',
    tests: contract,
  },
  {
    fault: 'D8 a permit comes back before the operation has ended',
    file: `${core}/holdings.ts`,
    from: 'if (runsOn) {',
    to: 'if (false) {',
    tests: `${contract} ${core}/run.properties.test.ts`,
  },
  {
    fault: 'D9 a backoff that ignores the abort',
    file: `${core}/sleep.ts`,
    from: 'reject(reason)',
    to: '',
    tests: `${contract} ${core}/run.properties.test.ts`,
  },
  {
    fault: 'D10 a timeout that aborts nothing',
    file: `${core}/run.ts`,
    from: 'call.abort(reason)',
    to: '',
    tests: contract,
  },
  {
    fault: 'D11 a deadline that stays in the wheel',
    file: `${core}/lifetime.ts`,
    from: 'this.settled = true\n    this.cancel()',
    to: 'this.settled = true',
    tests: `${contract} ${core}/run.properties.test.ts`,
  },
  {
    fault: 'D13 durations are cut to 32 bits',
    file: `${core}/clock.ts`,
    from: 'Math.min(Math.max(this.#wanted',
    to: 'Math.max(Math.max(this.#wanted',
    tests: 'test/composition/process.test.ts',
  },
  {
    fault: 'D15 a restored circuit opens anew',
    file: `${core}/circuit-breaker/snapshot.ts`,
    from: 'until: now + from.remainingMs',
    to: 'until: now + from.remainingMs + 1',
    tests: breaker,
  },
  {
    fault: 'D15 a snapshot of an earlier time brings late results back to life',
    file: `${core}/circuit-breaker/circuit.ts`,
    from: 'state.generation >= generation ? state',
    to: 'state.generation >= 0 ? state',
    tests: breakerStories,
  },
  {
    fault: 'D17 attempts is ignored',
    file: `${core}/retry/retry.ts`,
    from: 'attempts >= settings.attempts',
    to: 'attempts >= settings.attempts + 1',
    tests: `${core}/retry/retry.test.ts`,
  },
  {
    fault: 'D18 cells of a window pile up',
    file: `${core}/window.ts`,
    from: 'let age = this.#size / fields - 1; age >= 0; age--',
    to: 'let age = (2 * this.#size) / fields - 1; age >= 0; age--',
    tests: breaker,
  },
  {
    fault: 'D21 transitions that passed unseen are not told',
    file: `${core}/circuit-breaker/circuit.ts`,
    from: 'while (this.state !== before)',
    to: 'while (false)',
    tests: breakerStories,
  },
  {
    fault: 'D23 the first error is dropped',
    file: `${core}/fallback/fallback.ts`,
    from: 'withCause(outcome.error, first.error)',
    to: 'outcome.error',
    tests: contract,
  },
  {
    fault: 'D24 retries without a budget',
    file: `${core}/retry/retry.ts`,
    from: '!settings.budget.withdraw(now)',
    to: '(settings.budget.withdraw(now), false)',
    tests: `${core}/retry/retry.test.ts`,
  },
  {
    fault: 'D25 a late probe counts unless somebody has looked',
    file: `${core}/circuit-breaker/circuit.ts`,
    from: "if (this.state.kind !== 'closed') this.#moveOn(now, settings)\n    if (pass",
    to: 'if (pass',
    tests: breaker,
  },
  {
    fault: 'D26 durations are measured on the wall clock',
    file: `${core}/circuit-breaker/circuit-breaker.ts`,
    from: '(this.#host?.clock ?? systemClock).now()',
    to: '(this.#host?.clock ?? systemClock).wallTime()',
    tests: breaker,
  },
]
