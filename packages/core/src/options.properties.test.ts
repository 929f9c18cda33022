import { EventLog, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  hotKeyLimit,
  keyed,
  pipeline,
  rateLimit,
  retry,
  singleFlight,
  timeout,
} from './index.ts'
import type { Call, Counts, Outcome, Part, Pipeline } from './index.ts'
import { histories, play, readable } from './pipeline.arbitrary.ts'
import type { History } from './pipeline.arbitrary.ts'

type Options = Readonly<Record<string, unknown>>

const factories: Readonly<Record<string, (options: never) => Part>> = {
  bulkhead,
  breaker: circuitBreaker,
  fallback,
  flight: singleFlight,
  hedge,
  hot: hotKeyLimit,
  keyed: (options) => keyed(() => [bulkhead({ limit: 1 })], options),
  limit: rateLimit,
  retry,
  timeout,
}

/** `options` may be wrong on purpose. */
const make = (kind: string, options: Options): Part => (factories[kind] as (given: Options) => Part)(options)

const queue = { size: 2, order: 'fifo', maximumWaitMs: 50 }
const backoff = { type: 'exponential', baseMs: 20, maximumMs: 500, factor: 3, jitter: 'none' }
const budget = { ratio: 0, reservePerSecond: 1, windowMs: 1_000, inFlightRatio: 0, inFlightMinimum: 3 }
const window = { type: 'time', durationMs: 200, buckets: 10 }
const percentile = { percentile: 0.5, warmUp: 1 }
const burst = { failureRatio: 0.9, buckets: 1 }
const stale = { maximumAgeMs: 1_000, maximumKeys: 2 }
const warmUp = { durationMs: 1_000, coldFactor: 3 }
const endpoints = [{ id: 'a' }, { id: 'b' }]

/** What each part is made with, beside what is looked at. */
const bases: Readonly<Record<string, Options>> = {
  bulkhead: { limit: 1, queue },
  breaker: {
    window,
    minimumCalls: 2,
    burst: false,
    openMs: 50,
    maximumOpenMs: 100,
    probes: 2,
    probeSuccesses: 1,
    probeLeaseMs: 50,
  },
  fallback: {},
  // Two keys, whatever the calls' own.
  flight: { by: ({ key }: Call) => `${Number(key) % 2}` },
  hedge: { delayMs: 20, budget: false },
  hot: { limit: 1, minimumPerSecond: 2, halfLifeMs: 500 },
  keyed: {},
  limit: { limit: 2, intervalMs: 100 },
  retry: { attempts: 4, backoff, budget: false },
  timeout: { durationMs: 50 },
}

interface Difference {
  readonly part: string
  /** The path of the option. */
  readonly option: string
  readonly one: Options
  readonly other: Options
}

/** Two values of an option, between which some history must tell; `with` stands beside both of them. */
function between(path: string, one: unknown, other: unknown, beside: Options = {}): Difference {
  const [part = '', option = '', inner] = path.split('.')
  const base: Options = { ...bases[part], ...beside }
  const given = (value: unknown): Options => {
    if (inner === undefined) return { ...base, [option]: value }
    return { ...base, [option]: { ...(base[option] as Options), [inner]: value } }
  }
  return { part, option: path.slice(part.length + 1), one: given(one), other: given(other) }
}

const reserved = { ratio: 0.5, priority: 1 }
const slow = { slowCallMs: 20 }
const bursting = { failureRatio: 1, burst }
const paid = { budget }
const measured = { delayMs: percentile }
const ramping = { rampMs: 1_000 }
const late = { minimumCalls: 2, failureRatio: 1 }
const proportional = { proportional: { multiplier: 1 }, ...late }
const is = (value: unknown) => () => value

const byType: Difference = {
  part: 'breaker',
  option: 'window.type',
  one: { ...bases['breaker'], window: { type: 'time', durationMs: 20 } },
  other: { ...bases['breaker'], window: { type: 'count', size: 5 } },
}

