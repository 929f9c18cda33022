import { controlledOperation, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  HoldfastConfigError,
  hedge,
  isError,
  keyed,
  pipeline,
  pipelineFrom,
  rateLimit,
  retry,
  standard,
  timeout,
} from './index.ts'
import type { Part, Pipeline } from './index.ts'

const make = (...parts: Part[]): Pipeline => pipeline('p', parts, { clock: new VirtualClock() })

describe('an order that makes no sense is refused with what to write instead', () => {
  const outer = timeout({ name: 'total', durationMs: 1_000 })
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'an attempt timeout longer than the total',
      () => make(outer, timeout({ durationMs: 1_001 })),
      /'timeout' inside allows 1001 ms, more than the 1000 ms of 'total' around it; make the inner one shorter, or swap/,
    ],
    [
      'a retry around another retry',
      () => make(retry(), bulkhead(), retry({ name: 'again' })),
      /'retry' is around another retry, 'again': their attempts multiply; keep one of them/,
    ],
    [
      'a retry around one in a nested pipeline',
      () => make(retry(), make(bulkhead(), make(retry({ name: 'deep' })))),
      /another retry, 'deep'/,
    ],
    [
      'a hedge around another hedge',
      () => make(hedge(), make(hedge({ name: 'again' }))),
      /'hedge' is around another hedge, 'again': their attempts multiply; keep one of them/,
    ],
    [
      'a window shorter than two attempts',
      () => make(circuitBreaker({ window: { type: 'time', durationMs: 1_999 } }), outer),
      /make it at least 2000 ms/,
    ],
    [
      'a queue that waits as long as the timeout around it',
      () => make(outer, bulkhead({ queue: { size: 1, maximumWaitMs: 1_000 } })),
      /'bulkhead' may wait 1000 ms, all of the 1000 ms that 'total' around it allows; make maximumWaitMs shorter/,
    ],
    [
      'a rate limit that waits as long as the timeout around it',
      () => make(outer, rateLimit({ limit: 1, maximumWaitMs: 1_000 })),
      /'rate-limit' may wait 1000 ms, all of the 1000 ms/,
    ],
    [
      'a backoff that takes all of the total',
      () => make(outer, retry({ backoff: { baseMs: 2_000, jitter: 'equal' } })),
      /'retry' waits at least 1000 ms before it tries again, all of the 1000 ms that 'total' around it allows; make backoff.baseMs shorter/,
    ],
    [
      'a backoff that takes all of the retry’s own maximum',
      () => make(retry({ maximumDurationMs: 50, backoff: { baseMs: 50, jitter: 'none' } })),
      /'retry' waits at least 50 ms before it tries again, all of its maximumDurationMs of 50/,
    ],
    [
      'a hedge that comes when the timeout has passed',
      () => make(outer, hedge({ delayMs: 1_000 })),
      /'hedge' waits 1000 ms before it hedges, all of the 1000 ms that 'total' around it allows; make delayMs shorter/,
    ],
    [
      'a retry that never sees an error',
      () => make(retry(), timeout({ durationMs: 10 }), fallback({ value: 1 })),
      /'fallback' answers every error, so 'retry' around it never sees one; put it outside/,
    ],
    [
      'a hedge that never sees an error',
      () => make(hedge(), fallback({ value: 1 })),
      /'fallback' answers every error, so 'hedge' around it/,
    ],
    [
      'a breaker that never sees an error',
      () => make(circuitBreaker(), make(fallback({ value: 1 }))),
      /'fallback' answers every error, so 'circuit-breaker' around it/,
    ],
    [
      'the standard preset with its fallback at the wrong end',
      () => pipelineFrom({ name: 'p', parts: [...standard, { kind: 'fallback', value: [] }] }),
      /'fallback' answers every error, so 'retry' around it/,
    ],
  ]
  it.each(cases)('%s', (_name, build, message) => {
    expect(build).toThrow(HoldfastConfigError)
    expect(build).toThrow(message)
  })
})

