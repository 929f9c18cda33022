import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { checkOptions, durationMs, integer, number, partRules, text } from './check.ts'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  HoldfastConfigError,
  hotKeyLimit,
  hedge,
  keyed,
  pipeline,
  pipelineFrom,
  rateLimit,
  singleFlight,
  retry,
  retryBudget,
  timeout,
} from './index.ts'

/** What a caller without types may hand over. */
type Untyped = never

const of = (options: unknown): Untyped => options as Untyped
const thrower = (): never => {
  throw new Error('not today')
}

/** Each option, what it is given, and what the error must say of it. */
type Case = readonly [options: unknown, message: RegExp]

function refuses(make: (options: Untyped) => unknown, cases: readonly Case[]): void {
  it.each(cases)('%o', (options, message) => {
    expect(() => make(of(options))).toThrow(HoldfastConfigError)
    expect(() => make(of(options))).toThrow(message)
  })
}

describe('whatever part it is, it refuses', () => {
  const makers: readonly (readonly [string, (options: Untyped) => unknown])[] = [
    ['retry', retry],
    ['budget', retryBudget],
    ['timeout', timeout],
    ['circuit-breaker', circuitBreaker],
    ['bulkhead', bulkhead],
    ['rate-limit', rateLimit],
    ['hedge', hedge],
    ['fallback', fallback],
    ['single-flight', singleFlight],
    ['hot-key-limit', hotKeyLimit],
    ['keyed', (options: Untyped) => keyed(() => [bulkhead()], options)],
  ]

  it.each(makers)('%s: options that are no object', (kind, make) => {
    for (const options of [null, 1, 'x', true, Symbol('s'), () => 1, [], [{}]]) {
      expect(() => make(of(options))).toThrow(HoldfastConfigError)
      expect(() => make(of(options))).toThrow(new RegExp(`^${kind}: options must be an object, not `))
    }
  })

  it.each(makers)('%s: an option that it does not know', (kind, make) => {
    expect(() => make(of({ surprise: 1 }))).toThrow(
      new RegExp(`^${kind}: unknown option 'surprise'; known are `),
    )
  })

  it.each(makers)('%s: an option whose getter throws', (_kind, make) => {
    const options = Object.defineProperty({}, 'surprise', { get: thrower, enumerable: true })
    expect(() => make(of(options))).toThrow(HoldfastConfigError)
  })

  it.each(makers.filter(([kind]) => kind !== 'budget'))('%s: a name that is none', (kind, make) => {
    for (const name of ['', 1, null, {}, ['a']]) {
      expect(() => make(of({ name }))).toThrow(
        new RegExp(`^${kind}: name must be a string that is not empty, not `),
      )
    }
  })

  const guards = makers.filter(([kind]) =>
    ['timeout', 'circuit-breaker', 'bulkhead', 'rate-limit', 'hot-key-limit'].includes(kind),
  )
  it.each(guards)('%s: a mode that is none', (kind, make) => {
    for (const mode of ['on', null, 0, true, ['off']]) {
      expect(() => make(of({ mode }))).toThrow(
        new RegExp(`^${kind}: mode must be one of enforce, shadow, off, not `),
      )
    }
  })
})

