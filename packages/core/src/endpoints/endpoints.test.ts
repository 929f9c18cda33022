import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  endpoints,
  fallback,
  HoldfastConfigError,
  hedge,
  pipeline,
  pipelineFrom,
  retry,
  sleep,
  timeout,
  wheelOf,
} from '../index.ts'
import type { Call, Endpoints, EndpointsOptions, Part } from '../index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const boom = new Error('boom')
const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
const make = (...parts: Part[]) => pipeline('test', parts, { clock, random: () => 0.5 })
const at = (call: Call): string => call.endpoint?.id ?? 'nowhere'

/** One that fails at the endpoints in `down`. */
const failingAt =
  (...down: string[]) =>
  (call: Call): string => {
    if (down.includes(at(call))) throw boom
    return at(call)
  }

/** Ejects at the first failure; nothing else changes by time. */
const touchy: Partial<EndpointsOptions> = {
  balance: 'round-robin',
  ejection: { consecutiveFailures: 1, baseMs: 1_000 },
  slowStartMs: 0,
}

const states = (choice: Endpoints) => choice.statistics().endpoints.map(({ state }) => state)

describe('a choice of endpoints', () => {
  it('tells the operation where to go', async () => {
    const primary = [{ id: 'a', url: 'http://a' }]
    expect(await make(endpoints({ primary })).execute((call) => call.endpoint)).toEqual(primary[0])
  })

  it('takes turns by weight', async () => {
    const primary = [{ ...a, weight: 2 }, b, { ...c, weight: 0 }]
    const service = make(endpoints({ primary, balance: 'round-robin' }))
    const went: string[] = []
    for (let call = 0; call < 6; call++) went.push(await service.execute(at))
    expect(went.toSorted()).toEqual(['a', 'a', 'a', 'a', 'b', 'b'])
  })

  it('prefers the one with fewer calls in flight', async () => {
    const choice = endpoints({ primary: [a, b], balance: 'least-request' })
    const service = make(choice)
    const operation = controlledOperation<void>()
    for (let call = 0; call < 4; call++) void service.execute(operation.run)
    expect(choice.statistics().endpoints.map(({ inFlight }) => inFlight)).toEqual([2, 2])
    for (const run of operation.runs) run.resolve()
    await clock.settle()
    expect(choice.statistics().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0])
  })

  it('prefers the one that answers sooner', async () => {
    const service = make(endpoints({ primary: [a, b] }))
    const slow = (call: Call) =>
      new Promise((resolve) =>
        clock.alarm(() => resolve(at(call))).set(clock.now() + (at(call) === 'a' ? 90 : 10)),
      )
    const went: unknown[] = []
    for (let call = 0; call < 10; call++) {
      const answer = service.execute(slow)
      await clock.advance(100)
      went.push(await answer)
    }
    expect(went.slice(2)).toEqual(Array.from({ length: 8 }, () => 'b'))
  })

  it('takes failures for slow, however fast they are', async () => {
    const choice = endpoints({ primary: [a, b], ejection: false })
    const service = make(choice)
    await service.executeOutcome(failingAt('a', 'b'))
    const answered = await service.execute(at)
    for (let call = 0; call < 10; call++) expect(await service.execute(at)).toBe(answered)
    expect(Math.max(...choice.statistics().endpoints.map(({ latencyMs }) => latencyMs))).toBe(5_000)
  })

  it('refuses a call where there is no endpoint', async () => {
    const breaker = circuitBreaker()
    const outcome = await make(breaker, endpoints({ primary: [] })).executeOutcome(at, { key: 'k' })
    expect(outcome).toMatchObject({ error: { code: 'ERR_NO_ENDPOINT', policy: 'endpoints', key: 'k' } })
    expect(breaker.statistics().calls).toBe(0)
  })

  it('can be written as data', async () => {
    const parts = [{ kind: 'endpoints', primary: [a], standby: [b] } as const]
    expect(await pipelineFrom({ name: 'test', parts }, { clock }).execute(at)).toBe('a')
  })
})