const differences: readonly Difference[] = [
  byType,
  between('bulkhead.name', 'a', 'b'),
  between('bulkhead.mode', 'enforce', 'shadow'),
  between('bulkhead.limit', 1, 2),
  between('bulkhead.queue', queue, false),
  between('bulkhead.queue.size', 1, 2),
  between('bulkhead.queue.order', 'fifo', 'lifo'),
  between('bulkhead.queue.maximumWaitMs', 20, 50),
  between('bulkhead.priority', undefined, ({ key }: Call) => Number(key)),
  between('bulkhead.reserved', false, reserved, { limit: 2, priority: is(0) }),
  between('bulkhead.reserved.ratio', 0.5, 1, { limit: 2, priority: is(0), reserved }),
  between('bulkhead.reserved.priority', 1, 0, { limit: 2, priority: is(0), reserved }),
  between('bulkhead.limit.initial', 1, 2),
  between('bulkhead.limit.maximum', 1, 2),
  between('breaker.name', 'a', 'b'),
  between('breaker.mode', 'enforce', 'shadow'),
  between('breaker.window', window, { type: 'count', size: 5 }),
  between('breaker.window.durationMs', 20, 200),
  between('breaker.window.buckets', 1, 10),
  between('breaker.window.size', 2, 10, { window: { type: 'count' } }),
  between('breaker.failureRatio', 0.5, 1),
  between('breaker.minimumCalls', 2, 4),
  between('breaker.slowCallMs', undefined, 20),
  between('breaker.slowRatio', 0.5, 1, slow),
  between('breaker.consecutiveFailures', undefined, 1),
  between('breaker.burst', false, burst, bursting),
  between('breaker.burst.failureRatio', 0.5, 1, bursting),
  between('breaker.burst.buckets', 1, 5, bursting),
  between('breaker.tripWhen', undefined, ({ failures }: Counts) => failures > 0),
  between('breaker.isFailure', undefined, is('ignored')),
  between('breaker.openMs', 20, 50),
  between('breaker.maximumOpenMs', 50, 100),
  between('breaker.probes', 1, 2),
  between('breaker.probeSuccesses', 1, 2),
  between('breaker.probeLeaseMs', 20, 50),
  between('breaker.rampMs', 0, 1_000),
  between('breaker.rampFrom', 0.1, 0.9, ramping),
  between('breaker.proportional', false, {}, late),
  between('breaker.proportional.multiplier', 1, 5, proportional),
  between('fallback.name', 'a', 'b', { value: 1 }),
  between('fallback.value', 1, 2),
  between('fallback.run', is(1), is(2)),
  between('fallback.endpoints', endpoints, endpoints.slice(1)),
  between('fallback.when', undefined, is(false), { value: 1 }),
  between('flight.name', 'a', 'b'),
  between('flight.by', undefined, is('all')),
  between('flight.stale', false, stale),
  between('flight.stale.maximumAgeMs', 1, 1_000, { stale }),
  between('flight.stale.maximumKeys', 1, 2, { stale }),
  between('hedge.name', 'a', 'b'),
  between('hedge.hedges', 1, 2),
  between('hedge.delayMs', 20, 50),
  between('hedge.delayMs.percentile', 0.1, 0.9, measured),
  between('hedge.delayMs.warmUp', 1, 3, measured),
  between('hedge.budget', false, { ...budget, inFlightMinimum: 0 }),
  between('hedge.budget.ratio', 0, 1, { ...paid, hedges: 2 }),
  between('hedge.budget.reservePerSecond', 1, 5, { ...paid, hedges: 2 }),
  between('hedge.budget.windowMs', 1_000, 10_000, { ...paid, hedges: 2 }),
  between('hedge.budget.inFlightRatio', 0, 1, { budget: { ...budget, inFlightMinimum: 0 } }),
  between('hedge.budget.inFlightMinimum', 0, 3, paid),
  between('hedge.isFatal', undefined, is(true)),
  between('hedge.hedgeWhen', undefined, is(false)),
  between('hot.name', 'a', 'b'),
  between('hot.mode', 'enforce', 'shadow'),
  between('hot.limit', 1, 2),
  between('hot.shareRatio', 0.1, 0.9),
  between('hot.minimumPerSecond', 2, 5),
  between('hot.halfLifeMs', 500, 2_000),
  between('hot.exceptions', {}, { 0: false }),
  between('keyed.name', 'a', 'b', { maximum: 1 }),
  between('keyed.maximum', 1, 10),
  between('keyed.idleMs', 1, 60_000),
  between('limit.name', 'a', 'b'),
  between('limit.mode', 'enforce', 'shadow'),
  between('limit.limit', 1, 2),
  between('limit.intervalMs', 50, 100),
  between('limit.burst', 1, 2),
  between('limit.weight', undefined, is(2)),
  between('limit.maximumWaitMs', 0, 50),
  between('limit.warmUp', false, warmUp),
  between('limit.warmUp.durationMs', 10, 1_000, { warmUp }),
  between('limit.warmUp.coldFactor', 2, 3, { warmUp }),
  between('retry.name', 'a', 'b'),
  between('retry.attempts', 1, 2),
  between('retry.backoff', backoff, { baseMs: 1 }),
  between('retry.backoff.type', 'linear', 'constant', { backoff: { baseMs: 20, jitter: 'none' } }),
  between('retry.backoff.baseMs', 20, 50),
  between('retry.backoff.maximumMs', 20, 500),
  between('retry.backoff.factor', 2, 3),
  between('retry.backoff.jitter', 'none', 'equal'),
  between('retry.retryWhen', undefined, (outcome: Outcome) => 'value' in outcome),
  between('retry.delayFrom', undefined, is(70)),
  between('retry.maximumDurationMs', 50, 1_000),
  between('retry.budget', false, budget),
  between('retry.budget.ratio', 0, 1, paid),
  between('retry.budget.reservePerSecond', 1, 5, paid),
  between('retry.budget.windowMs', 1_000, 10_000, paid),
  between('retry.budget.inFlightRatio', 0, 1, { budget: { ...budget, inFlightMinimum: 0 } }),
  between('retry.budget.inFlightMinimum', 0, 3, paid),
  between('timeout.name', 'a', 'b'),
  between('timeout.mode', 'enforce', 'shadow'),
  between('timeout.durationMs', 20, 50),
]