describe('retry refuses', () => {
  refuses(retry, [
    [{ attempts: 0 }, /attempts must be an integer of at least 1, not 0/],
    [{ attempts: -1 }, /attempts must be .*, not -1/],
    [{ attempts: 1.5 }, /attempts must be .*, not 1.5/],
    [{ attempts: Number.NaN }, /attempts must be .*, not NaN/],
    [{ attempts: Infinity }, /attempts must be .*, not Infinity/],
    [{ attempts: '3' }, /attempts must be .*, not "3"/],
    [{ attempts: 3n }, /attempts must be .*, not 3n/],
    [{ attempts: null }, /attempts must be .*, not null/],
    [{ retryWhen: true }, /retryWhen must be a function, not true/],
    [{ delayFrom: 5 }, /delayFrom must be a function, not 5/],
    [{ maximumDurationMs: -1 }, /maximumDurationMs must be a finite number of milliseconds of at least 0/],
    [{ maximumDurationMs: Infinity }, /maximumDurationMs must be .*, not Infinity/],
    [{ backoff: 100 }, /backoff must be backoff options, not 100/],
    [{ backoff: [] }, /backoff: options must be an object, not an empty array/],
    [{ backoff: { type: 'random' } }, /type must be one of constant, linear, exponential, not "random"/],
    [{ backoff: { baseMs: -1 } }, /backoff: baseMs must be .* at least 0, not -1/],
    [{ backoff: { maximumMs: Number.NaN } }, /backoff: maximumMs must be .*, not NaN/],
    [{ backoff: { factor: 0.5 } }, /backoff: factor must be a number from 1 to 1000, not 0.5/],
    [{ backoff: { jitter: 'some' } }, /backoff: jitter must be one of none, full, .*, not "some"/],
    [{ backoff: { delay: 1 } }, /backoff: unknown option 'delay'/],
    [{ budget: true }, /budget must be a retryBudget\(\), its options, or false, not true/],
    [{ budget: null }, /budget must be .*, not null/],
    [{ budget: [] }, /budget: options must be an object, not an empty array/],
    [{ budget: { ratio: 2 } }, /budget: ratio must be a number from 0 to 1, not 2/],
    [{ budget: { withdraw: () => true } }, /budget must be a retryBudget\(\) with enter\(\), its options/],
    [{ budget: { ...retryBudget(), giveBack: 1 } }, /budget must be a retryBudget\(\) with enter\(\)/],
  ])
})

it.each([
  ['retry.backoff', (options: object) => retry({ backoff: options })],
  ['retry.budget', (options: object) => retry({ budget: options })],
  ['hedge.delayMs', (options: object) => hedge({ delayMs: of(options) })],
  ['circuit-breaker.window', (options: object) => circuitBreaker({ window: of(options) })],
  ['circuit-breaker.burst', (options: object) => circuitBreaker({ burst: of(options) })],
  ['bulkhead.queue', (options: object) => bulkhead({ queue: of(options) })],
  ['fallback.endpoints', (options: object) => fallback({ endpoints: [of(options)] })],
])('%s with getters that throw is refused too', (_name, make) => {
  const names = ['baseMs', 'ratio', 'percentile', 'type', 'failureRatio', 'size', 'id']
  const getters = Object.fromEntries(names.map((name) => [name, { get: thrower, enumerable: true }]))
  expect(() => make(Object.defineProperties({}, getters))).toThrow(HoldfastConfigError)
})

describe('a retry budget refuses', () => {
  refuses(retryBudget, [
    [{ ratio: -0.1 }, /ratio must be a number from 0 to 1, not -0.1/],
    [{ ratio: '1' }, /ratio must be .*, not "1"/],
    [{ reservePerSecond: Infinity }, /reservePerSecond must be a number from 0 to 1000000, not Infinity/],
    [{ windowMs: 9 }, /windowMs must be .* at least 10, not 9/],
    [{ inFlightRatio: 1.1 }, /inFlightRatio must be .*, not 1.1/],
    [{ inFlightMinimum: -1 }, /inFlightMinimum must be an integer of at least 0, not -1/],
    [{ name: 'shared' }, /unknown option 'name'/],
    [{ withdraw: () => true }, /unknown option 'withdraw'/],
  ])
})

describe('timeout refuses', () => {
  refuses(timeout, [
    [{}, /timeout: durationMs must be given/],
    [{ durationMs: undefined }, /durationMs must be given/],
    [{ durationMs: -0.1 }, /durationMs must be a finite number of milliseconds of at least 0, or a function/],
    [{ durationMs: Number.NaN }, /durationMs must be .*, not NaN/],
    [{ durationMs: Infinity }, /durationMs must be .*, not Infinity/],
    [{ durationMs: 2 ** 53 }, /durationMs must be .*, not 9007199254740992/],
    [{ durationMs: '100' }, /durationMs must be .*, not "100"/],
    [{ durationMs: { ms: 1 } }, /durationMs must be .*, not an object/],
    [{ name: 'total', durationMs: null }, /^total: durationMs must be .*, not null/],
  ])
})