describe('another attempt', () => {
  it('of a retry goes elsewhere, as long as there is another', async () => {
    const again = retry({ attempts: 4, backoff: { baseMs: 0 }, budget: false })
    const service = make(again, endpoints({ primary: [a, b], standby: [c], balance: 'round-robin' }))
    const went: string[] = []
    await service.executeOutcome((call) => {
      went.push(at(call))
      throw boom
    })
    expect(went.slice(0, 3)).toEqual(['a', 'b', 'c'])
    expect(went).toHaveLength(4)
  })

  it('of a hedge goes elsewhere', async () => {
    const service = make(hedge({ delayMs: 10 }), endpoints({ primary: [a, b], balance: 'round-robin' }))
    const operation = controlledOperation<string>()
    const answer = service.execute(operation.run)
    await clock.advance(10)
    expect(operation.runs.map(({ call }) => at(call))).toEqual(['a', 'b'])
    operation.last.resolve('done')
    expect(await answer).toBe('done')
    operation.runs[0]?.resolve('late')
    await clock.settle()
  })

  it('of an outer pipeline goes elsewhere too', async () => {
    const inner = make(endpoints({ primary: [a, b], balance: 'round-robin' }))
    const again = retry({ attempts: 2, backoff: { baseMs: 0 }, budget: false })
    const outer = pipeline('outer', [again, inner], { clock })
    expect(await outer.execute(failingAt('a'))).toBe('b')
    expect(await outer.execute(failingAt('b'))).toBe('a')
  })
})

describe('a refusal by a guard inside', () => {
  it('moves the call on at once, and is no failure of the endpoint', async () => {
    const choice = endpoints({ primary: [a, b], ...touchy })
    const service = make(choice, bulkhead({ limit: 1 }))
    const operation = controlledOperation<void>()
    void service.execute(operation.run)
    void service.execute(operation.run)
    expect(operation.runs.map(({ call }) => at(call))).toEqual(['a', 'b'])
    expect(await service.executeOutcome(at)).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    operation.runs[1]?.resolve()
    await clock.settle()
    expect(await service.execute(at)).toBe('b')
    expect(await service.execute(at)).toBe('b')
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    operation.runs[0]?.resolve()
    await clock.settle()
  })

  it('is heard where all refuse: the one that asks for the shortest wait', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1, openMs: 1_000 })
    const service = make(endpoints({ primary: [a, b], balance: 'round-robin', ejection: false }), breaker)
    await service.executeOutcome(failingAt('a'))
    await clock.advance(400)
    await service.executeOutcome(failingAt('b'))
    const outcome = await service.executeOutcome(at)
    expect(outcome).toMatchObject({ error: { code: 'ERR_CIRCUIT_OPEN', retryAfterMs: 650 } })
  })

  it('of the operation itself is its outcome: another pipeline’s does not move it on', async () => {
    const other = make(bulkhead({ limit: 0 }))
    const choice = endpoints({ primary: [a, b], ...touchy })
    const outcome = await make(choice).executeOutcome(() => other.execute(() => 1))
    expect(outcome).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    expect(states(choice)).toEqual(['ejected', 'healthy'])
  })

  it('that gave up waiting moves it on as well', async () => {
    const queue = { size: 1, maximumWaitMs: 50 }
    const choice = endpoints({ primary: [a], standby: [b] })
    const service = make(choice, bulkhead({ limit: 1, queue }))
    const operation = controlledOperation<string>()
    void service.execute(operation.run)
    const answer = service.execute(at)
    await clock.advance(50)
    expect(await answer).toBe('b')
    operation.last.resolve('done')
    await clock.settle()
  })
})

