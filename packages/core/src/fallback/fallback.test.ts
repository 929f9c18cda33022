import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bulkhead, circuitBreaker, fallback, isError, pipeline, retry, timeout, wheelOf } from '../index.ts'
import type { Call, Outcome, Part, Policy } from '../index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const make = (...parts: Part[]) => pipeline('test', parts, { clock, random: () => 0.5 })
const boom = new Error('boom')
const fail = () => Promise.reject(boom)
const at = (call: Call): string | undefined => call.endpoint?.id

describe('a fallback', () => {
  it('is not asked where the inside succeeds', async () => {
    const guarded = make(fallback({ value: 'instead' }))
    const log = new EventLog(guarded)
    expect(await guarded.execute(() => 'own')).toBe('own')
    expect(log.types).toEqual([])
  })

  it.each([undefined, null, 0, '', false, 'text', { a: 1 }, boom])(
    'answers an error with the value %o',
    async (value) => {
      expect(await make(fallback({ value })).executeOutcome(fail)).toEqual({ value })
    },
  )

  it('answers with what a function makes of the error and the call', async () => {
    const guarded = make(
      fallback({ run: (error, call) => ({ error, key: call.key, attempt: call.attempt }) }),
    )
    expect(await guarded.execute(fail, { key: 'k' })).toEqual({ error: boom, key: 'k', attempt: 1 })
  })

  it('waits for a function that answers later', async () => {
    const cache = controlledOperation()
    const result = make(fallback({ run: (_error, call) => cache.run(call) })).execute(fail)
    await clock.settle()
    cache.last.resolve('from the cache')
    expect(await result).toBe('from the cache')
  })

  it('answers refusals of the guards inside it', async () => {
    const guarded = make(
      fallback({ run: (error) => (error as { code?: string }).code }),
      bulkhead({ limit: 0 }),
    )
    expect(await guarded.execute(() => 1)).toBe('ERR_BULKHEAD_FULL')
  })

  it('answers every error where nothing is said, and no value', async () => {
    const guarded = make(fallback({ value: 'instead' }))
    expect(await guarded.execute(() => Promise.reject(undefined))).toBe('instead')
    expect(await guarded.execute(() => boom)).toBe(boom)
  })

  it('when says which outcomes it answers, values included', async () => {
    const when = (outcome: Outcome): boolean =>
      isError(outcome) ? outcome.error === boom : outcome.value === null
    const guarded = make(fallback({ run: (error) => ({ error }), when }))
    expect(await guarded.execute(fail)).toEqual({ error: boom })
    expect(await guarded.execute(() => null)).toEqual({ error: undefined })
    expect(await guarded.execute(() => 5)).toBe(5)
    expect(await guarded.executeOutcome(() => Promise.reject('other'))).toEqual({ error: 'other' })
  })

  it('reports once what it answered', async () => {
    const guarded = make(fallback({ name: 'default', value: 1 }))
    const log = new EventLog(guarded)
    await guarded.execute(fail, { key: 'k' })
    expect(log.events).toMatchObject([
      { type: 'fallback.used', policy: 'default', next: undefined, outcome: { error: boom }, key: 'k' },
    ])
  })

  it.each(oddOperations)('D16: of a function that %s gives that', async (_name, run, expected) => {
    expect(await make(fallback({ run })).executeOutcome(fail)).toEqual(expected)
  })

  it.each(oddOperations)(
    'D16: passes or answers an operation that %s',
    async (_name, operation, expected) => {
      const outcome = await make(fallback({ value: 'instead' })).executeOutcome(operation)
      expect(outcome).toEqual('error' in expected ? { value: 'instead' } : expected)
    },
  )

  it('D12: whose predicate throws rejects that call with it, and no other', async () => {
    const guarded = make(
      fallback({
        value: 'instead',
        when: (outcome) => {
          if (isError(outcome) && outcome.error === boom) throw new Error('broken')
          return isError(outcome)
        },
      }),
    )
    expect(await guarded.executeOutcome(fail)).toEqual({ error: new Error('broken') })
    expect(await guarded.execute(() => Promise.reject('other'))).toBe('instead')
  })
})

