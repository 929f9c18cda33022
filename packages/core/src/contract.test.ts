import { controlledOperation, EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  keyed,
  pipeline,
  rateLimit,
  retry,
  retryBudget,
  timeout,
} from './index.ts'
import type { Call, Guard, Part, Pipeline, Policy } from './index.ts'

let clock: VirtualClock
let made: Pipeline[]

beforeEach(() => {
  clock = new VirtualClock()
  made = []
})

afterEach(() => {
  expect(leftovers(clock, ...made)).toEqual([])
})

const make = (...parts: Part[]): Pipeline => {
  const guarded = pipeline('test', parts, { clock, random: () => 0.5 })
  made.push(guarded)
  return guarded
}
const boom = new Error('boom')

describe('two kinds of part', () => {
  it('whatever admits is a guard and whatever wraps is a policy, a pipeline too', async () => {
    const guard: Guard = { kind: 'mine', name: 'mine', admit: () => 0 }
    const twice: Policy = {
      kind: 'twice',
      name: 'twice',
      wrap: (next) => async (call) => [await next(call.branch()), await next(call.branch())],
    }
    let runs = 0
    expect(await make(guard, twice, make(guard)).execute(() => ++runs)).toEqual([1, 2])
  })

  it('the parts that only admit are guards, and pipelines of them alone admit, of pipelines of such too', () => {
    const guards = [circuitBreaker(), bulkhead(), rateLimit({ limit: 1 }), timeout({ durationMs: 1 })]
    const admission = make(
      make(...guards),
      keyed(() => [bulkhead()]),
    ).admit()
    expect(admission).toMatchObject({ admitted: true })
    if (!(admission instanceof Promise) && admission.admitted) admission.settle({ value: 1 })
    for (const policy of [retry(), hedge(), fallback({ value: 1 }), make(retry())])
      expect(() => make(policy).admit()).toThrow(/guards alone/)
  })
})

describe('a layer of guards', () => {
  it('reads the clock as often for many guards as for one', async () => {
    const readings = async (...parts: Part[]) => {
      const own = new VirtualClock()
      const guarded = pipeline('test', parts, { clock: own })
      await guarded.execute(async () => 'all that is made for the first call is made')
      let count = 0
      const now = own.now.bind(own)
      own.now = () => (count++, now())
      await guarded.execute(async () => 1)
      return count
    }
    const many = [rateLimit({ limit: 9 }), circuitBreaker(), timeout({ durationMs: 9 }), bulkhead()]
    expect(await readings(...many)).toBe(await readings(timeout({ durationMs: 9 })))
  })

  it('goes on with the next guard when a wait has ended', async () => {
    const order: string[] = []
    const noting = (name: string): Guard => ({ kind: 'note', name, admit: () => (order.push(name), 0) })
    const guarded = make(
      noting('outer'),
      rateLimit({ limit: 1, intervalMs: 100, maximumWaitMs: 100 }),
      noting('inner'),
    )
    await guarded.execute(() => order.push('first'))
    const second = guarded.execute(() => order.push('second'))
    expect(order).toEqual(['outer', 'inner', 'first', 'outer'])
    await clock.advance(100)
    await second
    expect(order).toEqual(['outer', 'inner', 'first', 'outer', 'inner', 'second'])
  })

  it('lets a wait be aborted, and whoever is behind move up', async () => {
    const guarded = make(bulkhead({ limit: 1, queue: { size: 2 } }))
    const operation = controlledOperation()
    const caller = new AbortController()
    const first = guarded.executeOutcome(operation.run)
    const leaving = guarded.executeOutcome(operation.run, { signal: caller.signal })
    const behind = guarded.executeOutcome(() => 'behind')
    caller.abort('left')
    expect(await leaving).toEqual({ error: 'left' })
    operation.last.resolve('first')
    expect([await first, await behind]).toEqual([{ value: 'first' }, { value: 'behind' }])
    expect(leftovers(clock, caller.signal)).toEqual([])
  })

  it.each([
    ['the outer timeout', { outer: 10, inner: 20, own: 30 }, 'outer'],
    ['the inner timeout', { outer: 20, inner: 10, own: 30 }, 'inner'],
    ['the call’s own deadline', { outer: 30, inner: 20, own: 10 }, 'test'],
  ])('enforces the tightest deadline: %s', async (_whose, { outer, inner, own }, policy) => {
    const limits = [
      timeout({ name: 'outer', durationMs: () => outer }),
      timeout({ name: 'inner', durationMs: () => inner }),
    ]
    const operation = controlledOperation({ honoursAbort: true })
    const result = make(...limits).executeOutcome(operation.run, { deadline: own })
    expect(operation.last.call.deadline).toBe(10)
    await clock.advance(10)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT', policy } })
  })

  it('gives back permit, token and probe of what was refused before the operation began', async () => {
    const rate = rateLimit({ limit: 2, intervalMs: 1_000 })
    const permits = bulkhead({ limit: 1 })
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 10, probes: 1, probeSuccesses: 1 })
    const full = bulkhead({ name: 'full', limit: 0 })
    const guarded = make(rate, permits, breaker, full)
    await make(breaker).executeOutcome(() => Promise.reject(boom))
    await clock.advance(11)
    expect(await guarded.executeOutcome(() => 1)).toMatchObject({ error: { policy: 'full' } })
    expect(rate.statistics().available).toBe(2)
    expect(permits.statistics().running).toBe(0)
    guarded.update('full', { limit: 1 })
    expect(await guarded.executeOutcome(() => 1)).toEqual({ value: 1 })
    expect(breaker.statistics().state).toBe('closed')
  })
})