describe('an endpoint that fails', () => {
  it('is ejected after so many failures in a row, and its standby takes over', async () => {
    const choice = endpoints({ primary: [a], standby: [b] })
    const service = make(choice)
    const log = new EventLog(service)
    for (let call = 0; call < 4; call++) await service.executeOutcome(failingAt('a'))
    expect(await service.execute(at)).toBe('a')
    for (let call = 0; call < 5; call++) await service.executeOutcome(failingAt('a'))
    expect(await service.execute(at)).toBe('b')
    expect(log.events).toMatchObject([
      { type: 'endpoint.ejected', endpoint: 'a', reason: 'consecutive-failures', ejections: 1 },
      { type: 'endpoint.group', from: 0, to: 1 },
    ])
    expect(choice.statistics()).toMatchObject({ group: 1, endpoints: [{ state: 'ejected' }, {}] })
  })

  it('is probed by one call when its time is over, and comes back when that succeeds', async () => {
    const choice = endpoints({ primary: [a, b], ...touchy })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    await clock.advance(1_049)
    for (let call = 0; call < 3; call++) expect(await service.execute(at)).toBe('b')
    await clock.advance(1)
    const operation = controlledOperation<void>()
    for (let call = 0; call < 3; call++) void service.execute(operation.run)
    expect(operation.runs.map(({ call }) => at(call))).toEqual(['a', 'b', 'b'])
    expect(states(choice)).toEqual(['probing', 'healthy'])
    for (const run of operation.runs) run.resolve()
    await clock.settle()
    expect(states(choice)).toEqual(['healthy', 'healthy'])
  })

  it('stays out for twice as long each time a probe fails, up to the longest time', async () => {
    const ejection = { consecutiveFailures: 1, baseMs: 1_000, maximumMs: 3_000 }
    const service = make(endpoints({ primary: [a, b], ...touchy, ejection }))
    const log = new EventLog(service)
    await service.executeOutcome(failingAt('a'))
    for (const waitMs of [1_050, 2_100, 3_150]) {
      await clock.advance(waitMs)
      await service.executeOutcome(failingAt('a'))
    }
    const ejections = log.of('endpoint.ejected')
    expect(ejections.map(({ ejectedMs }) => ejectedMs)).toEqual([1_050, 2_100, 3_150, 3_150])
    expect(ejections.map(({ reason }) => reason)).toEqual(['consecutive-failures', 'probe', 'probe', 'probe'])
  })

  it('D2: whose probe hangs is probed anew after the lease', async () => {
    const ejection = { consecutiveFailures: 1, baseMs: 1_000, probeLeaseMs: 500 }
    const choice = endpoints({ primary: [a, b], ...touchy, ejection })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    await clock.advance(1_050)
    const hung = controlledOperation<void>()
    void service.execute(hung.run)
    await clock.advance(500)
    expect(states(choice)).toEqual(['ejected', 'healthy'])
    await clock.advance(2_100)
    expect(await service.execute(at)).toBe('a')
    hung.last.resolve()
    await clock.settle()
  })

  it('D1: results of calls from before do not count', async () => {
    const choice = endpoints({ primary: [a, b], ...touchy })
    const service = make(choice)
    const early = controlledOperation<void>()
    for (let call = 0; call < 4; call++) void service.executeOutcome(early.run)
    early.runs[0]?.reject(boom)
    await clock.advance(1_050)
    expect(await service.execute(at)).toBe('a')
    early.runs[2]?.reject(boom)
    await clock.settle()
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    for (const run of early.runs) run.resolve()
    await clock.settle()
  })

  it('is not ejected where it is the last: all are used then', async () => {
    const choice = endpoints({ primary: [a], standby: [b], ...touchy })
    const service = make(choice)
    const log = new EventLog(service)
    await service.executeOutcome(failingAt('a', 'b'))
    await service.executeOutcome(failingAt('a', 'b'))
    expect(states(choice)).toEqual(['ejected', 'healthy'])
    expect(choice.statistics().panic).toBe(true)
    expect(log.of('endpoint.panic').map(({ group }) => group)).toEqual([0, 1])
  })
})

