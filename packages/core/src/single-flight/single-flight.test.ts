import { controlledOperation, EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  CircuitOpenError,
  endpoints,
  fallback,
  hedge,
  isError,
  keyed,
  pipeline,
  pipelineFrom,
  rateLimit,
  retry,
  singleFlight,
  timeout,
} from '../index.ts'
import type { Call, Outcome, Part, Pipeline } from '../index.ts'

let clock: VirtualClock
const made: Pipeline[] = []

beforeEach(() => {
  clock = new VirtualClock({ now: 1_000 })
  made.length = 0
})

afterEach(() => {
  for (const each of made) expect(leftovers(clock, each)).toEqual([])
})

const make = (...parts: Part[]): Pipeline => {
  const service = pipeline('catalogue', parts, { clock, random: () => 0.5 })
  made.push(service)
  return service
}

const boom = new Error('boom')
const codeOf = (outcome: Outcome): unknown =>
  isError(outcome) ? (outcome.error as { code?: string }).code : outcome

describe('a single flight', () => {
  it('runs once for all who ask at the same time', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const asked = [1, 2, 3].map(() => service.execute(operation.run, { key: 'sku-1' }))
    expect(operation.runs).toHaveLength(1)
    const answer = { stock: 5 }
    operation.last.resolve(answer)
    for (const each of await Promise.all(asked)) expect(each).toBe(answer)
  })

  it('gives all of them the same error', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const asked = [1, 2].map(() => service.executeOutcome(operation.run, { key: 'sku-1' }))
    operation.last.reject(boom)
    expect(await Promise.all(asked)).toEqual([{ error: boom }, { error: boom }])
  })

  it('runs anew for who asks when it has ended', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const first = service.execute(operation.run, { key: 'sku-1' })
    operation.last.resolve(1)
    await first
    const second = service.execute(operation.run, { key: 'sku-1' })
    operation.last.resolve(2)
    expect(await second).toBe(2)
  })

  it('runs for each key of its own, and for every call without one', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation({ honoursAbort: true })
    const asked = ['a', 'b', undefined, undefined].map((key) => service.execute(operation.run, { key }))
    expect(operation.runs.map(({ call }) => call.key)).toEqual(['a', 'b', undefined, undefined])
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(asked)
  })

  it('takes those calls for alike of which by says the same', async () => {
    const service = make(singleFlight({ by: ({ metadata }) => metadata['sku'] as string | undefined }))
    const operation = controlledOperation()
    const asked = ['x', 'x', 'y', undefined].map((sku, index) =>
      service.execute(operation.run, { key: `${index}`, metadata: { sku } }),
    )
    expect(operation.runs.map(({ call }) => call.key)).toEqual(['0', '2', '3'])
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(asked)
  })

  it('lets a call pass for which by throws, and reports it', async () => {
    const broken = (): string => {
      throw boom
    }
    const service = make(singleFlight({ by: broken }))
    const log = new EventLog(service)
    expect(await service.execute(() => 'passed', { key: 'sku-1' })).toBe('passed')
    expect(log.events).toMatchObject([{ type: 'hook.failed', hook: 'by', error: boom }])
  })

  it('reports who joins, and how many wait', async () => {
    const service = make(singleFlight())
    const log = new EventLog(service)
    const operation = controlledOperation()
    const asked = [1, 2, 3].map(() => service.execute(operation.run, { key: 'sku-1' }))
    expect(log.events).toMatchObject([
      { type: 'single-flight.joined', policy: 'single-flight', waiting: 2, key: 'sku-1' },
      { type: 'single-flight.joined', policy: 'single-flight', waiting: 3, key: 'sku-1' },
    ])
    operation.last.resolve(1)
    await Promise.all(asked)
  })

  it('tells what runs and who waits', async () => {
    const flight = singleFlight({ stale: { maximumAgeMs: 100 } })
    const service = make(flight)
    const operation = controlledOperation()
    const asked = ['a', 'a', 'b'].map((key) => service.execute(operation.run, { key }))
    expect(flight.statistics()).toEqual({ running: 2, waiting: 3, kept: 0 })
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(asked)
    expect(flight.statistics()).toEqual({ running: 0, waiting: 0, kept: 2 })
    await clock.advance(101)
  })

  it('is made from plain data', async () => {
    const service = pipelineFrom(
      { name: 'catalogue', parts: [{ kind: 'single-flight', stale: { maximumAgeMs: 100 } }] },
      { clock },
    )
    await service.execute(() => 'good', { key: 'sku-1' })
    expect(await service.execute(() => Promise.reject(boom), { key: 'sku-1' })).toBe('good')
  })
})

