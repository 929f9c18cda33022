import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  HoldfastConfigError,
  keyed,
  pipeline,
  rateLimit,
  retry,
  timeout,
  wheelOf,
} from './index.ts'
import type { Admitted, Bulkhead, CircuitBreaker, Keyed, Part, Pipeline } from './index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const serve = (part: Keyed): Pipeline => pipeline('service', [part], { clock, random: () => 0.5 })
const fail = () => Promise.reject(new Error('down'))

function partOf(tenants: Keyed, key: string, kind: string): Part {
  const part = tenants.of(key)?.find((each) => each.kind === kind)
  if (part === undefined) throw new Error(`'${key}' has no ${kind}`)
  return part
}

// A kind says which part it is.
const bulkheadOf = (tenants: Keyed, key: string): Bulkhead => partOf(tenants, key, 'bulkhead') as Bulkhead
const breakerOf = (tenants: Keyed, key: string): CircuitBreaker =>
  partOf(tenants, key, 'circuit-breaker') as CircuitBreaker
const limitOf = (tenants: Keyed, key: string): number => bulkheadOf(tenants, key).statistics().limit
const codeOf = (outcome: object): unknown =>
  'error' in outcome ? (outcome.error as { code?: string }).code : outcome

describe('keyed', () => {
  it('gives each key parts of its own, made when it first appears', async () => {
    const made: string[] = []
    const tenants = keyed((key) => {
      made.push(key)
      return [bulkhead({ limit: 1 })]
    })
    const service = serve(tenants)
    expect([tenants.size, made]).toEqual([0, []])
    const operation = controlledOperation()
    const held = service.execute(operation.run, { key: 'a' })
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'a' }))).toBe('ERR_BULKHEAD_FULL')
    expect(await service.execute(() => 'free', { key: 'b' })).toBe('free')
    expect([tenants.size, made]).toEqual([2, ['a', 'b']])
    operation.last.resolve(1)
    await held
  })

  it('calls without a key share one set, which no key has', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    const service = serve(tenants)
    const operation = controlledOperation()
    const held = service.execute(operation.run)
    expect(codeOf(await service.executeOutcome(() => 1))).toBe('ERR_BULKHEAD_FULL')
    expect(await service.execute(() => 'free', { key: '' })).toBe('free')
    expect(tenants.size).toBe(1)
    operation.last.resolve(1)
    await held
  })

  it('of gives the parts of a key, and makes none', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 3 })])
    const service = serve(tenants)
    expect(tenants.of('a')).toBeUndefined()
    await service.execute(() => 1, { key: 'a' })
    expect(tenants.of('a')).toMatchObject([{ kind: 'bulkhead' }])
    expect(tenants.size).toBe(1)
  })

  it('may give some keys other parts, or none', async () => {
    const tenants = keyed((key) => (key === 'trusted' ? [] : [bulkhead({ limit: 0 })]))
    const service = serve(tenants)
    expect(await service.execute(() => 1, { key: 'trusted' })).toBe(1)
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'other' }))).toBe('ERR_BULKHEAD_FULL')
  })

  it('runs what is inside it and stands inside what is outside it', async () => {
    const order: string[] = []
    const trace = (name: string): Part =>
      ({
        kind: 'trace',
        name,
        wrap: (next: (call: unknown) => unknown) => (call: unknown) => {
          order.push(name)
          return next(call)
        },
      }) as Part
    const parts = [trace('outer'), keyed(() => [trace('of the key')]), trace('inner')]
    await pipeline('service', parts, { clock }).execute(() => order.push('operation'), { key: 'a' })
    expect(order).toEqual(['outer', 'of the key', 'inner', 'operation'])
  })

  it('works with retries around it and inside it: each attempt finds the same parts', async () => {
    const tenants = keyed(() => [circuitBreaker({ consecutiveFailures: 2 })])
    const service = pipeline(
      'service',
      [retry({ attempts: 3, backoff: { baseMs: 0 }, delayFrom: () => 0 }), tenants],
      { clock, random: () => 0.5 },
    )
    expect(codeOf(await service.executeOutcome(fail, { key: 'a' }))).toBe('ERR_CIRCUIT_OPEN')
    const inside = serve(keyed(() => [retry({ attempts: 2, backoff: { baseMs: 0 } })]))
    expect(await inside.execute((call) => (call.attempt === 1 ? fail() : call.key), { key: 'b' })).toBe('b')
  })

  it('events of its parts name the key', async () => {
    const service = serve(keyed(() => [bulkhead({ limit: 0 })]))
    const log = new EventLog(service)
    await service.executeOutcome(() => 1, { key: 'a' })
    expect(log.events).toMatchObject([{ type: 'bulkhead.rejected', key: 'a' }])
  })

  it.each(oddOperations)('D16: works with an operation that %s', async (_name, operation, expected) => {
    const service = serve(keyed(() => [bulkhead()]))
    expect(await service.executeOutcome(operation, { key: 'a' })).toEqual(expected)
  })

  it('D12: a function that throws rejects that call alone, and is asked again', async () => {
    let asked = 0
    const tenants = keyed(() => {
      if (++asked === 1) throw new Error('not yet')
      return [bulkhead()]
    })
    const service = serve(tenants)
    expect(await service.executeOutcome(() => 1, { key: 'a' })).toEqual({ error: new Error('not yet') })
    expect(tenants.size).toBe(0)
    expect(await service.execute(() => 1, { key: 'a' })).toBe(1)
  })

  it.each([
    ['no array', () => bulkhead(), /parts must be an array of parts, not an object/],
    ['something else among them', () => [bulkhead(), 5], /every part must be a guard or a policy, not 5/],
    ['two of one name', () => [bulkhead(), bulkhead()], /two parts are named 'bulkhead'/],
    ['a senseless order', () => [retry(), retry({ name: 'again' })], /their attempts multiply/],
  ])('a function that makes %s rejects the call, and nothing runs', async (_name, parts, message) => {
    // What a function without types may answer.
    const service = serve(keyed(parts as () => readonly Part[]))
    const operation = controlledOperation()
    const call = service.execute(operation.run, { key: 'a' })
    await expect(call).rejects.toThrow(HoldfastConfigError)
    await expect(call).rejects.toThrow(message)
    expect(operation.runs).toHaveLength(0)
  })

  it('stands in one pipeline only', () => {
    const tenants = keyed(() => [bulkhead()])
    serve(tenants)
    expect(() => serve(tenants)).toThrow(HoldfastConfigError)
  })

  it('D9: a call that is cancelled in a queue of its key leaves it', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1, queue: { size: 1 } })])
    const service = serve(tenants)
    const operation = controlledOperation()
    const held = service.execute(operation.run, { key: 'a' })
    const caller = new AbortController()
    const queued = service.executeOutcome(operation.run, { key: 'a', signal: caller.signal })
    await clock.settle()
    caller.abort('mine')
    expect(await queued).toEqual({ error: 'mine' })
    expect(bulkheadOf(tenants, 'a').statistics()).toMatchObject({ running: 1, waiting: 0 })
    operation.last.resolve(1)
    await held
  })
})