describe('circuit-breaker refuses', () => {
  refuses(circuitBreaker, [
    [{ failureRatio: -0.1 }, /failureRatio must be a number from 0 to 1, not -0.1/],
    [{ failureRatio: '0.5' }, /failureRatio must be .*, not "0.5"/],
    [{ minimumCalls: 0 }, /minimumCalls must be an integer of at least 1, not 0/],
    [{ slowCallMs: -1 }, /slowCallMs must be .* at least 0, not -1/],
    [{ slowRatio: 2, slowCallMs: 1 }, /slowRatio must be .*, not 2/],
    [{ slowRatio: 0.5 }, /slowRatio has no effect without slowCallMs/],
    [{ consecutiveFailures: 0 }, /consecutiveFailures must be .*, not 0/],
    [{ tripWhen: {} }, /tripWhen must be a function, not an object/],
    [{ isFailure: 'never' }, /isFailure must be a function, not "never"/],
    [{ openMs: Infinity }, /openMs must be .*, not Infinity/],
    [{ openMs: 10, maximumOpenMs: 9 }, /maximumOpenMs must be at least openMs, 10, not 9/],
    [{ probes: 0 }, /probes must be an integer from 1 to 1000, not 0/],
    [{ probes: 1, probeSuccesses: 2 }, /probeSuccesses must be at most probes, 1, not 2/],
    [{ probeSuccesses: 1.5 }, /probeSuccesses must be .*, not 1.5/],
    [{ probeLeaseMs: 0 }, /probeLeaseMs must be .* at least 1, not 0/],
    [{ rampMs: Number.NaN }, /rampMs must be .*, not NaN/],
    [{ rampFrom: 1.01 }, /rampFrom must be .*, not 1.01/],
    [{ window: 10 }, /window must be an object, not 10/],
    [{ window: null }, /window must be an object, not null/],
    [{ window: [] }, /window: options must be an object, not an empty array/],
    [{ window: {} }, /window.type must be given: 'time' or 'count'/],
    [{ window: { durationMs: 5 } }, /window.type must be given/],
    [{ window: { type: 'sliding' } }, /window: type must be one of time, count, not "sliding"/],
    [{ window: { type: 'toString' } }, /window: type must be one of time, count, not "toString"/],
    [{ window: { type: 'time', durationMs: 0 } }, /window: durationMs must be .* at least 1, not 0/],
    [{ window: { type: 'time', buckets: 0 } }, /window: buckets must be an integer from 1 to 10000, not 0/],
    [{ window: { type: 'time', size: 5 } }, /window: unknown option 'size'; known are type, durationMs/],
    [{ window: { type: 'count', size: 0 } }, /window: size must be an integer from 1 to 1000000, not 0/],
    [{ window: { type: 'count', size: 19 } }, /minimumCalls must be at most the window's size of 19, not 20/],
    [{ window: { type: 'count' }, burst: { failureRatio: 1, buckets: 1 } }, /burst needs a time window/],
    [{ burst: true }, /burst must be an object or false, not true/],
    [{ burst: {} }, /burst.failureRatio must be given/],
    [{ burst: { failureRatio: 0.9 } }, /burst.buckets must be given/],
    [{ burst: { failureRatio: 2, buckets: 1 } }, /burst: failureRatio must be .*, not 2/],
    [
      { burst: { failureRatio: 1, buckets: 11 } },
      /burst.buckets must be at most those of the window, 10, not 11/,
    ],
    [
      { window: { type: 'time', buckets: 4 }, burst: { failureRatio: 1, buckets: 5 } },
      /burst.buckets must be at most those of the window, 4, not 5/,
    ],
    [{ proportional: true }, /proportional must be an object or false, not true/],
    [{ proportional: { multiplier: 0.9 } }, /proportional: multiplier must be a number from 1 to 1000/],
    [{ proportional: { k: 2 } }, /proportional: unknown option 'k'/],
  ])
})

describe('an override refuses', () => {
  const cases: readonly [unknown, unknown, RegExp][] = [
    ['ajar', { reason: 'x' }, /override: state must be one of open, closed, not "ajar"/],
    ['open', undefined, /override: options must be an object, not undefined/],
    ['open', null, /override: options must be an object, not null/],
    ['open', {}, /override: reason must be given/],
    ['open', { reason: '' }, /override: reason must be a string that is not empty, not ""/],
    ['open', { reason: 'x', forMs: Infinity }, /override: forMs must be .*, not Infinity/],
    ['open', { reason: 'x', forMs: -1 }, /override: forMs must be .* at least 0, not -1/],
    ['open', { reason: 'x', state: 'closed' }, /override: unknown option 'state'/],
  ]
  it.each(cases)('%s with %o', (state, options, message) => {
    const breaker = circuitBreaker()
    const override = () => breaker.override(of(state), of(options))
    expect(override).toThrow(HoldfastConfigError)
    expect(override).toThrow(message)
    expect(breaker.statistics()).toMatchObject({ override: undefined })
  })
})

describe('bulkhead refuses', () => {
  refuses(bulkhead, [
    [{ limit: -1 }, /limit must be an integer of at least 0, or an object, not -1/],
    [{ limit: 1.5 }, /limit must be .*, not 1.5/],
    [{ limit: Infinity }, /limit must be .*, not Infinity/],
    [{ priority: 3 }, /priority must be a function, not 3/],
    [{ queue: 5 }, /queue must be queue options or false, not 5/],
    [{ queue: true }, /queue must be .*, not true/],
    [{ queue: null }, /queue must be .*, not null/],
    [{ queue: [] }, /queue: options must be an object, not an empty array/],
    [{ queue: {} }, /queue.size must be given/],
    [{ queue: { size: -1 } }, /queue: size must be an integer of at least 0, not -1/],
    [{ queue: { size: 1, order: 'random' } }, /queue: order must be one of fifo, lifo, not "random"/],
    [{ queue: { size: 1, maximumWaitMs: -1 } }, /queue: maximumWaitMs must be .* at least 0, not -1/],
    [{ queue: { size: 1, length: 2 } }, /queue: unknown option 'length'/],
  ])
})

describe('rate-limit refuses', () => {
  refuses(rateLimit, [
    [{}, /limit must be given/],
    [{ limit: 0 }, /limit must be a number of at least 1e-9, not 0/],
    [{ limit: Number.NaN }, /limit must be .*, not NaN/],
    [{ limit: Infinity }, /limit must be .*, not Infinity/],
    [{ limit: 1, intervalMs: 0 }, /intervalMs must be .* at least 1, not 0/],
    [{ limit: 1, burst: 0.5 }, /burst must be a number of at least 1, not 0.5/],
    [{ limit: 1, weight: 2 }, /weight must be a function, not 2/],
    [{ limit: 1, maximumWaitMs: -1 }, /maximumWaitMs must be .*, not -1/],
    [{ limit: 1, warmUp: true }, /warmUp must be an object or false, not true/],
    [{ limit: 1, warmUp: {} }, /warmUp.durationMs must be given/],
    [{ limit: 1, warmUp: { durationMs: 0 } }, /warmUp: durationMs must be .* at least 1, not 0/],
    [
      { limit: 1, warmUp: { durationMs: 1, coldFactor: 1 } },
      /warmUp: coldFactor must be a number of at least 1.1/,
    ],
  ])
})

describe('hot-key-limit refuses', () => {
  refuses(hotKeyLimit, [
    [{ limit: 0 }, /limit must be an integer of at least 1, not 0/],
    [{ shareRatio: 0.009 }, /shareRatio must be a number from 0.01 to 1, not 0.009/],
    [{ minimumPerSecond: 0 }, /minimumPerSecond must be a number of at least 1, not 0/],
    [{ halfLifeMs: 0 }, /halfLifeMs must be .* at least 1, not 0/],
    [
      { exceptions: { a: 0 } },
      /exceptions must be an object whose values are each an integer of at least 1, or false/,
    ],
    [{ exceptions: { a: true } }, /exceptions must be .*, not an object/],
  ])
})

describe('single-flight refuses', () => {
  refuses(singleFlight, [
    [{ by: 'key' }, /by must be a function, not "key"/],
    [{ stale: true }, /stale must be an object or false, not true/],
    [{ stale: {} }, /stale.maximumAgeMs must be given/],
    [{ stale: { maximumAgeMs: 0 } }, /stale: maximumAgeMs must be .* at least 1, not 0/],
    [{ stale: { maximumAgeMs: 1, maximumKeys: 0 } }, /stale: maximumKeys must be an integer of at least 1/],
  ])
})

describe('hedge refuses', () => {
  refuses(hedge, [
    [{ hedges: 0 }, /hedges must be an integer from 1 to 100, not 0/],
    [{ hedges: 101 }, /hedges must be .*, not 101/],
    [{ delayMs: -1 }, /delayMs must be milliseconds, a function or { percentile }, not -1/],
    [{ delayMs: Infinity }, /delayMs must be .*, not Infinity/],
    [{ delayMs: null }, /delayMs must be .*, not null/],
    [{ delayMs: [] }, /delayMs: options must be an object, not an empty array/],
    [{ delayMs: {} }, /delayMs.percentile must be given/],
    [{ delayMs: { percentile: 1 } }, /delayMs: percentile must be a number from 0.001 to 0.999, not 1/],
    [{ delayMs: { percentile: 0.5, warmUp: 0 } }, /delayMs: warmUp must be an integer of at least 1, not 0/],
    [{ delayMs: { percentile: 0.5, warmup: 1 } }, /delayMs: unknown option 'warmup'/],
    [{ isFatal: false }, /isFatal must be a function, not false/],
    [{ budget: 1 }, /budget must be .*, not 1/],
    [{ budget: { withdraw: 1 } }, /budget must be a retryBudget\(\) with enter\(\)/],
  ])
})

describe('fallback refuses', () => {
  refuses(fallback, [
    [{}, /fallback: give exactly one of value, run and endpoints, not none/],
    [{ run: undefined }, /give exactly one .*, not none/],
    [{ value: 1, run: () => 1 }, /give exactly one .*, not value and run/],
    [{ run: 5 }, /run must be a function, not 5/],
    [{ value: 1, when: 'always' }, /when must be a function, not "always"/],
    [{ endpoints: [] }, /endpoints must be an array of at least one { id }, not an empty array/],
    [{ endpoints: { id: 'a' } }, /endpoints must be an array of at least one { id }, not an object/],
    [{ endpoints: [null] }, /endpoints\[0\]: options must be an object, not null/],
    [{ endpoints: ['a'] }, /endpoints\[0\]: options must be an object, not "a"/],
    [{ endpoints: [{}] }, /endpoints\[0\]: id must be given/],
    [{ endpoints: [{ id: '' }] }, /endpoints\[0\]: id must be a string that is not empty, not ""/],
    [{ endpoints: [{ id: 'a' }, { id: 'a' }] }, /endpoints must have different ids, not "a" twice/],
    [{ endpoints: [{ id: 'a' }, { id: 'b', url: 5 }] }, /endpoints\[1\]: url must be .*, not 5/],
    [{ endpoints: [{ id: 'a', weight: -1 }] }, /weight must be a number of at least 0, not -1/],
    [{ endpoints: [{ id: 'a', trust: '' }] }, /trust must be .*, not ""/],
    [{ endpoints: [{ id: 'a', host: 'b' }] }, /endpoints\[0\]: unknown option 'host'/],
  ])
})

describe('keyed refuses', () => {
  refuses(
    (options) => keyed(() => [bulkhead()], options),
    [
      [{ maximum: 0 }, /maximum must be an integer of at least 1, not 0/],
      [{ maximum: 1.5 }, /maximum must be .*, not 1.5/],
      [{ idleMs: -1 }, /idleMs must be .* at least 0, not -1/],
      [{ idleMs: Infinity }, /idleMs must be .*, not Infinity/],
    ],
  )

  it('parts that are no function', () => {
    expect(() => keyed(of([bulkhead()]))).toThrow(HoldfastConfigError)
  })
})

describe('pipeline refuses', () => {
  refuses(
    (options) => pipeline('p', [bulkhead()], options),
    [
      [null, /p: options must be an object, not null/],
      [{ clock: {} }, /clock must be a Clock, which has now\(\), wallTime\(\) and alarm\(\), not an object/],
      [{ clock: { now: 1, wallTime: 2, alarm: 3 } }, /clock must be a Clock/],
      [{ clock: null }, /clock must be a Clock.*, not null/],
      [{ random: 0.5 }, /random must be a function, not 0.5/],
      [{ name: 'q' }, /unknown option 'name'/],
    ],
  )

  const cases: readonly [string, unknown, unknown, RegExp][] = [
    ['no name', undefined, [bulkhead()], /name must be a string that is not empty, not undefined/],
    ['an empty name', '', [bulkhead()], /name must be .*, not ""/],
    ['no parts', 'p', [], /parts must be an array of at least one part/],
    ['parts that are no array', 'p', bulkhead(), /parts must be an array/],
    ['a hole', 'p', Array(1), /every part must be a guard or a policy, not undefined/],
    ['a factory instead of a part', 'p', [bulkhead], /every part must be .*, not a function/],
    ['a part without a name', 'p', [{ kind: 'x', wrap: thrower }], /every part must be .*, not an object/],
    ['a part that can do nothing', 'p', [{ kind: 'x', name: 'x' }], /a part must have admit/],
    ['two parts of one name', 'p', [bulkhead(), bulkhead()], /two parts are named 'bulkhead'/],
  ]
  it.each(cases)('%s', (_name, name, parts, message) => {
    expect(() => pipeline(of(name), of(parts))).toThrow(HoldfastConfigError)
    expect(() => pipeline(of(name), of(parts))).toThrow(message)
  })
})

describe('pipelineFrom refuses', () => {
  refuses(pipelineFrom, [
    [null, /pipelineFrom: options must be an object, not null/],
    [[], /pipelineFrom: options must be an object, not an empty array/],
    [{ name: 'p' }, /parts must be given/],
    [{ name: 'p', parts: {} }, /parts must be an array of parts, not an object/],
    [{ parts: [{ kind: 'bulkhead' }] }, /name must be a string that is not empty, not undefined/],
    [{ name: 'p', parts: [] }, /at least one part/],
    [{ name: 'p', parts: [null] }, /parts\[0\]: options must be an object, not null/],
    [{ name: 'p', parts: ['bulkhead'] }, /parts\[0\]: options must be an object, not "bulkhead"/],
    [{ name: 'p', parts: [{}] }, /parts\[0\].kind must be one of bulkhead, .*, not undefined/],
    [{ name: 'p', parts: [{ kind: 'toString' }] }, /kind must be one of .*, not "toString"/],
    [{ name: 'p', parts: [{ kind: Object.create(null) }] }, /kind must be one of .*, not an object/],
    [{ name: 'p', parts: [{ kind: 'keyed' }] }, /keyed: parts must be given/],
    [{ name: 'p', parts: [{ kind: 'pipeline' }] }, /kind must be one of .*, not "pipeline"/],
    [{ name: 'p', parts: [{ kind: 'bulkhead', limit: -1 }] }, /limit must be .*, not -1/],
    [{ name: 'p', parts: [{ kind: 'bulkhead' }], clock: 1 }, /unknown option 'clock'/],
  ])
})

describe('options', () => {
  const rules = { ...partRules, size: integer(0) }

  it('that are undefined or left out pass', () => {
    expect(checkOptions('x', {}, rules)).toEqual({})
    expect(checkOptions('x', { size: undefined }, rules)).toEqual({ size: undefined })
  })

  it('come back as a copy in which each was read once', () => {
    let reads = 0
    const options = {
      get size() {
        return reads++
      },
    }
    expect(checkOptions('x', options, rules)).toEqual({ size: 0 })
    expect(reads).toBe(1)
  })

  it('that cannot be read are refused with the reason', () => {
    const options = {
      get size() {
        return thrower()
      },
    }
    expect(() => checkOptions('x', options, rules)).toThrow(HoldfastConfigError)
    expect(() => checkOptions('x', options, rules)).toThrow(
      expect.objectContaining({ cause: new Error('not today') }),
    )
  })

  it('of a class count where they are fields, and are refused where they would be overlooked', () => {
    class Fields {
      size = 3
    }
    class Getters {
      get size(): number {
        return 3
      }
    }
    expect(checkOptions('x', new Fields(), rules)).toEqual({ size: 3 })
    expect(() => checkOptions('x', new Getters(), rules)).toThrow("x: size must be the options' own")
  })

  it('named __proto__ or constructor are as unknown as any other', () => {
    const parsed = JSON.parse('{"__proto__": {"size": 1}}') as object
    expect(() => checkOptions('x', parsed, rules)).toThrow("unknown option '__proto__'")
    expect(() => checkOptions('x', { constructor: 1 } as object, rules)).toThrow(
      "unknown option 'constructor'",
    )
  })

  it('speak by the name that they give the part', () => {
    expect(() => checkOptions('x', { name: 'mine', size: -1 }, rules)).toThrow(
      'mine: size must be an integer of at least 0, not -1',
    )
  })
})

describe('bounds', () => {
  it.each([
    [number(1, 2), [1, 1.5, 2], [0.999, 2.001, Number.NaN, Infinity, '1', null, 1n]],
    [number(1), [1, Number.MAX_VALUE], [0, Infinity, Number.NaN]],
    [integer(0, 3), [0, 3], [-1, 4, 0.5, Number.NaN, '0']],
    [integer(0), [0, Number.MAX_SAFE_INTEGER], [Number.MAX_SAFE_INTEGER + 1, Infinity]],
    [durationMs(), [0, 0.5, Number.MAX_SAFE_INTEGER], [-0.001, 2 ** 53, Infinity, Number.NaN, '5']],
    [text, ['a', ' '], ['', 1, null, ['a'], new String('a')]],
  ])('let through what is in them and nothing else', (rule, inside, outside) => {
    expect(inside.map(rule)).toEqual(inside.map(() => undefined))
    for (const value of outside) expect(rule(value)).toBeTypeOf('string')
  })
})

it('a configuration error is a TypeError with a code', () => {
  expect(new HoldfastConfigError('x')).toBeInstanceOf(TypeError)
  expect(new HoldfastConfigError('x')).toMatchObject({
    code: 'ERR_HOLDFAST_CONFIG',
    name: 'HoldfastConfigError',
  })
})

it('sound options are taken by every part', () => {
  const parts = [
    fallback({ value: undefined }),
    timeout({ durationMs: 0 }),
    rateLimit({ limit: 0.5, burst: 1, intervalMs: 1 }),
    circuitBreaker({ proportional: {}, burst: false, window: { type: 'time', buckets: 1 } }),
    singleFlight({ stale: false }),
    hotKeyLimit({ shareRatio: 1, exceptions: {} }),
    hedge({ delayMs: { percentile: 0.999 }, budget: false }),
    bulkhead({ limit: 0, queue: false }),
  ]
  expect(() => pipeline('p', parts, { clock: new VirtualClock(), random: undefined })).not.toThrow()
})
