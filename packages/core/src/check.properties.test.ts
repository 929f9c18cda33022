import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
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
import type { Part } from './index.ts'

/** What a caller without types may hand over. */
type Untyped = never

const odd = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})

const plausible = fc.constantFrom<unknown>(
  ...[
    0,
    1,
    2,
    0.5,
    10,
    100,
    -1,
    -0,
    1e-9,
    1e308,
    2 ** 53,
    Infinity,
    Number.NaN,
    undefined,
    null,
    false,
    true,
  ],
  ...['', 'x', 'time', 'count', 'constant', 'decorrelated', 'fifo', 'shadow', 'off'],
  ...[() => 1, () => undefined, [], {}, [{ id: 'a' }], retryBudget(), { withdraw: () => true }],
)

const value = fc.oneof({ weight: 3, arbitrary: plausible }, odd)

/** Any values under the names of options, and under those of the options nested in them. */
function record(
  names: readonly string[],
  nested: Readonly<Record<string, readonly string[]>> = {},
): fc.Arbitrary<unknown> {
  const fields = names.map((name) => {
    const inside = nested[name]
    return [name, inside === undefined ? value : fc.oneof(value, record(inside))] as const
  })
  return fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: false })
}

const guard = ['name', 'mode']
const budget = ['ratio', 'reservePerSecond', 'windowMs', 'inFlightRatio', 'inFlightMinimum']
const backoff = ['type', 'baseMs', 'maximumMs', 'factor', 'jitter']
const breaker = [
  ...['window', 'failureRatio', 'minimumCalls', 'slowCallMs', 'slowRatio', 'consecutiveFailures', 'burst'],
  ...['tripWhen', 'isFailure', 'openMs', 'maximumOpenMs', 'probes', 'probeSuccesses', 'probeLeaseMs'],
  ...['rampMs', 'rampFrom', 'proportional'],
]

const options = {
  budget: record(budget),
  retry: record(['name', 'attempts', 'backoff', 'retryWhen', 'delayFrom', 'maximumDurationMs', 'budget'], {
    backoff,
    budget,
  }),
  timeout: record([...guard, 'durationMs']),
  breaker: record([...guard, ...breaker], {
    window: ['type', 'durationMs', 'buckets', 'size'],
    burst: ['failureRatio', 'buckets'],
    proportional: ['multiplier'],
  }),
  bulkhead: record([...guard, 'limit', 'queue', 'priority'], { queue: ['size', 'order', 'maximumWaitMs'] }),
  rateLimit: record([...guard, 'limit', 'intervalMs', 'burst', 'weight', 'maximumWaitMs', 'warmUp'], {
    warmUp: ['durationMs', 'coldFactor'],
  }),
  hedge: record(['name', 'hedges', 'delayMs', 'budget', 'isFatal'], {
    delayMs: ['percentile', 'warmUp'],
    budget,
  }),
  hotKeyLimit: record([...guard, 'limit', 'shareRatio', 'minimumPerSecond', 'halfLifeMs', 'exceptions'], {
    exceptions: ['a', 'b'],
  }),
  singleFlight: record(['name', 'by', 'stale'], { stale: ['maximumAgeMs', 'maximumKeys'] }),
  fallback: record(['name', 'when', 'value', 'run', 'endpoints']),
}

const kinds = [
  'retry',
  'bulkhead',
  'timeout',
  'fallback',
  'hedge',
  'circuit-breaker',
  'rate-limit',
  'single-flight',
  'hot-key-limit',
]
const plain = fc.record(
  { kind: fc.oneof(fc.constantFrom(...kinds), value), name: value, value, durationMs: value },
  { requiredKeys: ['kind'] },
)
const config = fc.oneof(
  plain,
  fc.record({ kind: fc.constant('keyed'), parts: fc.oneof(value, fc.array(plain, { maxLength: 3 })) }),
)

const makers: readonly (readonly [string, (given: Untyped) => unknown, fc.Arbitrary<unknown>])[] = [
  ['retryBudget', retryBudget, options.budget],
  ['retry', retry, options.retry],
  ['timeout', timeout, options.timeout],
  ['circuitBreaker', circuitBreaker, options.breaker],
  ['bulkhead', bulkhead, options.bulkhead],
  ['rateLimit', rateLimit, options.rateLimit],
  ['hedge', hedge, options.hedge],
  ['fallback', fallback, options.fallback],
  ['hotKeyLimit', hotKeyLimit, options.hotKeyLimit],
  ['singleFlight', singleFlight, options.singleFlight],
  ['keyed', (given) => keyed(() => [bulkhead()], given), record(['name', 'maximum', 'idleMs'])],
  ['pipeline', (given) => pipeline('p', [bulkhead()], given), record(['clock', 'random'])],
  ['pipeline of anything', (parts) => pipeline('p', parts), fc.array(odd)],
  ['pipelineFrom', pipelineFrom, record(['name', 'parts'])],
  ['pipelineFrom parts', (parts) => pipelineFrom({ name: 'p', parts }), fc.array(fc.oneof(config, value))],
]

test.each(makers)(
  '%s makes it, or refuses it as a configuration error, whatever it is given',
  (_name, make, given) => {
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: given }, odd), (each) => {
        try {
          make(each as Untyped)
        } catch (error) {
          expect(error).toBeInstanceOf(HoldfastConfigError)
        }
      }),
      { numRuns: 300 },
    )
  },
)

const updates: readonly (readonly [string, () => Part, fc.Arbitrary<unknown>])[] = [
  ['retry', () => retry(), options.retry],
  ['timeout', () => timeout({ durationMs: 100 }), options.timeout],
  ['circuit-breaker', () => circuitBreaker(), options.breaker],
  ['bulkhead', () => bulkhead(), options.bulkhead],
  ['rate-limit', () => rateLimit({ limit: 5 }), options.rateLimit],
  ['hedge', () => hedge(), options.hedge],
  ['fallback', () => fallback({ value: 1 }), options.fallback],
  ['hot-key-limit', () => hotKeyLimit(), options.hotKeyLimit],
  ['single-flight', () => singleFlight(), options.singleFlight],
]

test.each(updates)('an update of %s is taken, or refused and leaves it as it was', (kind, make, given) => {
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: given }, odd), (each) => {
      const service = pipeline('p', [make()], { clock: new VirtualClock() })
      const before = service.describe()
      try {
        service.update(kind, each as Untyped)
      } catch (error) {
        expect(error).toBeInstanceOf(HoldfastConfigError)
        expect(service.describe()).toEqual(before)
      }
    }),
    { numRuns: 200 },
  )
})