describe('D22: what is in use is not forgotten', () => {
  /** As many calls of other keys as it takes to look at every key. */
  async function traffic(service: Pipeline, calls = 20): Promise<void> {
    for (let call = 0; call < calls; call++) await service.execute(() => 1, { key: 'busy' })
  }

  it('a key that holds nothing is forgotten after idleMs, beside calls of others', async () => {
    const tenants = keyed(() => [bulkhead()], { idleMs: 1_000 })
    const service = serve(tenants)
    for (const key of ['a', 'b', 'c']) await service.execute(() => 1, { key })
    await clock.advance(999)
    await traffic(service)
    expect(tenants.size).toBe(4)
    await clock.advance(1)
    await traffic(service)
    expect(tenants.size).toBe(1)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('idleMs is a minute where nothing is said, and counts from the last call', async () => {
    const tenants = keyed(() => [bulkhead()])
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    await clock.advance(59_999)
    await service.execute(() => 1, { key: 'a' })
    await clock.advance(59_999)
    await traffic(service)
    expect(tenants.of('a')).toBeDefined()
    await clock.advance(1)
    await traffic(service)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('a running call', async () => {
    const tenants = keyed(() => [bulkhead()], { idleMs: 0 })
    const service = serve(tenants)
    const operation = controlledOperation()
    const held = service.execute(operation.run, { key: 'a' })
    await clock.advance(1e6)
    await traffic(service)
    expect(bulkheadOf(tenants, 'a').statistics().running).toBe(1)
    operation.last.resolve(1)
    await held
    await traffic(service)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('an operation that its timeout has answered and that still runs', async () => {
    const tenants = keyed(() => [timeout({ durationMs: 10 }), bulkhead()], { idleMs: 0 })
    const service = serve(tenants)
    const operation = controlledOperation()
    const result = service.executeOutcome(operation.run, { key: 'a' })
    await clock.advance(10)
    expect(codeOf(await result)).toBe('ERR_TIMEOUT')
    await traffic(service)
    expect(bulkheadOf(tenants, 'a').statistics()).toMatchObject({ running: 1, abandoned: 1 })
    operation.last.resolve('late')
    await clock.settle()
    await traffic(service)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('a circuit that is open', async () => {
    const tenants = keyed(() => [circuitBreaker({ consecutiveFailures: 1, openMs: 5_000 })], { idleMs: 0 })
    const service = serve(tenants)
    await service.executeOutcome(fail, { key: 'a' })
    await clock.advance(4_999)
    await traffic(service)
    expect(breakerOf(tenants, 'a').statistics().state).toBe('open')
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'a' }))).toBe('ERR_CIRCUIT_OPEN')
  })

  it('a circuit that an operator forced', async () => {
    const tenants = keyed(() => [circuitBreaker()], { idleMs: 0 })
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    breakerOf(tenants, 'a').override('open', { reason: 'maintenance', forMs: 60_000 })
    await clock.advance(59_999)
    await traffic(service)
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'a' }))).toBe('ERR_CIRCUIT_OPEN')
    await clock.advance(1)
    await traffic(service)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('a window that still counts calls, and no longer than it does', async () => {
    const window = { type: 'time', durationMs: 10_000 } as const
    const tenants = keyed(() => [circuitBreaker({ window })], { idleMs: 0 })
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    await clock.advance(8_999)
    await traffic(service)
    expect(breakerOf(tenants, 'a').statistics().calls).toBe(1)
    await clock.advance(1_001)
    await traffic(service)
    expect(tenants.of('a')).toBeUndefined()
  })

  it('a rate limit that has not recovered', async () => {
    const tenants = keyed(() => [rateLimit({ limit: 1, intervalMs: 10_000 })], { idleMs: 0 })
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    await clock.advance(9_000)
    await service.executeOutcome(() => 1, { key: 'b' })
    await service.executeOutcome(() => 1, { key: 'c' })
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'a' }))).toBe('ERR_RATE_LIMITED')
  })
})