describe('what somebody may want is let through', () => {
  const total = timeout({ name: 'total', durationMs: 1_000 })
  const cases: readonly (readonly [string, () => unknown])[] = [
    ['an attempt as long as the total', () => make(total, timeout({ durationMs: 1_000 }))],
    ['an attempt timeout that is off', () => make(total, timeout({ durationMs: 9_000, mode: 'off' }))],
    ['a total in shadow', () => make(timeout({ name: 't', durationMs: 5, mode: 'shadow' }), total)],
    [
      'durations that are functions',
      () => make(timeout({ durationMs: () => 1 }), total, hedge({ delayMs: () => 9e9 })),
    ],
    ['a retry that is switched off', () => make(retry({ attempts: 1 }), retry({ name: 'again' }))],
    ['a retry around one that is off', () => make(retry(), make(retry({ name: 'again', attempts: 1 })))],
    ['retries side by side', () => make(fallback({ run: () => 1 }), retry()) && make(retry())],
    ['a retry around a hedge', () => make(retry(), hedge())],
    ['a hedge around a retry', () => make(hedge(), retry())],
    [
      'a retry for as long as the total lasts',
      () => make(total, retry({ attempts: 1_000, backoff: { baseMs: 10, jitter: 'none' } })),
    ],
    ['a backoff that may be short by chance', () => make(total, retry({ backoff: { baseMs: 5_000 } }))],
    [
      'a retry at once under no time at all',
      () => make(retry({ maximumDurationMs: 0, backoff: { baseMs: 0 } })),
    ],
    ['all attempts at once', () => make(timeout({ durationMs: 0 }), hedge({ delayMs: 0 }))],
    ['a rate limit that waits for nobody', () => make(timeout({ durationMs: 0 }), rateLimit({ limit: 1 }))],
    [
      'a queue that is not enforced',
      () => make(total, bulkhead({ mode: 'shadow', queue: { size: 1, maximumWaitMs: 5_000 } })),
    ],
    ['a queue without a bound', () => make(total, bulkhead({ queue: { size: 1 } }))],
    ['a breaker that is off', () => make(circuitBreaker({ mode: 'off' }), fallback({ value: 1 }))],
    ['a breaker of slow calls', () => make(circuitBreaker({ slowCallMs: 100 }), fallback({ value: 1 }))],
    [
      'a breaker that judges values',
      () => make(circuitBreaker({ isFailure: () => true }), fallback({ value: 1 })),
    ],
    [
      'a breaker with a rule of its own',
      () => make(circuitBreaker({ tripWhen: () => false }), fallback({ value: 1 })),
    ],
    ['a retry that judges values', () => make(retry({ retryWhen: () => false }), fallback({ value: 1 }))],
    ['a fallback for some errors', () => make(retry(), fallback({ value: 1, when: isError }))],
    ['a fallback that may fail', () => make(retry(), circuitBreaker(), fallback({ run: () => 1 }))],
    [
      'endpoints inside a retry',
      () => make(retry(), hedge(), circuitBreaker(), fallback({ endpoints: [{ id: 'a' }] })),
    ],
    ['a fallback around everything', () => make(fallback({ value: 1 }), retry(), circuitBreaker())],
    [
      'a count window',
      () => make(circuitBreaker({ window: { type: 'count' } }), timeout({ durationMs: 9e9 })),
    ],
  ]
  it.each(cases)('%s', (_name, build) => expect(build).not.toThrow())
})

