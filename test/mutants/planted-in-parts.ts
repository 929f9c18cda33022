import type { Planted } from './planted.ts'

const core = 'packages/core/src'
const breaker = `${core}/circuit-breaker/circuit-breaker.properties.test.ts`
const windows = `${core}/window.properties.test.ts`
const delays = `${core}/retry/backoff.properties.test.ts`
const permits = `${core}/bulkhead/bulkhead.properties.test.ts`
const budget = `${core}/budget.properties.test.ts`
const latency = `${core}/hedge/latency.properties.test.ts`
const wheel = `${core}/deadline-wheel.properties.test.ts`
const clock = 'packages/testing/src/virtual-clock'

/** One fault at least for each property that stands beside a single part. */
export const plantedInParts: readonly Planted[] = [
  {
    fault: 'D2 a lost probe counts as no failure',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'round.failures + round.leases.length - leases.length',
    to: 'round.failures',
    tests: breaker,
  },
  {
    fault: 'D3 probes are given without end',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'return leases.length + successes + failures < probes',
    to: 'return true',
    tests: breaker,
  },
  {
    fault: 'D25 a round ends when somebody looks instead of when its probes were lost',
    file: `${core}/circuit-breaker/machine.ts`,
    from: 'judge({ ...round, leases, failures }, lease, jitter, rules)',
    to: 'judge({ ...round, leases, failures }, now, jitter, rules)',
    tests: breaker,
  },
  {
    fault: 'a call that still runs is slow at the threshold already',
    file: `${core}/circuit-breaker/slow-calls.ts`,
    from: 'now - call.startedAt > slowCallMs',
    to: 'now - call.startedAt >= slowCallMs',
    tests: breaker,
  },
  {
    fault: 'D4 a count window forgets a call and keeps its failure',
    file: `${core}/window.ts`,
    from: 'if ((cell & failedBit) !== 0) this.failures--',
    to: '',
    tests: windows,
  },
  {
    fault: 'D15 what a window is filled with is new again',
    file: `${core}/window.ts`,
    from: 'cells.push([age, calls, failures, slow, ignored] as const)',
    to: 'cells.push([0, calls, failures, slow, ignored] as const)',
    tests: windows,
  },
  {
    fault: 'D15 what is older than the clock is left out when a window is filled',
    file: `${core}/window.ts`,
    from: 'if (own * fields < this.#size)',
    to: 'if (own * fields < this.#size && own <= this.#newest)',
    tests: windows,
  },
  {
    fault: 'a delay is longer than the longest, by its jitter',
    file: `${core}/retry/backoff.ts`,
    from: 'Math.min(maximumMs, jittered(options.jitter, delayMs, random))',
    to: 'jittered(options.jitter, delayMs, random)',
    tests: delays,
  },
  {
    fault: 'a jitter draws from a chance of its own',
    file: `${core}/retry/backoff.ts`,
    from: 'return random() * delayMs',
    to: 'return Math.random() * delayMs',
    tests: delays,
  },
  {
    fault: 'an equal jitter keeps less than half of the delay',
    file: `${core}/retry/backoff.ts`,
    from: 'delayMs / 2 + (random() * delayMs) / 2',
    to: 'random() * delayMs',
    tests: delays,
  },
  {
    fault: 'decorrelated delays are longer by a tenth than those of Polly',
    file: `${core}/retry/backoff.ts`,
    from: 'const scale = 1.4',
    to: 'const scale = 1.27',
    tests: delays,
  },
  {
    fault: 'the newest of a lower priority is the last of all',
    file: `${core}/bulkhead/queue.ts`,
    from: "(order === 'fifo' ? level?.newest : level?.oldest)",
    to: '(level?.newest)',
    tests: `${core}/bulkhead/queue.properties.test.ts`,
  },
  {
    fault: 'a call of the same priority drives one out that waits',
    file: `${core}/bulkhead/bulkhead.ts`,
    from: 'evicted.priority >= priority',
    to: 'evicted.priority > priority',
    tests: permits,
  },
  {
    fault: 'D8 one permit too many',
    file: `${core}/bulkhead/bulkhead.ts`,
    from: 'if (permits.running < limit && permits.waiting === 0)',
    to: 'if (permits.running <= limit && permits.waiting === 0)',
    tests: permits,
  },
  {
    fault: 'D8 a permit is handed over that nobody gave back',
    file: `${core}/bulkhead/bulkhead.ts`,
    from: 'while (permits.running < this.#settings.limit ||',
    to: 'while (permits.running <= this.#settings.limit ||',
    tests: permits,
  },
  {
    fault: 'D9 who leaves the queue stays in it',
    file: `${core}/bulkhead/permits.ts`,
    from: 'protected override left(): void {\n    this.leave()',
    to: 'protected override left(): void {',
    tests: permits,
  },
  {
    fault: 'a cell conforms a moment too early',
    file: `${core}/rate-limit/gcra.ts`,
    from: 'return wait > roundingMs ? wait : 0',
    to: 'return wait > cells.intervalMs / 10 ? wait : 0',
    tests: `${core}/rate-limit/gcra.properties.test.ts`,
  },
  {
    fault: 'who waits as long as it is told is refused for what rounding left over',
    file: `${core}/rate-limit/gcra.ts`,
    from: 'const roundingMs = 1e-6',
    to: 'const roundingMs = 0',
    tests: `${core}/rate-limit/gcra.properties.test.ts`,
  },
  {
    fault: 'what has refilled already is given back again',
    file: `${core}/rate-limit/meter.ts`,
    from: 'Math.min(weight * this.#cells.intervalMs, leftMs)',
    to: 'weight * this.#cells.intervalMs',
    tests: `${core}/rate-limit/meter.properties.test.ts`,
  },
  {
    fault: 'half of what is given back is lost',
    file: `${core}/rate-limit/meter.ts`,
    from: 'this.#arrival -= backMs',
    to: 'this.#arrival -= backMs / 2',
    tests: `${core}/rate-limit/meter.properties.test.ts`,
  },
  {
    fault: 'the theoretical arrival is counted from the beginning of the clock, which is far',
    file: `${core}/rate-limit/meter.ts`,
    from: 'this.#origin = now\n      this.#arrival = 0',
    to: 'this.#arrival = now - this.#origin',
    tests: `${core}/rate-limit/meter.properties.test.ts`,
  },
  {
    fault: 'who waits is served before the time that an earlier one took',
    file: `${core}/rate-limit/meter.ts`,
    from: 'return this.#arrival + this.#waitingWeight * this.#cells.intervalMs',
    to: 'return this.#arrival',
    tests: `${core}/rate-limit/rate-limit.properties.test.ts`,
  },
  {
    fault: 'D24 deposits never expire',
    file: `${core}/budget.ts`,
    from: 'this.#tokens[indexOf(slot - back)] = 0',
    to: '',
    tests: budget,
  },
  {
    fault: 'D24 an extra attempt costs less than it is worth',
    file: `${core}/budget.ts`,
    from: 'this.#spend(1)',
    to: 'this.#spend(0.9)',
    tests: budget,
  },
  {
    fault: 'one extra attempt too many is in flight',
    file: `${core}/budget.ts`,
    from: 'this.#extras + 1 > Math.max(',
    to: 'this.#extras > Math.max(',
    tests: budget,
  },
  {
    fault: 'a percentile is followed with equal steps up and down',
    file: `${core}/hedge/latency.ts`,
    from: 'estimate - step / percentile',
    to: 'estimate - step',
    tests: latency,
  },
  {
    fault: 'a percentile keeps the steps that it began with',
    file: `${core}/hedge/latency.ts`,
    from: 'const step = stepRatio * Math.sqrt(variance)',
    to: 'const step = stepRatio',
    tests: latency,
  },
  {
    fault: 'a percentile moves by half a deviation',
    file: `${core}/hedge/latency.ts`,
    from: 'const stepRatio = 0.01',
    to: 'const stepRatio = 0.5',
    tests: latency,
  },
  {
    fault: 'D13 a timer of a wide slot is looked for in its first round alone',
    file: `${core}/deadline-wheel.ts`,
    from: 'const levels = 9',
    to: 'const levels = 5',
    tests: wheel,
  },
  {
    fault: 'a timer that is added while others fire joins them a round too early',
    file: `${core}/deadline-wheel.ts`,
    from: 'if (slot !== undefined) moveAll(slot, this.#firing)\n    for (let timer = this.#firing.next; timer !== this.#firing; timer = this.#firing.next) {',
    to: 'if (slot === undefined) return\n    for (let timer = slot.next; timer !== slot; timer = slot.next) {',
    tests: wheel,
  },
  {
    fault: 'alarms ring in the order in which they were set',
    file: `${clock}.ts`,
    from: '(next === undefined || alarm.at < next.at)',
    to: 'next === undefined',
    tests: `${clock}.properties.test.ts`,
  },
  {
    fault: 'time goes on before promises have done what they had to',
    file: `${clock}.ts`,
    from: 'return new Promise((resolve) => setImmediate(resolve))',
    to: 'return Promise.resolve()',
    tests: `${clock}.properties.test.ts`,
  },
]