describe('when all keys are in use', () => {
  it('further keys share one set, and each call that does is reported', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })], { maximum: 1, name: 'tenants' })
    const service = serve(tenants)
    const log = new EventLog(service)
    const operation = controlledOperation()
    const held = ['a', 'b'].map((key) => service.execute(operation.run, { key }))
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'c' }))).toBe('ERR_BULKHEAD_FULL')
    expect(tenants.size).toBe(1)
    expect(tenants.of('b')).toBeUndefined()
    expect(log.of('keyed.overflow')).toMatchObject([
      { policy: 'tenants', maximum: 1, key: 'b' },
      { policy: 'tenants', maximum: 1, key: 'c' },
    ])
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(held)
  })

  it('the keys that have parts keep them', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })], { maximum: 1 })
    const service = serve(tenants)
    const operation = controlledOperation()
    const held = service.execute(operation.run, { key: 'a' })
    await service.execute(() => 1, { key: 'b' })
    expect(codeOf(await service.executeOutcome(() => 1, { key: 'a' }))).toBe('ERR_BULKHEAD_FULL')
    operation.last.resolve(1)
    await held
  })

  it('one that becomes free makes room at once, however short its rest', async () => {
    const tenants = keyed(() => [bulkhead()], { maximum: 1, idleMs: 1e9 })
    const service = serve(tenants)
    const log = new EventLog(service)
    await service.execute(() => 1, { key: 'a' })
    await service.execute(() => 1, { key: 'b' })
    expect(tenants.of('a')).toBeUndefined()
    expect(tenants.of('b')).toBeDefined()
    expect(log.types).toEqual([])
  })

  it('nobody is told of an overflow that is none', async () => {
    const service = serve(keyed(() => [bulkhead()], { maximum: 2 }))
    const log = new EventLog(service)
    const operation = controlledOperation()
    const held = ['a', 'b', 'a', 'b'].map((key) => service.execute(operation.run, { key }))
    await clock.settle()
    expect(log.types).toEqual([])
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(held)
  })
})