describe('an endpoint that is worse than it should be', () => {
  const rules = { consecutiveFailures: false, baseMs: 60_000 } as const
  const turns = { balance: 'round-robin', slowStartMs: 0, ejection: rules } as const

  it('is ejected at the end of an interval in which most of its calls failed', async () => {
    const choice = endpoints({ primary: [a, b], ...turns })
    const service = make(choice)
    const log = new EventLog(service)
    for (let call = 0; call < 120; call++) {
      await service.executeOutcome(call % 30 === 0 ? at : failingAt('a'))
    }
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    await clock.advance(10_000)
    await service.execute(at)
    expect(states(choice)).toEqual(['ejected', 'healthy'])
    expect(log.of('endpoint.ejected').map(({ reason }) => reason)).toEqual(['failure-ratio'])
  })

  it('is ejected at the end of an interval in which it took much longer than the others', async () => {
    const choice = endpoints({ primary: [a, b, c], ...turns })
    const service = make(choice)
    const log = new EventLog(service)
    const slowAtA = (call: Call) => sleep(call, at(call) === 'a' ? 200 : 20)
    for (let call = 0; call < 90; call++) {
      void service.execute(slowAtA)
      await clock.advance(100)
    }
    await clock.advance(1_500)
    await service.execute(() => 1)
    expect(log.of('endpoint.ejected')).toMatchObject([{ endpoint: 'a', reason: 'latency' }])
  })

  it('is not, where nobody called when the interval was over, nor for an interval afterwards', async () => {
    const choice = endpoints({ primary: [a, b], ...turns })
    const service = make(choice)
    for (let call = 0; call < 120; call++) await service.executeOutcome(failingAt('a'))
    await clock.advance(20_000)
    await service.execute(at)
    expect(states(choice)).toEqual(['healthy', 'healthy'])
  })
})

describe('what does not count', () => {
  it.each([
    ['a cancellation', {}],
    ['a failure that the user does not call one', { isFailure: () => false }],
    ['anything, where nothing is ejected', { ejection: false }],
  ] as const)('%s', async (name, options) => {
    const choice = endpoints({ primary: [a, b], ...touchy, ...options })
    const service = make(choice)
    const caller = new AbortController()
    const operation = controlledOperation({ honoursAbort: true })
    const outcome = service.executeOutcome(operation.run, { signal: caller.signal })
    if (name === 'a cancellation') caller.abort('left')
    else operation.last.reject(boom)
    await outcome
    await clock.settle()
    expect(states(choice)).toEqual(['healthy', 'healthy'])
  })

  it('a value counts where the user says so', async () => {
    const isFailure = (outcome: object): boolean => 'value' in outcome && outcome.value === 503
    const choice = endpoints({ primary: [a, b], ...touchy, isFailure })
    expect(await make(choice).execute(() => 503)).toBe(503)
    expect(states(choice)).toEqual(['ejected', 'healthy'])
  })

  it('a predicate that throws is reported, and errors count', async () => {
    const isFailure = (): boolean => {
      throw new Error('broken')
    }
    const choice = endpoints({ primary: [a, b], ...touchy, isFailure })
    const service = make(choice)
    const log = new EventLog(service)
    await service.executeOutcome(failingAt('a'))
    expect(log.of('hook.failed')).toHaveLength(1)
    expect(states(choice)).toEqual(['ejected', 'healthy'])
  })

  it('a timeout inside counts, one outside does not', async () => {
    const choice = endpoints({ primary: [a, b], ...touchy })
    const hung = (): Promise<never> => new Promise(() => {})
    const outside = make(timeout({ durationMs: 10 }), choice).executeOutcome(hung)
    await clock.advance(10)
    await outside
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    const other = endpoints({ primary: [a, b], ...touchy })
    const inside = make(other, timeout({ durationMs: 10 })).executeOutcome(hung)
    await clock.advance(10)
    await inside
    expect(states(other)).toEqual(['ejected', 'healthy'])
  })
})