/** Calls have keys of their own, of which none would ever be hot. */
function withTwoKeys(guarded: Pipeline): Pick<Pipeline, 'clock' | 'executeOutcome'> {
  return {
    clock: guarded.clock,
    executeOutcome: (operation, options) =>
      guarded.executeOutcome(operation, { ...options, key: `${Number(options?.key) % 2}` }),
  }
}

/** All that a caller, a listener and a look at the part can tell. */
async function behaviour(part: Part, history: History): Promise<unknown> {
  const guarded = pipeline('test', [part], { clock: new VirtualClock(), random: () => 0.5 })
  const log = new EventLog(guarded)
  const { journal } = await play(part.kind === 'hot-key-limit' ? withTwoKeys(guarded) : guarded, history)
  const size = 'size' in part ? part.size : undefined
  return JSON.stringify([readable(journal), log.events, size])
}

const history = histories({ aborts: false })

/** Whether some history tells the two values apart. */
async function isFelt({ part, one, other }: Difference): Promise<boolean> {
  // If one of them were refused, that would be the difference.
  for (const given of [one, other]) make(part, given)
  const { failed } = await fc.check(
    fc.asyncProperty(history, async (calls) => {
      const told = await behaviour(make(part, one), calls)
      return told === (await behaviour(make(part, other), calls))
    }),
    { seed: 17, numRuns: 500, endOnFailure: true },
  )
  return failed
}