describe('who leaves a single flight', () => {
  it('leaves alone, be it the first', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const caller = new AbortController()
    const first = service.executeOutcome(operation.run, { key: 'a', signal: caller.signal })
    const second = service.execute(operation.run, { key: 'a' })
    caller.abort('left')
    expect(await first).toEqual({ error: 'left' })
    expect(operation.last.call.signal.aborted).toBe(false)
    operation.last.resolve('answer')
    expect(await second).toBe('answer')
  })

  it('ends the run if it is the last, and who comes then has a run of its own', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const callers = [new AbortController(), new AbortController()]
    const asked = callers.map(({ signal }) => service.executeOutcome(operation.run, { key: 'a', signal }))
    callers[1]?.abort('one')
    expect(operation.last.call.cancelled).toBe(false)
    callers[0]?.abort('two')
    expect(operation.last.call.signal.reason).toBe('two')
    expect(await Promise.all(asked)).toEqual([{ error: 'two' }, { error: 'one' }])

    const next = service.execute(operation.run, { key: 'a' })
    expect(operation.runs).toHaveLength(2)
    operation.runs[0]?.resolve('too late')
    operation.last.resolve('new')
    expect(await next).toBe('new')
  })

  it('leaves at its own deadline', async () => {
    const service = make(timeout({ durationMs: 100 }), singleFlight())
    const operation = controlledOperation()
    const first = service.executeOutcome(operation.run, { key: 'a' })
    expect(operation.last.call.deadline).toBe(1_100)
    await clock.advance(60)
    const second = service.executeOutcome(operation.run, { key: 'a' })
    expect(operation.last.call.deadline).toBe(1_160)
    await clock.advance(60)
    expect(codeOf(await first)).toBe('ERR_TIMEOUT')
    operation.last.resolve('in time for the second')
    expect(await second).toEqual({ value: 'in time for the second' })
  })

  it('leaves a retry inside as much time as the last of them has', async () => {
    const service = make(singleFlight(), retry({ backoff: { type: 'constant', baseMs: 80, jitter: 'none' } }))
    const operation = controlledOperation()
    const first = service.executeOutcome(operation.run, { key: 'a', deadline: 1_050 })
    const second = service.execute(operation.run, { key: 'a', deadline: 1_200 })
    operation.last.reject(boom)
    await clock.advance(80)
    operation.last.resolve('the second time')
    expect(codeOf(await first)).toBe('ERR_TIMEOUT')
    expect(await second).toBe('the second time')
  })

  it('has left before it came', async () => {
    const service = make(singleFlight())
    const operation = controlledOperation()
    const outcome = await service.executeOutcome(operation.run, { key: 'a', signal: AbortSignal.abort('no') })
    expect(outcome).toEqual({ error: 'no' })
    expect(operation.runs).toEqual([])
  })
})