describe('a standby', () => {
  const pair = { primary: [a], standby: [b], ...touchy }

  it('stays in use for the dwell, though the primary is well again', async () => {
    const choice = endpoints({ ...pair, dwellMs: 5_000 })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    await clock.advance(1_050)
    expect(await service.execute(at)).toBe('a')
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    expect(await service.execute(at)).toBe('b')
    await clock.advance(5_000 - 1_051)
    expect(await service.execute(at)).toBe('b')
    await clock.advance(1)
    expect(await service.execute(at)).toBe('a')
  })

  it('is left at once where it fails and the primary is well', async () => {
    const choice = endpoints({ ...pair, dwellMs: 5_000 })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    await clock.advance(1_050)
    await service.execute(at)
    await service.executeOutcome(failingAt('b'))
    expect(await service.execute(at)).toBe('a')
  })

  it('that is out is risked no call while nobody has to go there, but another attempt may find out about it', async () => {
    const choice = endpoints({ primary: [a], standby: [b], ...touchy, dwellMs: 0 })
    const service = make(choice)
    for (const down of ['a', 'b']) await service.executeOutcome(failingAt(down))
    await clock.advance(1_100)
    // Both are used until the standby, too, has failed again.
    for (let call = 0; call < 4; call++) await service.executeOutcome(failingAt('b'))
    expect(states(choice)).toEqual(['healthy', 'ejected'])
    await clock.advance(100_000)
    for (let call = 0; call < 10; call++) expect(await service.execute(at)).toBe('a')
    const again = make(retry({ attempts: 2, backoff: { baseMs: 0 }, budget: false }), choice)
    expect(await again.execute(failingAt('a'))).toBe('b')
  })

  it('that is out is found out about when the only one that is left fails, and must stay', async () => {
    const choice = endpoints({ primary: [a], standby: [b], ...touchy, dwellMs: 0, panicRatio: 0 })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    const slow = controlledOperation<string>()
    const late = service.executeOutcome(slow.run)
    await clock.advance(1_100)
    expect(await service.execute(at)).toBe('a')
    slow.last.reject(boom)
    await late
    expect(states(choice)).toEqual(['healthy', 'ejected'])
    await clock.advance(1_100)
    expect(await service.execute(at)).toBe('a')
    await service.executeOutcome(failingAt('a'))
    expect(await service.execute(failingAt('a'))).toBe('b')
  })

  it('hands back little by little', async () => {
    const draws = { next: 0.5 }
    const choice = endpoints({ ...pair, slowStartMs: 1_000, dwellMs: 2_000 })
    const service = pipeline('test', [choice], { clock, random: () => draws.next })
    await service.executeOutcome(failingAt('a'))
    await clock.advance(1_100)
    await service.execute(at)
    await clock.advance(900)
    const served = async (drawn: number): Promise<string> => {
      draws.next = drawn
      return service.execute(at)
    }
    expect([await served(0.13), await served(0.15)]).toEqual(['a', 'b'])
    await clock.advance(500)
    expect([await served(0.69), await served(0.71)]).toEqual(['a', 'b'])
    await clock.advance(250)
    expect(await served(0.99)).toBe('a')
  })

  it('may be of several groups, each for when those before are not well', async () => {
    const service = make(endpoints({ ...pair, standby: [[b], [c]] }))
    await service.executeOutcome(failingAt('a'))
    await service.executeOutcome(failingAt('b'))
    expect(await service.execute(at)).toBe('c')
  })
})