describe('a hedge', () => {
  it('is no failure when it loses, and slow past the threshold', async () => {
    const breaker = circuitBreaker({ slowCallMs: 50, minimumCalls: 100 })
    const guarded = make(hedge({ delayMs: 60 }), breaker)
    const operation = controlledOperation({ honoursAbort: true })
    const result = guarded.execute(operation.run)
    await clock.advance(60)
    operation.last.resolve('hedge')
    expect(await result).toBe('hedge')
    expect(breaker.statistics()).toMatchObject({ failures: 0, slow: 1 })
  })

  it.each<[string, () => Part[]]>([
    ['a guard', () => [hedge({ delayMs: 10 }), bulkhead({ limit: 1 })]],
    ['the budget', () => [hedge({ delayMs: 10, budget: retryBudget({ inFlightMinimum: 0 }) })]],
  ])('refused by %s does not end the call while another attempt runs', async (_whom, parts) => {
    const guarded = make(...parts())
    const operation = controlledOperation()
    const result = guarded.execute(operation.run)
    await clock.advance(100)
    expect(operation.runs).toHaveLength(1)
    operation.last.resolve('first')
    expect(await result).toBe('first')
  })
})

describe('a call', () => {
  it('carries what was said of it, and what its pipeline has', async () => {
    const seen: Partial<Call>[] = []
    const random = () => 0.25
    const guarded = pipeline(
      'test',
      [fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] }), retry({ attempts: 1 })],
      {
        clock,
        random,
      },
    )
    const metadata = { tenant: 7 }
    await guarded.executeOutcome(
      ({ key, endpoint, attempt, deadline, metadata: own, clock: time, random: chance }) => {
        seen.push({ key, endpoint, attempt, deadline, metadata: own, clock: time, random: chance })
        throw boom
      },
      { key: 'k', deadline: 50, metadata },
    )
    const common = { key: 'k', attempt: 1, deadline: 50, metadata, clock, random }
    expect(seen).toEqual([
      { ...common, endpoint: { id: 'a' } },
      { ...common, endpoint: { id: 'b' } },
    ])
  })

  it('is told as one expects: execute rejects, executeOutcome never does', async () => {
    const guarded = make(bulkhead())
    const failing = () => Promise.reject(boom)
    await expect(guarded.execute(failing)).rejects.toBe(boom)
    await expect(guarded.executeOutcome(failing)).resolves.toEqual({ error: boom })
  })
})

describe('configuration', () => {
  it('a part is named after its kind unless told otherwise, and describes its limits', () => {
    const parts = [
      retry(),
      hedge(),
      fallback({ value: 1 }),
      circuitBreaker(),
      bulkhead(),
      rateLimit({ limit: 5 }),
      timeout({ durationMs: 50 }),
    ]
    for (const part of parts) expect(part.name).toBe(part.kind)
    expect(bulkhead({ name: 'mine' })).toMatchObject({ kind: 'bulkhead', name: 'mine' })
    expect(make(bulkhead({ limit: 3 }), timeout({ durationMs: 50 })).describe()).toMatchObject({
      name: 'test',
      parts: [
        { kind: 'bulkhead', name: 'bulkhead', limit: 3 },
        { kind: 'timeout', name: 'timeout', durationMs: 50 },
      ],
    })
  })

  it('a call that waits keeps the options that it came with', async () => {
    const guarded = make(bulkhead({ limit: 1, queue: { size: 2, maximumWaitMs: 100 } }))
    const operation = controlledOperation()
    const first = guarded.executeOutcome(operation.run)
    const waiting = guarded.executeOutcome(() => 'waited')
    guarded.update('bulkhead', { queue: { size: 2, maximumWaitMs: 10 } })
    const later = guarded.executeOutcome(() => 'too late')
    await clock.advance(50)
    expect(await later).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    operation.last.resolve('first')
    expect([await first, await waiting]).toEqual([{ value: 'first' }, { value: 'waited' }])
  })
})

describe('parts of each key', () => {
  it('are shared by further keys when all are in use, which is reported', async () => {
    const guarded = make(keyed(() => [bulkhead({ limit: 1 })], { maximum: 1 }))
    const log = new EventLog(guarded)
    const operation = controlledOperation()
    const calls = ['a', 'b', 'c'].map((key) => guarded.executeOutcome(operation.run, { key }))
    expect(operation.runs.map(({ call }) => call.key)).toEqual(['a', 'b'])
    expect(log.of('keyed.overflow').map(({ key }) => key)).toEqual(['b', 'c'])
    for (const run of operation.runs) run.resolve(1)
    expect(await calls[2]).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    await Promise.all(calls)
  })

  it('take options for all keys, those to come included', async () => {
    const perKey = keyed(() => [bulkhead({ limit: 1 })])
    const guarded = make(perKey)
    await guarded.execute(() => 1, { key: 'a' })
    perKey.updatePart('bulkhead', { limit: 0 })
    for (const key of ['a', 'b'])
      expect(await guarded.executeOutcome(() => 1, { key })).toMatchObject({
        error: { code: 'ERR_BULKHEAD_FULL' },
      })
  })
})