describe('options of keyed parts', () => {
  it('are updated for all keys that are and that come', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    tenants.updatePart('bulkhead', { limit: 5 })
    await service.execute(() => 1, { key: 'b' })
    expect([limitOf(tenants, 'a'), limitOf(tenants, 'b')]).toEqual([5, 5])
  })

  it('are updated for those without a key and for the overflow too', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })], { maximum: 1 })
    const service = serve(tenants)
    tenants.updatePart('bulkhead', { limit: 0 })
    expect(codeOf(await service.executeOutcome(() => 1))).toBe('ERR_BULKHEAD_FULL')
  })

  it('are merged: a later update leaves what an earlier one said', async () => {
    const tenants = keyed(() => [timeout({ durationMs: 10 })])
    const service = serve(tenants)
    tenants.updatePart('timeout', { durationMs: 50 })
    tenants.updatePart('timeout', { mode: 'shadow' })
    await service.execute(() => 1, { key: 'a' })
    expect(tenants.of('a')?.[0]?.describe?.()).toEqual({ durationMs: 50, mode: 'shadow' })
  })

  it('that are refused change no key, neither one that is nor one that comes', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    expect(() => tenants.updatePart('bulkhead', { limit: -1 })).toThrow(HoldfastConfigError)
    expect(() => tenants.updatePart('bulkheads', { limit: 2 })).toThrow(HoldfastConfigError)
    await service.execute(() => 1, { key: 'b' })
    expect([limitOf(tenants, 'a'), limitOf(tenants, 'b')]).toEqual([1, 1])
  })

  it('are held against the other parts of each key, and change none where one would refuse them', async () => {
    const tenants = keyed((key) => [
      timeout({ name: 'total', durationMs: key === 'b' ? 50 : 100 }),
      timeout({ durationMs: 20 }),
    ])
    const service = serve(tenants)
    for (const key of ['a', 'b']) await service.execute(() => 1, { key })
    expect(() => tenants.updatePart('timeout', { durationMs: 60 })).toThrow(/more than the 50 ms of 'total'/)
    expect(() => tenants.updatePart('timeout', { name: 'other' })).toThrow(/'timeout' keeps its name/)
    expect(() => tenants.updatePart('timeout', null as never)).toThrow(
      /timeout: options must be an object, not null/,
    )
    const limits = ['a', 'b'].map((key) => tenants.of(key)?.[1]?.describe?.())
    expect(limits).toEqual([
      { durationMs: 20, mode: 'enforce' },
      { durationMs: 20, mode: 'enforce' },
    ])
  })

  it('that are undefined stay what they are', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    const service = serve(tenants)
    tenants.updatePart('bulkhead', { limit: 5 })
    tenants.updatePart('bulkhead', { limit: undefined })
    await service.execute(() => 1, { key: 'a' })
    expect(limitOf(tenants, 'a')).toBe(5)
  })

  it('cannot be updated before there is a pipeline for them to stand in', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    expect(() => tenants.updatePart('bulkhead', { limit: 5 })).toThrow(/stands in no pipeline yet/)
    expect(await serve(tenants).execute(() => 'fine')).toBe('fine')
  })

  it('D14: are not kept: what is done to them later changes nothing', async () => {
    const tenants = keyed(() => [bulkhead({ limit: 1 })])
    const service = serve(tenants)
    const options = { limit: 5 }
    tenants.updatePart('bulkhead', options)
    options.limit = 9
    await service.execute(() => 1, { key: 'a' })
    expect(limitOf(tenants, 'a')).toBe(5)
  })

  it('a maximum that grows makes room, one that shrinks takes nothing from those who have', async () => {
    const tenants = keyed(() => [bulkhead()], { maximum: 1 })
    const service = serve(tenants)
    const operation = controlledOperation()
    const held = [service.execute(operation.run, { key: 'a' })]
    service.update('keyed', { maximum: 2 })
    held.push(service.execute(operation.run, { key: 'b' }))
    expect(tenants.size).toBe(2)
    service.update('keyed', { maximum: 1 })
    expect(tenants.of('a')).toBeDefined()
    expect(tenants.of('b')).toBeDefined()
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(held)
  })

  it('idleMs is live too', async () => {
    const tenants = keyed(() => [bulkhead()])
    const service = serve(tenants)
    await service.execute(() => 1, { key: 'a' })
    service.update('keyed', { idleMs: 10 })
    await clock.advance(10)
    for (let call = 0; call < 3; call++) await service.execute(() => 1, { key: 'b' })
    expect(tenants.of('a')).toBeUndefined()
  })

  it('maximum and idleMs are what it describes', () => {
    expect(keyed(() => []).describe?.()).toEqual({ maximum: 10_000, idleMs: 60_000 })
    expect(keyed(() => [], { maximum: 5, idleMs: 7 }).describe?.()).toEqual({ maximum: 5, idleMs: 7 })
  })
})