describe('D23: a fallback that fails', () => {
  const failing = (error: unknown) => make(fallback({ run: () => Promise.reject(error) }))

  it('gives its own error with the first as cause', async () => {
    const own = new Error('own')
    expect(await failing(own).executeOutcome(fail)).toEqual({ error: own })
    expect(own.cause).toBe(boom)
  })

  it('leaves a cause that is there', async () => {
    const own = new Error('own', { cause: 'mine' })
    expect(await failing(own).executeOutcome(fail)).toEqual({ error: own })
    expect(own.cause).toBe('mine')
  })

  it('may throw the first error again', async () => {
    expect(await failing(boom).executeOutcome(fail)).toEqual({ error: boom })
    expect('cause' in boom).toBe(false)
  })

  it('makes no circle of causes', async () => {
    const own = new Error('own')
    const first = new Error('first', { cause: own })
    expect(await failing(own).executeOutcome(() => Promise.reject(first))).toEqual({ error: own })
    expect('cause' in own).toBe(false)
  })

  it.each([
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['a sealed error', Object.seal(new Error('sealed'))],
    ['a string', 'text'],
    ['nothing', undefined],
    ['null', null],
    ['an object that is no error', { code: 1 }],
  ])('gives %s untouched, for it can carry no cause', async (_name, own) => {
    const outcome = await failing(own).executeOutcome(fail)
    expect('error' in outcome && outcome.error).toBe(own)
  })

  it('keeps a first error that is no object as cause too', async () => {
    const own = new Error('own')
    await failing(own).executeOutcome(() => Promise.reject('plain text'))
    expect(own.cause).toBe('plain text')
  })

  it('has no cause where the first was a value', async () => {
    const own = new Error('own')
    const guarded = make(fallback({ run: () => Promise.reject(own), when: () => true }))
    expect(await guarded.executeOutcome(() => 5)).toEqual({ error: own })
    expect('cause' in own).toBe(false)
  })

  it('adds the cause where enumeration does not see it, as the constructor does', async () => {
    const own = new Error('own')
    await failing(own).executeOutcome(fail)
    expect(Object.keys(own)).toEqual([])
  })
})

describe('a list of endpoints', () => {
  const endpoints = [{ id: 'primary', url: 'http://a' }, { id: 'standby' }, { id: 'last' }]

  it('is gone through in order until one answers', async () => {
    const guarded = make(fallback({ endpoints }))
    const tried: unknown[] = []
    const result = await guarded.execute((call) => {
      tried.push(call.endpoint)
      if (at(call) !== 'standby') throw boom
      return 'answered'
    })
    expect(result).toBe('answered')
    expect(tried).toEqual([{ id: 'primary', url: 'http://a' }, { id: 'standby' }])
  })

  it('begins every call with the first', async () => {
    const guarded = make(fallback({ endpoints }))
    const tried: unknown[] = []
    const operation = (call: Call): string => {
      tried.push(at(call))
      if (at(call) === 'primary') throw boom
      return 'fine'
    }
    await guarded.execute(operation)
    await guarded.execute(operation)
    expect(tried).toEqual(['primary', 'standby', 'primary', 'standby'])
  })

  it('when says which outcomes go on to the next, values included', async () => {
    const guarded = make(
      fallback({ endpoints, when: (outcome) => 'value' in outcome && outcome.value === 'stale' }),
    )
    const answers: Record<string, string> = { primary: 'stale', standby: 'fresh' }
    expect(await guarded.execute((call) => answers[at(call) as string])).toBe('fresh')
    expect(await guarded.executeOutcome(fail)).toEqual({ error: boom })
    expect(await guarded.execute(() => 'stale')).toBe('stale')
  })

  it('D23: gives the last one’s error with the first one’s as cause', async () => {
    const errors: Record<string, Error> = { primary: boom, standby: new Error('b'), last: new Error('c') }
    const outcome = await make(fallback({ endpoints })).executeOutcome((call) => {
      throw errors[at(call) as string] as Error
    })
    expect(outcome).toEqual({ error: errors['last'] })
    expect(errors['last']?.cause).toBe(boom)
  })

  it('reports each change of endpoint, named by where it goes', async () => {
    const guarded = make(fallback({ endpoints }))
    const log = new EventLog(guarded)
    await guarded.executeOutcome(fail)
    expect(log.of('fallback.used').map(({ next }) => next)).toEqual(['standby', 'last'])
  })

  it('of one is that one', async () => {
    const guarded = make(fallback({ endpoints: [{ id: 'only' }] }))
    expect(await guarded.execute(at)).toBe('only')
    expect(await guarded.executeOutcome(fail)).toEqual({ error: boom })
  })

  it('D12: goes on where a part of one’s own inside throws at once', async () => {
    const throwing: Policy = {
      kind: 'sudden',
      name: 'sudden',
      wrap: (next) => (call) => {
        if (at(call) === 'primary') throw boom
        return next(call)
      },
    }
    expect(await make(fallback({ endpoints }), throwing).execute(at)).toBe('standby')
  })

  it('D12: whose predicate throws rejects that call', async () => {
    const guarded = make(
      fallback({
        endpoints,
        when: () => {
          throw 'broken'
        },
      }),
    )
    expect(await guarded.executeOutcome(() => 1)).toEqual({ error: 'broken' })
  })

  it('D14: is copied, and what the operation sees cannot be changed', async () => {
    const own = [{ id: 'a', weight: 1 }]
    const guarded = make(fallback({ endpoints: own }))
    own.push({ id: 'b', weight: 1 })
    ;(own[0] as { id: string }).id = 'changed'
    const seen = await guarded.execute((call) => call.endpoint)
    expect(seen).toEqual({ id: 'a', weight: 1 })
    expect(Object.isFrozen(seen)).toBe(true)
  })

  it('skips the endpoint whose circuit is open, in no time', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000 })
    const guarded = make(fallback({ endpoints }), breaker)
    const tried: unknown[] = []
    const operation = (call: Call): unknown => {
      tried.push(at(call))
      if (at(call) === 'primary') throw boom
      return at(call)
    }
    await guarded.execute(operation)
    expect(await guarded.execute(operation)).toBe('standby')
    expect(tried).toEqual(['primary', 'standby', 'standby'])
  })
})