describe('an update', () => {
  it('holds the parts against each other as construction does, and changes nothing when it refuses', () => {
    const service = make(
      timeout({ name: 'total', durationMs: 1_000 }),
      retry({ attempts: 2, backoff: { baseMs: 10, jitter: 'none' } }),
      timeout({ durationMs: 400 }),
      bulkhead({ queue: { size: 1, maximumWaitMs: 100 } }),
    )
    const before = service.describe()
    const refused: readonly (readonly [string, object, RegExp])[] = [
      ['timeout', { durationMs: 1_001 }, /more than the 1000 ms of 'total'/],
      ['total', { durationMs: 399 }, /'timeout' inside allows 400 ms, more than the 399 ms/],
      ['retry', { backoff: { baseMs: 1_000, jitter: 'none' } }, /'retry' waits at least 1000 ms/],
      ['bulkhead', { queue: { size: 1, maximumWaitMs: 400 } }, /'bulkhead' may wait 400 ms/],
      ['bulkhead', { limit: 5, queue: { size: -1 } }, /size must be .*, not -1/],
      ['retry', { name: 'other' }, /'retry' keeps its name/],
      ['retry', null as never, /retry: options must be an object, not null/],
    ]
    for (const [part, options, message] of refused) {
      expect(() => service.update(part, options)).toThrow(HoldfastConfigError)
      expect(() => service.update(part, options)).toThrow(message)
      expect(service.describe()).toEqual(before)
    }
  })

  it('of a mode counts too: a timeout that is switched on must fit', () => {
    const service = make(timeout({ name: 'total', durationMs: 10 }), timeout({ durationMs: 20, mode: 'off' }))
    expect(() => service.update('timeout', { mode: 'enforce' })).toThrow(/more than the 10 ms of 'total'/)
    service.update('timeout', { mode: 'enforce', durationMs: 5 })
    expect(service.part('timeout').describe?.()).toEqual({ durationMs: 5, mode: 'enforce' })
  })

  it('of a switched-off retry around another is refused when it would switch it on', () => {
    const service = make(retry({ attempts: 1 }), retry({ name: 'again' }))
    expect(() => service.update('retry', { attempts: 2 })).toThrow(/their attempts multiply/)
  })

  it('of a nested pipeline is held against those around it, however deep', () => {
    const inner = make(timeout({ durationMs: 50 }))
    const middle = make(bulkhead(), inner)
    const clock = middle.clock
    const outer = pipeline('outermost', [timeout({ name: 'total', durationMs: 100 }), middle], { clock })
    expect(() => inner.update('timeout', { durationMs: 101 })).toThrow(
      /^outermost: 'timeout' inside allows 101 ms, more than the 100 ms of 'total' around it/,
    )
    expect(inner.part('timeout').describe?.()).toMatchObject({ durationMs: 50 })
    inner.update('timeout', { durationMs: 100 })
    expect(() => outer.update('total', { durationMs: 99 })).toThrow(/'timeout' inside allows 100 ms/)
  })

  it('of a pipeline that stands in two others must suit both', () => {
    const inner = make(timeout({ durationMs: 50 }))
    make(timeout({ name: 'wide', durationMs: 1_000 }), inner)
    make(timeout({ name: 'narrow', durationMs: 100 }), inner)
    expect(() => inner.update('timeout', { durationMs: 200 })).toThrow(/the 100 ms of 'narrow'/)
  })

  it('that refuses lets nobody in who waits', async () => {
    const clock = new VirtualClock()
    const permits = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } })
    const service = pipeline('p', [timeout({ durationMs: 100 }), permits], { clock })
    const operation = controlledOperation()
    const both = [service.executeOutcome(operation.run), service.executeOutcome(operation.run)]
    await clock.settle()
    expect(() => service.update('bulkhead', { limit: 2, queue: { size: 1, maximumWaitMs: 100 } })).toThrow(
      HoldfastConfigError,
    )
    await clock.settle()
    expect(permits.statistics()).toMatchObject({ limit: 1, running: 1, waiting: 1 })
    service.update('bulkhead', { limit: 2 })
    await clock.settle()
    expect(permits.statistics()).toMatchObject({ limit: 2, running: 2, waiting: 0 })
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(both)
  })

  it('leaves alone what it does not name or names as undefined', () => {
    const service = make(rateLimit({ limit: 5, burst: 7 }), bulkhead({ limit: 3 }))
    service.update('rate-limit', { intervalMs: 500, limit: undefined })
    service.update('bulkhead', { limit: undefined })
    expect(service.describe().parts).toMatchObject([{ limit: 5, burst: 7, intervalMs: 500 }, { limit: 3 }])
  })

  it('may repeat the name', () => {
    const service = make(bulkhead({ name: 'permits' }))
    service.update('permits', { name: 'permits', limit: 4 })
    expect(service.part('permits').describe?.()).toMatchObject({ limit: 4 })
  })

  it('of a part without options, or of none, says so', () => {
    const service = make({ kind: 'mine', name: 'mine', wrap: (next: unknown) => next } as Part)
    expect(() => service.update('mine', {})).toThrow(/'mine' has no options to update/)
    expect(() => service.update('yours', {})).toThrow(/no part is named 'yours'; there are mine/)
  })

  it('of a custom part without a draft is still validated by the part itself', () => {
    const asked: object[] = []
    const mine = {
      kind: 'mine',
      name: 'mine',
      wrap: (next: unknown) => next,
      configure: (o: object) => asked.push(o),
    }
    make(mine as unknown as Part).update('mine', { a: 1, b: undefined })
    expect(asked).toEqual([{ a: 1 }])
  })

  it('of keyed parts is validated as a whole', () => {
    const service = make(keyed(() => [bulkhead()]))
    expect(() => service.update('keyed', { maximum: 0 })).toThrow(/maximum must be/)
    service.update('keyed', { maximum: 5 })
    expect(service.part('keyed').describe?.()).toMatchObject({ maximum: 5 })
  })
})