describe('keyed among guards', () => {
  const service = (...parts: Part[]) => {
    const outer = bulkhead({ name: 'all', limit: 10 })
    const tenants = keyed(() => (parts.length > 0 ? parts : [bulkhead({ limit: 1 })]))
    return {
      outer,
      tenants,
      guarded: pipeline('service', [timeout({ durationMs: 50 }), outer, tenants], { clock }),
    }
  }
  const admit = async (guarded: Pipeline, key: string): Promise<Admitted> => {
    const admission = await guarded.admit({ key })
    if (!admission.admitted) throw new Error('refused', { cause: admission.error })
    return admission
  }

  it('admits for each key apart, at once, and holds permits until the work has ended', async () => {
    const { guarded, outer, tenants } = service()
    const first = guarded.admit({ key: 'a' })
    if (first instanceof Promise || !first.admitted) throw new Error('not admitted at once')
    const other = await admit(guarded, 'b')
    expect(await guarded.admit({ key: 'a' })).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    expect(outer.statistics().running).toBe(2)
    first.settle({ value: 1 })
    first.settle({ value: 2 })
    await clock.settle()
    expect([outer.statistics().running, bulkheadOf(tenants, 'a').statistics().running]).toEqual([1, 0])
    other.settle({ value: 1 })
    await clock.settle()
    expect([outer.statistics().running, bulkheadOf(tenants, 'b').statistics().running]).toEqual([0, 0])
  })

  it('is cut short with the guards around it, and gives back with them', async () => {
    const { guarded, outer, tenants } = service()
    const admission = await admit(guarded, 'a')
    const { signal } = admission.call
    expect(admission.call.deadline).toBe(clock.now() + 50)
    await clock.advance(50)
    expect(signal.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(bulkheadOf(tenants, 'a').statistics()).toMatchObject({ running: 1, abandoned: 1 })
    admission.settle('cancelled')
    await clock.settle()
    expect([outer.statistics().running, bulkheadOf(tenants, 'a').statistics().running]).toEqual([0, 0])
  })

  it('has a call wait for its key, which may give up', async () => {
    const { guarded, outer, tenants } = service(bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 20 } }))
    const first = await admit(guarded, 'a')
    const second = guarded.admit({ key: 'a' })
    if (!(second instanceof Promise)) throw new Error('did not wait')
    second.cancel('gone')
    expect(await second).toEqual({ admitted: false, error: 'gone' })
    const third = guarded.admit({ key: 'a' })
    first.settle({ value: 1 })
    const admission = await third
    if (admission.admitted) admission.settle({ error: new Error('down') })
    await clock.settle()
    expect(outer.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(bulkheadOf(tenants, 'a').statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('begins no work again that failed', async () => {
    const { guarded, outer } = service(retry({ attempts: 3, backoff: { baseMs: 0 } }))
    const admission = await admit(guarded, 'a')
    const { call } = admission
    admission.settle({ error: new Error('down') })
    await clock.advance(1)
    expect(admission.call).toBe(call)
    expect(outer.statistics().running).toBe(0)
  })
})