describe('D9: a cancelled call', () => {
  it.each<[string, Part]>([
    ['a value', fallback({ value: 'instead' })],
    ['a function', fallback({ run: () => 'instead' })],
    ['endpoints', fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] })],
  ])('is not answered by %s, and tries nothing else', async (_name, part) => {
    const operation = controlledOperation({ honoursAbort: true })
    const caller = new AbortController()
    const guarded = make(part)
    const log = new EventLog(guarded)
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    await clock.settle()
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    await clock.settle()
    expect(operation.runs).toHaveLength(1)
    expect(log.types).toEqual([])
  })

  it('is no outcome to ask a predicate about', async () => {
    const asked: unknown[] = []
    const caller = new AbortController()
    const operation = controlledOperation({ honoursAbort: true })
    const guarded = make(fallback({ value: 1, when: (outcome) => asked.push(outcome) > 0 }))
    const result = guarded.executeOutcome(operation.run, { signal: caller.signal })
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    await clock.settle()
    expect(asked).toEqual([])
  })

  it('is heard while the fallback itself runs, whose call is cut short', async () => {
    const cache = controlledOperation()
    const caller = new AbortController()
    const guarded = make(fallback({ run: (_error, call) => cache.run(call) }))
    const result = guarded.executeOutcome(fail, { signal: caller.signal })
    await clock.settle()
    caller.abort('mine')
    expect(await result).toEqual({ error: 'mine' })
    expect(cache.last.call.cancelled).toBe(true)
    cache.last.reject('late')
    await clock.settle()
  })

  it('by a deadline that has passed is not answered inside it, and is outside', async () => {
    const operation = controlledOperation({ honoursAbort: true })
    const inside = make(timeout({ durationMs: 10 }), fallback({ value: 'instead' }))
    const outside = make(fallback({ value: 'instead' }), timeout({ durationMs: 10 }))
    const results = [inside.executeOutcome(operation.run), outside.executeOutcome(operation.run)]
    await clock.advance(10)
    expect(await Promise.all(results)).toMatchObject([
      { error: { code: 'ERR_TIMEOUT' } },
      { value: 'instead' },
    ])
  })
})

describe('a fallback that hangs', () => {
  it.each<[string, (hang: (call: Call) => Promise<unknown>) => Part]>([
    ['function', (hang) => fallback({ run: (_error, call) => hang(call) })],
    ['endpoint', () => fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] })],
  ])('is bounded by a timeout around it: a %s', async (_name, part) => {
    const hanging = controlledOperation()
    const guarded = make(timeout({ durationMs: 100 }), part(hanging.run))
    const operation = (call: Call): unknown => (at(call) === 'b' ? hanging.run(call) : fail())
    const result = guarded.executeOutcome(operation)
    await clock.advance(100)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(hanging.last.call.cancelled).toBe(true)
    hanging.last.resolve('late')
    await clock.settle()
  })
})

describe('a fallback that is updated', () => {
  it('answers anew from the next call on', async () => {
    const guarded = make(fallback({ value: 1, when: isError }))
    guarded.update('fallback', { value: 2 })
    expect(await guarded.execute(fail)).toBe(2)
    guarded.update('fallback', { run: () => 3 })
    expect(await guarded.execute(fail)).toBe(3)
    guarded.update('fallback', { when: () => false })
    expect(await guarded.executeOutcome(fail)).toEqual({ error: boom })
  })

  it('has other endpoints from the next call on; one that runs goes on with its own', async () => {
    const guarded = make(fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] }))
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run)
    guarded.update('fallback', { endpoints: [{ id: 'c' }] })
    operation.last.reject(boom)
    await clock.settle()
    expect(operation.runs.map(({ call }) => at(call))).toEqual(['a', 'b'])
    operation.last.resolve(1)
    await result
    expect(await guarded.execute(at)).toBe('c')
  })

  it('stays what it is: a list of endpoints or not', () => {
    const list = make(fallback({ endpoints: [{ id: 'a' }] }))
    expect(() => list.update('fallback', { value: 1 })).toThrow(/a list of endpoints stays one/)
    const value = make(fallback({ value: 1 }))
    expect(() => value.update('fallback', { endpoints: [{ id: 'a' }] })).toThrow(/nothing else becomes one/)
  })

  it('is held against what is around it', () => {
    const guarded = make(retry(), fallback({ run: () => 1 }))
    expect(() => guarded.update('fallback', { value: 1 })).toThrow(/'fallback' answers every error/)
    guarded.update('fallback', { value: 1, when: () => true })
  })
})
