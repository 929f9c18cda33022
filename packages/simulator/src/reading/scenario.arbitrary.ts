import fc from 'fast-check'
import { stepsOf } from './path.ts'
import { withValue } from './set-value.ts'

/** One of everything, so short that it can be played often. */
export const whole: unknown = {
  name: 'whole',
  description: 'One of everything.',
  seed: 7,
  durationMs: 1_500,
  warmUpMs: 100,
  services: {
    shop: {
      replicas: 2,
      workers: 4,
      serviceMs: { kind: 'exponential', meanMs: 10 },
      queue: { order: 'lifo', size: 20, maximumWaitMs: 500 },
      noticesDeparture: true,
      cold: { factor: 3, durationMs: 200 },
      guards: [
        { kind: 'bulkhead', limit: 10 },
        { kind: 'keyed', parts: [{ kind: 'rate-limit', limit: 50 }] },
      ],
      calls: [
        {
          to: 'stock',
          ratio: 0.5,
          optional: true,
          routing: 'round-robin',
          pipeline: [{ kind: 'timeout', durationMs: 100 }],
        },
      ],
    },
    stock: {
      serviceMs: {
        kind: 'mixture',
        of: [
          { ratio: 0.9, ms: 5 },
          { ratio: 0.1, ms: { kind: 'uniform', leastMs: 10, mostMs: 50 } },
        ],
      },
    },
  },
  clients: {
    web: {
      to: 'shop',
      routing: 'key',
      pipeline: [
        { kind: 'retry', attempts: 2 },
        { kind: 'circuit-breaker' },
        { kind: 'endpoints', primary: [{ id: 'shop-1' }], standby: [[{ id: 'shop-2' }]] },
      ],
      instances: 2,
      load: {
        kind: 'open',
        perSecond: [
          { fromMs: 0, perSecond: 20 },
          { fromMs: 500, perSecond: 40, rampMs: 200 },
        ],
        arrivals: 'regular',
      },
      keys: { count: 10, exponent: 1 },
      shared: true,
      patienceMs: 1_000,
      goodWithinMs: 500,
      cache: { ttlMs: 20 },
    },
    worker: {
      to: 'stock',
      load: { kind: 'closed', callers: 2, thinkMs: { kind: 'gamma', meanMs: 50, shape: 2 } },
    },
  },
  network: { delayMs: 1, lossRatio: 0.01 },
  store: { delayMs: { kind: 'pareto', leastMs: 0.5, shape: 3 }, lossRatio: 0 },
  injections: [
    { kind: 'down', id: 'first', target: 'shop-1', fromMs: 200, toMs: 400 },
    { kind: 'hang', target: 'shop-2', fromMs: 300, toMs: 350 },
    { kind: 'slow', target: 'stock', fromMs: 400, factor: 2, addMs: 5 },
    { kind: 'errors', target: 'stock', fromMs: 500, ratio: 0.5, serviceMs: 1 },
    { kind: 'capacity', target: 'shop', fromMs: 600, toMs: 700, workers: 1 },
    {
      kind: 'partition',
      client: 'web-1',
      target: 'shop',
      fromMs: 700,
      toMs: 900,
      flapping: { onMs: 20, offMs: 30 },
    },
    { kind: 'network', client: 'shop', target: 'stock', fromMs: 800, delayMs: 3, lossRatio: 0.1 },
    { kind: 'sick', client: 'web-2', fromMs: 900, ratio: 1 },
    { kind: 'load', client: 'web', fromMs: 1_000, toMs: 1_100, times: 3 },
    { kind: 'hot-key', client: 'web', key: 'key-3', fromMs: 1_000, times: 10 },
    { kind: 'cache-flush', client: 'web', fromMs: 1_200 },
    { kind: 'store-down', fromMs: 1_200, toMs: 1_300 },
    { kind: 'store-slow', fromMs: 1_300, addMs: 5 },
    { kind: 'store-flush', fromMs: 1_400 },
  ],
}

/** Every place in it, as a path. */
function pathsIn(value: unknown, path: string = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([member, inner]) => {
    const text = Array.isArray(value) ? `${path}[${member}]` : path === '' ? member : `${path}.${member}`
    return [text, ...pathsIn(inner, text)]
  })
}

const places = pathsIn(whole).filter((path) => stepsOf(path) !== undefined)
/** Where something is named that must be there. */
const references = places.filter((path) => /\.(?:to|target|client)$/.test(path))
const oddMembers = ['odd', 'one\ntwo', 'kind', 'pipeline', 'toString', '__proto__']

const anything = fc.constantFrom<unknown>(
  ...[undefined, null, true, -1, 0, 1, 1.5, 2, 400, Number.NaN, Infinity, '', 'one\ntwo', 'web', 'shop'],
  ...['shop-1', 'stock', 'key-1', 'standard', 'down', 'closed', 'toString', [], [1], {}, { kind: 'open' }],
  ...[{ kind: 'exponential', meanMs: 1 }, [{ kind: 'timeout', durationMs: 50 }], { fromMs: 1 }],
)

/** The whole scenario with something else in some places, which mostly makes no sense. */
export const odd: fc.Arbitrary<unknown> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(...places),
        fc.constantFrom(...references),
        fc.tuple(fc.constantFrom(...places), fc.constantFrom(...oddMembers)).map((path) => path.join('.')),
      ),
      anything,
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((changes) =>
    changes.reduce<unknown>((changed, [path, value]) => changedAt(changed, path, value), whole),
  )

function changedAt(given: unknown, path: string, value: unknown): unknown {
  try {
    return withValue(given, path, value)
  } catch {
    return given
  }
}