describe('what stands outside a single flight', () => {
  it('counts for each call what the shared run did', async () => {
    const breaker = circuitBreaker()
    const service = make(breaker, singleFlight())
    const operation = controlledOperation()
    const asked = [1, 2, 3].map(() => service.executeOutcome(operation.run, { key: 'a' }))
    operation.last.reject(boom)
    await Promise.all(asked)
    expect(breaker.statistics()).toMatchObject({ calls: 3, failures: 3 })
    const more = [1, 2].map(() => service.executeOutcome(operation.run, { key: 'a' }))
    operation.last.resolve(1)
    await Promise.all(more)
    expect(breaker.statistics()).toMatchObject({ calls: 5, failures: 3 })
    await clock.advance(20_000)
  })

  it('blames nobody for a refusal further in', async () => {
    const breaker = circuitBreaker()
    const full = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 50 } })
    const service = make(breaker, singleFlight(), full)
    const operation = controlledOperation()
    const busy = service.execute(operation.run, { key: 'busy' })
    const asked = [1, 2].map(() => service.executeOutcome(operation.run, { key: 'a' }))
    await clock.advance(50)
    expect((await Promise.all(asked)).map(codeOf)).toEqual(['ERR_BULKHEAD_FULL', 'ERR_BULKHEAD_FULL'])
    operation.last.resolve(1)
    await busy
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    await clock.advance(20_000)
  })

  it('blames nobody for a refusal of a later attempt either', async () => {
    const breaker = circuitBreaker()
    const again = retry({ attempts: 2, backoff: { baseMs: 0 } })
    const service = make(breaker, singleFlight(), again, rateLimit({ limit: 1, intervalMs: 10_000 }))
    const operation = controlledOperation()
    const asked = [1, 2].map(() => service.executeOutcome(operation.run, { key: 'a' }))
    operation.last.reject(boom)
    expect((await Promise.all(asked)).map(codeOf)).toEqual(['ERR_RATE_LIMITED', 'ERR_RATE_LIMITED'])
    expect(breaker.statistics()).toMatchObject({ calls: 0, failures: 0 })
    await clock.advance(20_000)
  })

  it('counts the failure for those too who came before the operation began', async () => {
    const breaker = circuitBreaker()
    const places = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 50 } })
    const service = make(breaker, singleFlight(), places)
    const operation = controlledOperation()
    const busy = service.execute(operation.run, { key: 'busy' })
    const asked = [1, 2].map(() => service.executeOutcome(operation.run, { key: 'a' }))
    operation.last.resolve(1)
    await busy
    operation.last.reject(boom)
    await Promise.all(asked)
    expect(breaker.statistics()).toMatchObject({ calls: 3, failures: 2 })
    await clock.advance(20_000)
  })

  it('holds the first call’s permit while its operation runs for others', async () => {
    const places = bulkhead({ limit: 2 })
    const service = make(places, singleFlight())
    const operation = controlledOperation()
    const callers = [new AbortController(), new AbortController()]
    const asked = callers.map(({ signal }) => service.executeOutcome(operation.run, { key: 'a', signal }))
    callers[0]?.abort('left')
    await clock.settle()
    expect(places.statistics()).toMatchObject({ running: 2, abandoned: 1 })
    callers[1]?.abort('left')
    await clock.settle()
    expect(places.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    operation.last.resolve(1)
    await Promise.all(asked)
    expect(places.statistics()).toMatchObject({ running: 0, abandoned: 0 })
  })

  it('a retry: each call’s next attempt goes where the shared one was not', async () => {
    const again = retry({ attempts: 2, backoff: { baseMs: 0 }, budget: false })
    const service = make(again, singleFlight(), endpoints({ primary: [{ id: 'a' }, { id: 'b' }] }))
    const operation = controlledOperation()
    const asked = [1, 2].map(() => service.execute(operation.run, { key: 'sku-1' }))
    operation.last.reject(boom)
    await clock.settle()
    expect(operation.runs).toHaveLength(2)
    operation.last.resolve('there')
    expect(await Promise.all(asked)).toEqual(['there', 'there'])
    const [first, second] = operation.runs.map(({ call }) => call.endpoint?.id)
    expect(new Set([first, second])).toEqual(new Set(['a', 'b']))
    await clock.advance(60_000)
  })

  it('a list of endpoints: no run is shared with another endpoint’s', async () => {
    const list = fallback({ endpoints: [{ id: 'primary' }, { id: 'standby' }] })
    const service = make(list, singleFlight({ stale: { maximumAgeMs: 100 } }))
    const at = (call: Call): string => {
      if (call.endpoint?.id === 'primary') throw boom
      return 'standby'
    }
    expect(await service.execute(at, { key: 'a' })).toBe('standby')
    expect(await service.execute(({ endpoint }) => endpoint?.id, { key: 'a' })).toBe('primary')
    expect(await service.execute(at, { key: 'a' })).toBe('primary')
    await clock.advance(101)
  })

  it('parts for each key: they are kept while a value is', async () => {
    const each = keyed(() => [singleFlight({ stale: { maximumAgeMs: 100 } })], { idleMs: 10 })
    const service = make(each)
    await service.execute(() => 'good', { key: 'a' })
    await clock.advance(50)
    await service.execute(() => 1, { key: 'b' })
    expect(each.size).toBe(2)
    await clock.advance(51)
    await service.execute(() => 1, { key: 'b' })
    expect(each.size).toBe(1)
    await clock.advance(101)
  })
})