describe('D17: no option is ignored', () => {
  it('each makes a difference in some history', async () => {
    const ignored: string[] = []
    for (const each of differences) if (!(await isFelt(each))) ignored.push(`${each.part}.${each.option}`)
    expect(ignored).toEqual([])
  })

  it('there is none but those', () => {
    const looked = new Set(differences.map(({ part, option }) => `${part}.${option}`))
    const known = Object.keys(factories).flatMap(allOptions)
    // What a part shares is felt among instances, and a limit moves by more calls than these: told in their own stories.
    const elsewhere = /\.shared$|^bulkhead\.limit\.(by|minimum|isDrop)$/
    const own = known.filter((path) => !elsewhere.test(path))
    expect(own.filter((path) => !looked.has(path))).toEqual([])
  })
})

/** The paths of all options of a part. */
function allOptions(part: string): readonly string[] {
  const given = differences.filter((each) => each.part === part).flatMap(({ one, other }) => [one, other])
  const nested = given.flatMap((options) =>
    Object.keys(options)
      .filter((option) => isPlain(options[option]))
      .flatMap((option) => knownOptions(part, options, option).map((inner) => `${part}.${option}.${inner}`)),
  )
  return [...new Set([...knownOptions(part, {}).map((option) => `${part}.${option}`), ...nested])]
}

const isPlain = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the refusal of an option that there is not says that there is. */
function knownOptions(part: string, given: Options, option?: string): readonly string[] {
  const nonsense = { nonsense: 1 }
  const wrong =
    option === undefined
      ? { ...given, ...nonsense }
      : { ...given, [option]: { ...(given[option] as Options), ...nonsense } }
  try {
    make(part, wrong)
  } catch (error) {
    return /known are (.*)$/.exec(String(error))?.[1]?.split(', ') ?? []
  }
  return []
}

describe('D14: options belong to the caller', () => {
  const drawn = fc
    .constantFrom(...differences)
    .chain(({ part, one, other }) =>
      fc.record({ part: fc.constant(part), given: fc.constantFrom(one, other) }),
    )

  it('frozen ones do, and nothing that happens changes them', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, history, async ({ part, given }, calls) => {
        expect(await behaviour(make(part, frozenCopy(given)), calls)).toBe(
          await behaviour(make(part, given), calls),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('changing them later changes nothing, not even when another option is updated', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, history, fc.boolean(), async ({ part, given }, calls, updates) => {
        const passed = copy(given) as Options
        const made = make(part, passed)
        spoil(passed)
        const same = make(part, given)
        for (const each of [made, same]) if (updates) each.configure?.({})
        expect(made.describe?.()).toEqual(same.describe?.())
        expect(await behaviour(made, calls)).toBe(await behaviour(same, calls))
      }),
      { numRuns: 300 },
    )
  })

  it('what a part describes is a copy, which changes nothing either', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, history, async ({ part, given }, calls) => {
        const made = make(part, given)
        spoil(made.describe?.())
        expect(await behaviour(made, calls)).toBe(await behaviour(make(part, given), calls))
      }),
      { numRuns: 300 },
    )
  })

  it('two parts made of one object share nothing', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, history, history, async ({ part, given }, before, calls) => {
        const [first, second] = [make(part, given), make(part, given)]
        await behaviour(first, before)
        expect(await behaviour(second, calls)).toBe(await behaviour(make(part, given), calls))
      }),
      { numRuns: 300 },
    )
  })
})

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copy(each)]))
}

function frozenCopy(options: Options): Options {
  const frozen = Object.entries(options).map(([name, each]) => [name, Object.freeze(copy(each))])
  return Object.freeze(Object.fromEntries(frozen) as Options)
}

/** Changes everything in it that can be changed. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  for (const [name, each] of Object.entries(value)) {
    spoil(each)
    if (typeof each === 'number') Reflect.set(value, name, each + 7)
    if (typeof each === 'string') Reflect.set(value, name, `not ${each}`)
    if (typeof each === 'function') Reflect.set(value, name, () => 'spoilt')
  }
  if (Array.isArray(value)) value.length = 0
}
