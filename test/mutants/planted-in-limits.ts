import type { Planted } from './planted.ts'

const core = 'packages/core/src'
const slices = `${core}/bulkhead/shared-bulkhead.properties.test.ts`
const sliceStories = `${core}/bulkhead/shared-bulkhead.test.ts`
const stock = `${core}/rate-limit/shared-rate-limit.properties.test.ts`
const stockStories = `${core}/rate-limit/shared-rate-limit.test.ts`
const budgetStories = `${core}/retry/shared-retry.test.ts`
const strictStories = `${core}/bulkhead/strict-bulkhead.test.ts`

/** Faults in how instances divide limits. */
export const plantedInLimits: readonly Planted[] = [
  {
    fault: 'a slice is used until its lease ends, though calls that it lets in last longer',
    file: `${core}/share/slice-exchange.ts`,
    from: 'sentAt + usableMs - marginMs',
    to: 'sentAt + usableMs + 500',
    tests: slices,
  },
  {
    fault: 'who wants more asks at once, though the server has lost its memory of the others',
    file: `${core}/share/slice-exchange.ts`,
    from: 'this.#modestUntil = now + renewMs',
    to: 'this.#modestUntil = now',
    tests: `${core}/share/slice-exchange.test.ts`,
  },
  {
    fault: 'the time of a slice is counted from the reply',
    file: `${core}/share/slice-exchange.ts`,
    from: 'sentAt + usableMs - marginMs',
    to: 'now + usableMs - marginMs',
    tests: sliceStories,
  },
  {
    fault: 'more is used while nobody has answered than was said to be kept',
    file: `${core}/share/slice-exchange.ts`,
    from: '    slices.cap = request.keep\n',
    to: '',
    tests: sliceStories,
  },
  {
    fault: 'a lost reply leaves an instance with what the server may have given away',
    file: `${core}/share/slice-exchange.ts`,
    from: "if (reason !== 'unreachable') slices.grant",
    to: "if (reason === 'unreachable') slices.grant",
    tests: sliceStories,
  },
  {
    fault: 'an instance says that it keeps less than it uses',
    file: `${core}/share/slice-exchange.ts`,
    from: 'Math.max(used, Math.min(want, this.slices.limitAt(now)))',
    to: 'Math.min(want, this.slices.limitAt(now))',
    tests: slices,
  },
  {
    fault: 'an instance keeps what others should have a share of',
    file: `${core}/share/slice-exchange.ts`,
    from: 'Math.min(reply.slice, reply.target)',
    to: 'reply.slice',
    tests: `${sliceStories} ${slices}`,
  },
  {
    fault: 'who is to fail closed lets calls through when nothing is heard',
    file: `${core}/share/shared-slices.ts`,
    from: 'degradedMinimum === 0 ? 0 :',
    to: '',
    tests: slices,
  },
  {
    fault: 'a call that finds no permit has none asked for',
    file: `${core}/share/shared-slices.ts`,
    from: 'if (this.limitAt(now) < this.terms.limit) this.carrier.short(now)',
    to: '',
    tests: slices,
  },
  {
    fault: 'cells are taken from the stock and stay there',
    file: `${core}/share/shared-stock.ts`,
    from: '      batch.cells -= taken\n',
    to: '',
    tests: stock,
  },
  {
    fault: 'what is granted beyond the reserve is lost',
    file: `${core}/share/shared-stock.ts`,
    from: '    if (cells > reserved) this.#batches.push(',
    to: '    if (cells > reserved && now < 0) this.#batches.push(',
    tests: stock,
  },
  {
    fault: 'the reserve is never spent',
    file: `${core}/share/shared-stock.ts`,
    from: '    this.#reserve -= left\n',
    to: '',
    tests: stock,
  },
  {
    fault: 'cells that nobody used never die',
    file: `${core}/share/shared-stock.ts`,
    from: 'while ((this.#batches[0]?.until ?? Infinity) <= now) this.#batches.shift()',
    to: '',
    tests: stockStories,
  },
  {
    fault: 'a quiet instance has nothing for its first call',
    file: `${core}/share/shared-stock.ts`,
    from: 'return Math.max(this.#heaviest, this.#part)',
    to: 'return 0',
    tests: stockStories,
  },
  {
    fault: 'a refused instance asks again at once',
    file: `${core}/share/stock-exchange.ts`,
    from: 'Math.max(now, this.stock.dryUntil)',
    to: 'now',
    tests: stockStories,
  },
  {
    fault: 'what an instance let through alone is paid by nobody',
    file: `${core}/share/shared-stock.ts`,
    from: 'this.debt += user.handOver(now)',
    to: 'user.handOver(now)',
    tests: stockStories,
  },
  {
    fault: 'an instance that is alone goes by the rate of all',
    file: `${core}/rate-limit/fleet-meter.ts`,
    from: 'this.#cells.intervalMs * this.#size',
    to: 'this.#cells.intervalMs',
    tests: stockStories,
  },
  {
    fault: 'calls are not counted towards the budget of the fleet',
    file: `${core}/share/shared-budget.ts`,
    from: 'if (this.#requests++ === 0)',
    to: 'if (this.#requests === 0)',
    tests: budgetStories,
  },
  {
    fault: 'a quiet instance cannot retry at all while the fleet is over its budget',
    file: `${core}/share/shared-budget.ts`,
    from: ' || this.#takesFloor(now)',
    to: '',
    tests: budgetStories,
  },
  {
    fault: 'the budget of a fleet that is heard no more binds for ever',
    file: `${core}/share/shared-budget.ts`,
    from: 'now >= this.#until || ',
    to: '',
    tests: budgetStories,
  },
  {
    fault: 'a permit that comes when nobody waits any more is never given back',
    file: `${core}/bulkhead/strict-wait.ts`,
    from: 'if (this.over || granted === undefined)',
    to: 'if (granted === undefined)',
    tests: strictStories,
  },
  {
    fault: 'permits run out while their calls run',
    file: `${core}/share/shared-permits.ts`,
    from: "this.#ask('renew', token, () => undefined)",
    to: '',
    tests: strictStories,
  },
]