describe('a stale value', () => {
  const fail = () => Promise.reject(boom)

  it('takes the place of an error while it is not too old', async () => {
    const service = make(singleFlight({ stale: { maximumAgeMs: 100 } }))
    await service.execute(() => 'good', { key: 'a' })
    await clock.advance(100)
    expect(await service.execute(fail, { key: 'a' })).toBe('good')
    expect(await service.executeOutcome(fail, { key: 'b' })).toEqual({ error: boom })
    await clock.advance(1)
    expect(await service.executeOutcome(fail, { key: 'a' })).toEqual({ error: boom })
  })

  it('is as old as the run that brought it', async () => {
    const service = make(singleFlight({ stale: { maximumAgeMs: 100 } }))
    const operation = controlledOperation()
    const slow = service.execute(operation.run, { key: 'a' })
    await clock.advance(90)
    operation.last.resolve('good')
    await slow
    await clock.advance(10)
    expect(await service.execute(fail, { key: 'a' })).toBe('good')
    await clock.advance(1)
    expect(await service.executeOutcome(fail, { key: 'a' })).toEqual({ error: boom })
  })

  it('may be nothing at all', async () => {
    const service = make(singleFlight({ stale: { maximumAgeMs: 100 } }))
    await service.execute(() => undefined, { key: 'a' })
    expect(await service.executeOutcome(fail, { key: 'a' })).toEqual({ value: undefined })
    await clock.advance(101)
  })

  it('is reported to each who gets it, with its age and the error', async () => {
    const service = make(singleFlight({ stale: { maximumAgeMs: 100 } }))
    await service.execute(() => 'good', { key: 'a' })
    await clock.advance(40)
    const log = new EventLog(service)
    await Promise.all([1, 2].map(() => service.execute(fail, { key: 'a' })))
    const event = { type: 'single-flight.stale', ageMs: 40, outcome: { error: boom }, key: 'a' }
    expect(log.of('single-flight.stale')).toMatchObject([event, event])
    await clock.advance(101)
  })

  it('is given while the circuit inside is open', async () => {
    const breaker = circuitBreaker()
    const service = make(singleFlight({ stale: { maximumAgeMs: 60_000 } }), breaker)
    await service.execute(() => 'good', { key: 'a' })
    breaker.override('open', { reason: 'test', forMs: 1_000 })
    expect(await service.execute(() => 'not asked', { key: 'a' })).toBe('good')
    const unknown = await service.executeOutcome(() => 'not asked', { key: 'b' })
    expect(isError(unknown) && unknown.error).toBeInstanceOf(CircuitOpenError)
    await clock.advance(60_001)
  })

  it('is not for who leaves', async () => {
    const service = make(singleFlight({ stale: { maximumAgeMs: 1_000 } }))
    await service.execute(() => 'good', { key: 'a' })
    const log = new EventLog(service)
    const operation = controlledOperation({ honoursAbort: true })
    const caller = new AbortController()
    const asked = service.executeOutcome(operation.run, { key: 'a', signal: caller.signal })
    caller.abort('left')
    expect(await asked).toEqual({ error: 'left' })
    expect(log.types).toEqual([])
    await clock.advance(1_001)
  })

  it('is kept of the keys that were last used', async () => {
    const flight = singleFlight({ stale: { maximumAgeMs: 1_000, maximumKeys: 2 } })
    const service = make(flight)
    for (const key of ['a', 'b']) await service.execute(() => key, { key })
    expect(await service.execute(fail, { key: 'a' })).toBe('a')
    await service.execute(() => 'c', { key: 'c' })
    expect(flight.statistics().kept).toBe(2)
    expect(await service.execute(fail, { key: 'a' })).toBe('a')
    expect(await service.executeOutcome(fail, { key: 'b' })).toEqual({ error: boom })
    await clock.advance(1_001)
  })

  it('is forgotten where options no longer allow it', async () => {
    const flight = singleFlight({ stale: { maximumAgeMs: 1_000 } })
    const service = make(flight)
    for (const key of ['a', 'b', 'c']) await service.execute(() => key, { key })
    service.update('single-flight', { stale: { maximumAgeMs: 1_000, maximumKeys: 1 } })
    expect(flight.statistics().kept).toBe(1)
    expect(await service.execute(fail, { key: 'c' })).toBe('c')
    service.update('single-flight', { stale: false })
    expect(flight.statistics().kept).toBe(0)
    expect(await service.executeOutcome(fail, { key: 'c' })).toEqual({ error: boom })
    expect(service.describe().parts).toMatchObject([{ kind: 'single-flight', stale: false }])
  })
})

describe('a single flight is refused', () => {
  const flight = singleFlight()
  const giving = singleFlight({ stale: { maximumAgeMs: 1 } })

  it.each([
    ['inside a hedge', [hedge(), flight], "'hedge' is around 'single-flight'"],
    ['inside endpoints', [endpoints({ primary: [] }), flight], "'endpoints' is around 'single-flight'"],
    ['inside a breaker if it gives stale values', [circuitBreaker(), giving], 'takes a stale value for'],
    ['around what answers every error if it gives stale values', [giving, fallback({ value: 1 })], 'every'],
  ] as const)('%s', (_where, parts, message) => {
    expect(() => pipeline('catalogue', parts)).toThrow(message)
  })
})