describe('endpoints that come and go', () => {
  it('are added to a group, and begin slowly', async () => {
    const choice = endpoints({ primary: [a], slowStartMs: 1_000 })
    const service = make(choice)
    choice.add(b)
    choice.add(c, 1)
    expect(choice.statistics().endpoints).toMatchObject([
      { id: 'a', group: 0, readiness: 1 },
      { id: 'b', group: 0, readiness: 0.1 },
      { id: 'c', group: 1, readiness: 0.1 },
    ])
    await clock.advance(500)
    expect(choice.statistics().endpoints[1]?.readiness).toBe(0.5)
    expect(await service.execute(at)).toBe('a')
  })

  it('are removed, and what is known of the others stays', async () => {
    const choice = endpoints({ primary: [a, b, c], ...touchy })
    const service = make(choice)
    await service.executeOutcome(failingAt('a'))
    choice.remove('b')
    expect(choice.statistics().endpoints).toMatchObject([{ id: 'a', state: 'ejected' }, { id: 'c' }])
    expect(await service.execute(at)).toBe('c')
    choice.remove('c')
    choice.remove('a')
    expect(await service.executeOutcome(at)).toMatchObject({ error: { code: 'ERR_NO_ENDPOINT' } })
  })

  it('are told in the order of their groups, whenever they came', () => {
    const choice = endpoints({ primary: [a], standby: [b] })
    choice.add(c)
    expect(choice.statistics().endpoints.map(({ id }) => id)).toEqual(['a', 'c', 'b'])
  })

  it('are told by an update as well, with the other options', async () => {
    const choice = endpoints({ primary: [a], ...touchy })
    const service = make(choice)
    service.update('endpoints', { primary: [b], ejection: { baseMs: 7 } })
    expect(await service.execute(at)).toBe('b')
    expect(choice.describe?.()).toMatchObject({ ejection: { baseMs: 7, consecutiveFailures: 1 } })
  })

  it('are those that were given, whatever became of the objects, and so are the other options', () => {
    const given = {
      primary: [{ ...a }],
      standby: [[{ ...b }]],
      subset: { key: 'k', size: 1 },
      ejection: { latency: { factor: 2 } },
      healthCheck: { check: () => true, failures: 2 },
      shared: { version: 1 },
    }
    const choice = endpoints(given)
    const before = choice.describe?.()
    given.primary.push(c)
    given.standby.push([])
    for (const group of [given.primary, given.standby[0]]) if (group?.[0]) group[0].id = 'x'
    given.subset.size = given.ejection.latency.factor = given.healthCheck.failures = given.shared.version = 9
    choice.configure?.({})
    expect(choice.describe?.()).toEqual(before)
  })

  it('must be known to go, and unknown to come', () => {
    const choice = endpoints({ primary: [a] })
    expect(() => choice.remove('x')).toThrow('endpoints: no endpoint has the id "x"')
    expect(() => choice.add(a)).toThrow('different ids')
    expect(() => choice.add(b, 2)).toThrow('endpoints: there is no group 2; give one from 0 to 1')
  })
})

describe('senseless compositions', () => {
  const chosen = endpoints({ primary: [a, b] })

  it.each([
    [
      [endpoints({ name: 'outer', primary: [a] }), chosen],
      "test: 'outer' chooses an endpoint, and 'endpoints' inside it another one; keep one of them",
    ],
    [
      [chosen, fallback({ endpoints: [a, b] })],
      "test: 'endpoints' chooses an endpoint, and 'fallback' inside it another one; keep one of them",
    ],
    [
      [fallback({ endpoints: [a, b] }), chosen],
      "test: 'fallback' chooses an endpoint, and 'endpoints' inside it another one; keep one of them",
    ],
    [
      [chosen, retry()],
      "test: 'retry' inside 'endpoints' runs again at the same endpoint; put it outside, so that another attempt goes to another one",
    ],
    [
      [chosen, hedge()],
      "test: 'hedge' inside 'endpoints' runs again at the same endpoint; put it outside, so that another attempt goes to another one",
    ],
  ])('are refused', (parts: Part[], message) => {
    expect(() => make(...parts)).toThrow(new HoldfastConfigError(message))
  })

  it('retrying at the only endpoint is none', () => {
    expect(() => make(endpoints({ primary: [a] }), retry())).not.toThrow()
  })

  it.each([
    [{}, 'endpoints: primary must be given: the endpoints, or an empty array for none yet'],
    [{ primary: [a, a] }, 'endpoints: primary must have different ids, not "a" twice'],
    [
      { primary: [a], standby: [a] },
      'endpoints: the endpoints of all groups must have different ids, not "a" twice',
    ],
    [{ primary: [{}] }, 'endpoints.primary[0]: id must be given: a string that no other endpoint has'],
    [
      { primary: [a], standby: [[b], [{ id: 5 }]] },
      'endpoints.standby[1][0]: id must be a string that is not empty, not 5',
    ],
    [
      { primary: [a], ejection: { baseMs: 2, maximumMs: 1 } },
      'endpoints.ejection: maximumMs must be at least baseMs, 2, not 1',
    ],
    [{ primary: [a], ejection: 5 }, 'endpoints: ejection must be an object or false, not 5'],
  ])('options %o are refused', (options, message) => {
    expect(() => endpoints(options as EndpointsOptions)).toThrow(new HoldfastConfigError(message))
  })
})
