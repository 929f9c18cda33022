import { pipeline, standard, timeout, wheelOf } from '@holdfast/core'
import type { Admitted, Call, CircuitBreaker, PartConfig } from '@holdfast/core'
import { EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { criticalityOf } from '../inbound/criticality.ts'
import { withScope } from '../scope.ts'
import { FakeService, requestOf } from './fake-service.ts'
import type { FakeResponse } from './fake-service.ts'
import { outbound } from './outbound.ts'
import type { OutboundOptions } from './options.ts'
import type { Attempt, OutboundRequest } from './request.ts'
import { servedBy } from './served-by.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(() => {
  expect(wheelOf(clock).size, 'timers left').toBe(0)
})

const client = (options: OutboundOptions = {}) => outbound({ clock, random: () => 0.5, ...options })
const coded = (code: string): Error => Object.assign(new Error(code), { code })

type Heard = { readonly status: number } | { readonly error: unknown }

/** What the caller hears after so many milliseconds, with how often each response was discarded. */
async function hear(
  service: FakeService,
  request: OutboundRequest = requestOf(),
  made = client(),
  afterMs = 60_000,
): Promise<Heard> {
  const result: Promise<Heard> = made.send(request, service.send).then(
    ({ status }: FakeResponse) => ({ status }),
    (error: unknown) => ({ error }),
  )
  await clock.advance(afterMs)
  return result
}

const discards = ({ responses }: FakeService): readonly number[] =>
  responses.map(({ discarded }) => discarded)

describe('an answer', () => {
  it('is what the caller gets, whatever its status', async () => {
    for (const status of [200, 204, 302, 404, 501]) {
      const service = new FakeService(status)
      expect(await hear(service)).toEqual({ status })
      expect(discards(service)).toEqual([0])
    }
  })

  it('is the last one where all attempts fail, and the others are discarded', async () => {
    const service = new FakeService(503, 502, 500)
    expect(await hear(service)).toEqual({ status: 500 })
    expect(discards(service)).toEqual([1, 1, 0])
  })

  it('is that of the attempt that succeeds', async () => {
    const service = new FakeService(503, 200)
    expect(await hear(service)).toEqual({ status: 200 })
    expect(discards(service)).toEqual([1, 0])
  })

  it('is not hidden by a refusal of the attempt that was to follow', async () => {
    const parts: PartConfig[] = [
      { kind: 'retry', attempts: 2 },
      { kind: 'circuit-breaker', consecutiveFailures: 1 },
    ]
    const service = new FakeService(503)
    const made = client({ parts })
    const log = new EventLog(made)
    expect(await hear(service, requestOf(), made)).toEqual({ status: 503 })
    expect(log.of('retry.gave-up')).toMatchObject([{ outcome: { error: { code: 'ERR_CIRCUIT_OPEN' } } }])
    expect(discards(service)).toEqual([0])
  })

  it('that comes too late is discarded', async () => {
    const service = new FakeService()
    const answer = Promise.withResolvers<void>()
    const result = client({ retry: false }).send(requestOf(), async () => {
      await answer.promise
      return service.answer(200)
    })
    const heard = result.catch((error: unknown) => error)
    await clock.advance(2_500)
    expect(await heard).toMatchObject({ code: 'ERR_TIMEOUT' })
    answer.resolve()
    await clock.settle()
    expect(discards(service)).toEqual([1])
  })

  it('says which endpoint gave it', async () => {
    const endpoints = [
      { id: 'a', url: 'https://a.example' },
      { id: 'b', url: 'https://b.example' },
    ]
    const made = client({ parts: [{ kind: 'fallback', endpoints }] })
    const response = await made.send(requestOf({ url: '/' }), new FakeService(503, 200).send)
    expect(servedBy(response)).toEqual(endpoints[1])
    expect(servedBy({})).toBeUndefined()
  })
})

describe('what is sent again', () => {
  const post = requestOf({ method: 'POST' })
  const count = async (service: FakeService, request: OutboundRequest): Promise<number> => {
    await hear(service, request)
    return service.attempts.length
  }

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY', 'get'])('is a %s', async (method) => {
    expect(await count(new FakeService(503), requestOf({ method }))).toBe(3)
    expect(await count(new FakeService(coded('ECONNRESET')), requestOf({ method }))).toBe(3)
  })

  it.each(['POST', 'PATCH', 'LINK'])('is not a %s that may have been done', async (method) => {
    expect(await count(new FakeService(503), requestOf({ method }))).toBe(1)
    expect(await count(new FakeService(coded('ECONNRESET')), requestOf({ method }))).toBe(1)
    expect(await count(new FakeService('silent'), requestOf({ method }))).toBe(1)
  })

  it('is anything of which nothing was sent, until something was', async () => {
    expect(await count(new FakeService(coded('ECONNREFUSED')), post)).toBe(3)
    expect(await count(new FakeService(coded('ECONNREFUSED'), 503), post)).toBe(2)
  })

  it('is what has an idempotency key, or is said to be idempotent', async () => {
    const headers = { 'idempotency-key': '"k"' }
    expect(await count(new FakeService(503), requestOf({ method: 'POST', headers }))).toBe(3)
    expect(await count(new FakeService(503), requestOf({ method: 'POST', idempotent: true }))).toBe(3)
    expect(await count(new FakeService(503), requestOf({ method: 'GET', idempotent: false }))).toBe(1)
  })

  it('is no body that can be read once, not even where nothing was sent', async () => {
    const stream = requestOf({ method: 'PUT', replayable: false })
    for (const treatment of [503, coded('ECONNRESET'), coded('ECONNREFUSED')]) {
      expect(await count(new FakeService(treatment), stream)).toBe(1)
    }
  })

  it('is not what cannot be sent, or what the service does not do', async () => {
    const get = requestOf()
    for (const treatment of [coded('UND_ERR_INVALID_ARG'), 404, 501, 505]) {
      expect(await count(new FakeService(treatment), get)).toBe(1)
    }
  })

  it('is not what another client retries already', async () => {
    for (const name of ['holdfast-attempt', 'amz-sdk-request', 'x-stainless-retry-count']) {
      expect(await count(new FakeService(503), requestOf({ headers: { [name]: '2' } }))).toBe(1)
    }
  })

  it('is, for a request that is itself a retry, only what was not sent', async () => {
    const serving = pipeline('serving', [timeout({ durationMs: 1_000_000 })], { clock })
    const admitted = serving.admit({ metadata: { attempt: 2 } }) as Admitted
    for (const [treatment, expected] of [
      [503, 1],
      [coded('ECONNRESET'), 1],
      [coded('ECONNREFUSED'), 3],
    ] as const) {
      const service = new FakeService(treatment)
      await withScope('serving', admitted.call, () => hear(service))
      expect(service.attempts).toHaveLength(expected)
    }
    admitted.settle('cancelled')
  })

  it('is nothing whose parts know nothing of HTTP, where it may not be', async () => {
    const endpoints = [
      { id: 'a', url: 'https://a.example' },
      { id: 'b', url: 'https://b.example' },
    ]
    const made = client({ parts: [{ kind: 'fallback', endpoints }] })
    const service = new FakeService(503, 200)
    expect(await hear(service, requestOf({ method: 'POST', url: '/' }), made)).toEqual({ status: 503 })
    expect(service.attempts).toHaveLength(1)
    const broken = new FakeService(coded('ECONNRESET'), 200)
    const outcome = await hear(broken, requestOf({ method: 'POST', url: '/' }), made)
    expect(outcome).toMatchObject({ error: { code: 'ECONNRESET' } })
    expect(broken.attempts).toHaveLength(1)
  })

  it('waits as long as the answer asks', async () => {
    const service = new FakeService([503, { 'retry-after': '3' }], 200)
    const result = client().send(requestOf(), service.send)
    await clock.advance(2_999)
    expect(service.attempts).toHaveLength(1)
    await clock.advance(1)
    expect(await result).toMatchObject({ status: 200 })
  })

  it('waits a second after a 429 that asks for nothing', async () => {
    const service = new FakeService(429, 200)
    const result = client().send(requestOf(), service.send)
    await clock.advance(999)
    expect(service.attempts).toHaveLength(1)
    await clock.advance(1)
    expect(await result).toMatchObject({ status: 200 })
  })

  it('is given up at once where the answer asks for more time than is left', async () => {
    const service = new FakeService([503, { 'retry-after': '10' }])
    expect(await client().send(requestOf(), service.send)).toMatchObject({ status: 503 })
    expect(service.attempts).toHaveLength(1)
  })

  it('is paid from a budget for each origin', async () => {
    const made = client({ retry: { budget: { ratio: 0, reservePerSecond: 0.1 } } })
    for (const expected of [2, 1]) {
      const service = new FakeService(503)
      await hear(service, requestOf(), made, 2_000)
      expect(service.attempts).toHaveLength(expected)
    }
    const elsewhere = new FakeService(503)
    await hear(elsewhere, requestOf({ url: 'https://other.example/' }), made, 2_000)
    expect(elsewhere.attempts).toHaveLength(2)
  })
})

describe('a hedge', () => {
  const hedged = () => client({ hedge: { delayMs: 50 } })

  it('is for requests that may be repeated', async () => {
    for (const [request, expected] of [
      [requestOf(), 2],
      [requestOf({ method: 'POST' }), 1],
      [requestOf({ method: 'PUT', replayable: false }), 1],
      [requestOf({ headers: { 'holdfast-attempt': '2' } }), 1],
    ] as const) {
      const service = new FakeService('silent')
      const heard = hear(service, request, hedged())
      await clock.advance(100)
      expect(service.attempts).toHaveLength(expected)
      await heard
    }
  })

  it('that loses has its answer discarded', async () => {
    const service = new FakeService()
    const first = Promise.withResolvers<void>()
    const result = hedged().send(requestOf(), async ({ number }) => {
      if (number === 1) await first.promise
      return service.answer(200)
    })
    await clock.advance(50)
    expect(await result).toMatchObject({ status: 200, discarded: 0 })
    first.resolve()
    await clock.settle()
    expect(discards(service)).toEqual([0, 1])
  })

  it('that fails otherwise leaves the answer of the first, which failed before', async () => {
    const service = new FakeService(503, coded('ECONNREFUSED'))
    const made = client({ parts: [{ kind: 'hedge', delayMs: 10 }] })
    expect(await hear(service, requestOf(), made)).toEqual({ status: 503 })
    expect(discards(service)).toEqual([0])
  })

  it('that fails with the first is given up with it when both are retried', async () => {
    const service = new FakeService(503, 500, 502, 200)
    expect(await hear(service, requestOf(), hedged())).toEqual({ status: 200 })
    expect(discards(service)).toEqual([1, 1, 1, 0])
  })

  it('is not sent at once after an answer that asks to wait', async () => {
    const service = new FakeService(429, 200)
    const result = hedged().send(requestOf(), service.send)
    await clock.advance(999)
    expect(service.attempts).toHaveLength(1)
    await clock.advance(1)
    expect(await result).toMatchObject({ status: 200 })
  })

  it('that a guard refuses leaves the first attempt alone', async () => {
    const parts: PartConfig[] = [{ kind: 'retry' }, { kind: 'bulkhead', limit: 1 }]
    const service = new FakeService()
    const first = Promise.withResolvers<void>()
    const result = client({ parts, hedge: { delayMs: 50 } }).send(requestOf(), async () => {
      await first.promise
      return service.answer(200)
    })
    await clock.advance(100)
    first.resolve()
    expect(await result).toMatchObject({ status: 200 })
  })

  it('pays from the budget that the retry pays from', async () => {
    const made = client({ hedge: { delayMs: 50 } })
    await hear(new FakeService(200), requestOf(), made, 0)
    const shared = made.parts('https://stock.example/')?.map((part) => part.describe?.()['budget'])
    expect(shared?.filter((budget) => budget !== undefined)).toHaveLength(2)
  })
})

describe('the circuit', () => {
  const breakerOf = (made: ReturnType<typeof client>, url = 'https://stock.example/', operation?: string) =>
    made.parts(url, operation)?.find(({ kind }) => kind === 'circuit-breaker') as CircuitBreaker
  const statistics = async (treatment: number | Error, request = requestOf()) => {
    const made = client({ retry: false })
    await hear(new FakeService(treatment), request, made, 0)
    const { calls, failures } = breakerOf(made).statistics()
    return { calls, failures }
  }

  it('counts what the service is to blame for', async () => {
    for (const treatment of [500, 503, 599, coded('ECONNRESET'), coded('ECONNREFUSED')]) {
      expect(await statistics(treatment)).toEqual({ calls: 1, failures: 1 })
    }
  })

  it('counts what it answers to the request’s faults and to its number as answers', async () => {
    for (const treatment of [400, 404, 408, 425, 429, 501, 505]) {
      expect(await statistics(treatment)).toEqual({ calls: 1, failures: 0 })
    }
  })

  it('does not count what cannot be sent', async () => {
    expect(await statistics(coded('UND_ERR_INVALID_ARG'))).toEqual({ calls: 0, failures: 0 })
  })

  it('is one for each origin and operation', async () => {
    const made = client({
      retry: false,
      operation: ({ method }) => (method === 'GET' ? 'read' : undefined),
    })
    await hear(new FakeService(503), requestOf(), made, 0)
    await hear(new FakeService(503), requestOf({ method: 'POST' }), made, 0)
    await hear(new FakeService(503), requestOf({ operation: 'search' }), made, 0)
    for (const operation of ['read', undefined, 'search']) {
      expect(breakerOf(made, 'https://stock.example/x', operation).statistics().calls).toBe(1)
    }
    expect(breakerOf(made, 'https://other.example/')).toBeUndefined()
  })
})

describe('the caller', () => {
  it('hears their own reason when they abort, and nothing more is sent', async () => {
    const caller = new AbortController()
    const service = new FakeService(503)
    const result = client().send(requestOf({ signal: caller.signal }), service.send)
    const heard = result.catch((error: unknown) => error)
    await clock.settle()
    caller.abort('enough')
    expect(await heard).toBe('enough')
    await clock.advance(60_000)
    expect(service.attempts).toHaveLength(1)
    expect(discards(service)).toEqual([1])
  })

  it('hears a TimeoutError that is the reason of the attempt’s signal', async () => {
    const service = new FakeService('silent')
    const heard = await hear(service, requestOf(), client({ retry: false }))
    expect(heard).toMatchObject({ error: { code: 'ERR_TIMEOUT', policy: 'timeout' } })
    expect(service.attempts[0]?.signal.reason).toBe('error' in heard && heard.error)
  })

  it('hears what the last attempt threw, untouched', async () => {
    const last = coded('ECONNRESET')
    expect(await hear(new FakeService(503, 503, last))).toEqual({ error: last })
  })

  it('cuts the body with their own signal, which the policies do not', async () => {
    const caller = new AbortController()
    const service = new FakeService(200)
    await hear(service, requestOf({ signal: caller.signal }))
    expect(service.attempts[0]?.signal.aborted).toBe(false)
    caller.abort('enough')
    expect(service.attempts[0]?.signal.reason).toBe('enough')
  })

  it('cuts it too where the attempt’s signal is read when it has been answered', async () => {
    const { signal } = new AbortController()
    const attempts: Attempt[] = []
    await client().send(requestOf({ signal }), async (attempt) => {
      attempts.push(attempt)
      return new FakeService().answer(200)
    })
    expect(attempts[0]?.signal).toBe(signal)
  })

  it('keeps nothing on a signal that lives long when the body has ended, of however many attempts', async () => {
    const { signal } = new AbortController()
    const service = new FakeService(503, coded('ECONNRESET'), 200)
    expect(await hear(service, requestOf({ signal }))).toEqual({ status: 200 })
    expect(leftovers(clock, signal)).toEqual(['signal: listeners 1'])
    service.responses.at(-1)?.body.destroy()
    await clock.settle()
    expect(leftovers(clock, signal)).toEqual([])
  })

  it('is refused an address that is none', async () => {
    for (const url of ['/relative', 'nonsense']) {
      expect(await hear(new FakeService(), requestOf({ url }))).toMatchObject({
        error: { name: 'TypeError' },
      })
    }
  })
})

describe('the headers of an attempt', () => {
  it('tell what is left of the time, less what the way takes, anew for each attempt', async () => {
    const service = new FakeService(503)
    await hear(
      service,
      requestOf(),
      client({
        parts: [
          { kind: 'timeout', durationMs: 1_000 },
          { kind: 'retry', backoff: { baseMs: 100, jitter: 'none' } },
        ],
      }),
    )
    expect(service.header('holdfast-timeout-ms')).toEqual(['995', '895', '695'])
  })

  it('tell the deadline that is the earliest: the own, the caller’s, what the request says', async () => {
    const told = async (changes: Parameters<typeof requestOf>[0]): Promise<string | undefined> => {
      const service = new FakeService(200)
      await hear(service, requestOf(changes), client(), 0)
      return service.header('holdfast-timeout-ms')[0]
    }
    expect(await told({})).toBe('2495')
    expect(await told({ deadline: clock.now() + 700 })).toBe('695')
    expect(await told({ headers: { 'holdfast-timeout-ms': '300' } })).toBe('295')
    expect(await told({ headers: { 'holdfast-timeout-ms': '9000' } })).toBe('2495')
  })

  it('inherit the deadline of the request that is being served', async () => {
    const serving = pipeline('serving', [timeout({ durationMs: 300 })], { clock })
    const admitted = serving.admit() as Admitted
    const service = new FakeService(200)
    await withScope('serving', admitted.call, () => hear(service, requestOf(), client(), 0))
    expect(service.header('holdfast-timeout-ms')).toEqual(['295'])
    admitted.settle('cancelled')
  })

  it('tell the number of the attempt, from the second on', async () => {
    const service = new FakeService(503)
    await hear(service)
    expect(service.header('holdfast-attempt')).toEqual([undefined, '2', '3'])
  })

  it('have other names where they are given, or are not there', async () => {
    const service = new FakeService(503)
    await hear(service, requestOf(), client({ timeoutHeader: 'X-Budget', attemptHeader: false }))
    expect(service.header('x-budget')).toEqual(['2495', '2495', '2495'])
    expect(service.attempts.map(({ headers }) => headers.size)).toEqual([1, 1, 1])
  })

  it('give a POST a key of its own where that is asked for, the same for all its attempts', async () => {
    const made = client({ idempotencyKeys: true })
    const service = new FakeService(503)
    await hear(service, requestOf({ method: 'POST' }), made)
    const [key, ...others] = service.header('idempotency-key')
    expect(key).toMatch(/^"[\da-f-]{36}"$/)
    expect(others).toEqual([key, key])
    const second = new FakeService(200)
    await hear(second, requestOf({ method: 'PATCH' }), made)
    expect(second.header('idempotency-key')[0]).not.toBe(key)
    const own = new FakeService(200)
    await hear(own, requestOf({ method: 'POST', headers: { 'idempotency-key': 'mine' } }), made)
    await hear(own, requestOf({ method: 'PUT' }), made)
    expect(own.header('idempotency-key')).toEqual([undefined, undefined])
  })

  it('leave out credentials for an endpoint of another trust', async () => {
    const endpoints = [
      { id: 'a', url: 'https://a.example', trust: 'ours' },
      { id: 'b', url: 'https://b.example', trust: 'ours' },
      { id: 'c', url: 'https://c.example' },
    ]
    const made = client({ parts: [{ kind: 'fallback', endpoints }], credentialHeaders: ['X-Api-Key'] })
    const service = new FakeService(503)
    await hear(service, requestOf({ url: '/' }), made)
    const secrets = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key']
    const removed = service.attempts.map(({ headers }) => secrets.filter((name) => headers.has(name)))
    expect(removed).toEqual([[], [], secrets])
    for (const name of secrets) expect(service.attempts[2]?.headers.get(name)).toBeUndefined()
  })
})

describe('how much a request matters', () => {
  /** Does `work` while a request is served of which so much is known. */
  async function serving(metadata: Call['metadata'], work: () => Promise<unknown>): Promise<void> {
    const door = pipeline('serving', [timeout({ durationMs: 1_000 })], { clock })
    const admitted = door.admit({ metadata }) as Admitted
    await withScope('serving', admitted.call, work)
    admitted.settle('cancelled')
  }

  /** What a service is told by one that serves a sheddable request. */
  async function told(headers: Readonly<Record<string, string>>, made = client()): Promise<unknown> {
    const service = new FakeService(200)
    await serving({ criticality: 'sheddable' }, () => made.send(requestOf({ headers }), service.send))
    return service.header('holdfast-criticality')[0]
  }

  it('is told by each attempt, and at each endpoint, where it is known of the request that is served', async () => {
    const endpoints = [
      { id: 'a', url: 'https://a.example', trust: 'ours' },
      { id: 'b', url: 'https://b.example' },
    ]
    const parts: PartConfig[] = [
      { kind: 'retry', attempts: 2 },
      { kind: 'fallback', endpoints },
    ]
    const service = new FakeService(503)
    await serving({ criticality: 'sheddable' }, () =>
      hear(service, requestOf({ url: '/' }), client({ parts }), 900),
    )
    expect(service.header('holdfast-criticality')).toEqual(Array.from({ length: 4 }, () => 'sheddable'))
  })

  it('is told by nobody who does not know', async () => {
    const service = new FakeService(200)
    await serving({}, () => client().send(requestOf(), service.send))
    await serving({ criticality: 'most' }, () => client().send(requestOf(), service.send))
    await client().send(requestOf(), service.send)
    expect(service.header('holdfast-criticality')).toEqual([undefined, undefined, undefined])
  })

  it('is what it says itself, and its header stays as it is', async () => {
    expect(await told({ 'holdfast-criticality': 'critical-plus' })).toBeUndefined()
    expect(await told({ 'holdfast-criticality': 'anything' })).toBeUndefined()
    expect(await told({ baggage: 'criticality=critical-plus' })).toBe('critical-plus')
    expect(await told({ baggage: 'criticality=most' })).toBe('sheddable')
  })

  it('is told in another header where one is agreed on, or not at all', async () => {
    const service = new FakeService(200)
    const made = client({ criticalityHeader: 'X-Matters' })
    await serving({ criticality: 'sheddable' }, () => made.send(requestOf(), service.send))
    expect(service.header('x-matters')).toEqual(['sheddable'])
    expect(await told({}, client({ criticalityHeader: false }))).toBeUndefined()
  })

  it('is known to the parts around its attempts', async () => {
    const seen: unknown[] = []
    const durationMs = (call: Call): number => {
      seen.push(criticalityOf(call))
      return 1_000
    }
    const made = client({ parts: [{ kind: 'timeout', durationMs }] })
    await told({}, made)
    await told({ 'holdfast-criticality': 'critical-plus' }, made)
    await made.send(requestOf(), new FakeService(200).send)
    expect(seen).toEqual(['sheddable', 'critical-plus', 'critical'])
  })
})

describe('where an attempt goes', () => {
  const endpoints = [
    { id: 'a', url: 'https://a.example/v1/' },
    { id: 'b', url: 'http://b.example:8080' },
  ]

  it('is the address itself', async () => {
    const service = new FakeService(200)
    await hear(service, requestOf({ url: 'https://stock.example/a?b=c#d' }))
    expect(service.attempts.map(({ url }) => url.href.replace(/#.*/, ''))).toEqual([
      'https://stock.example/a?b=c',
    ])
  })

  it('is the endpoint, with the path below its own and the query kept', async () => {
    const service = new FakeService(503, 503)
    const made = client({ parts: [{ kind: 'fallback', endpoints }] })
    await hear(service, requestOf({ url: '/items?id=1' }), made)
    expect(service.attempts.map(({ url }) => url.href)).toEqual([
      'https://a.example/v1/items?id=1',
      'http://b.example:8080/items?id=1',
    ])
  })
})

describe('endpoints', () => {
  const endpoints = {
    primary: [{ id: 'a', url: 'https://a.example/v1' }],
    standby: [{ id: 'b', url: 'https://b.example' }],
    ejection: { consecutiveFailures: 1 },
  }
  const hosts = ({ attempts }: FakeService): readonly string[] => attempts.map(({ url }) => url.host)

  it('stand between the retry, which goes on to another, and the guards, which know each of them', async () => {
    const made = client({ endpoints, hedge: true })
    const service = new FakeService(503, 200)
    const response = await answeredBy(made, service)
    expect(servedBy(response)?.id).toBe('b')
    expect(hosts(service)).toEqual(['a.example', 'b.example'])
    const names = made.parts('/')?.map(({ kind }) => kind)
    expect(names).toEqual([
      'timeout',
      'retry',
      'round',
      'hedge',
      'endpoints',
      'circuit-breaker',
      'timeout',
      'bulkhead',
    ])
  })

  it('are of one health for all operations', async () => {
    const made = client({ endpoints })
    await answeredBy(made, new FakeService(503, 200), { operation: 'read' })
    const service = new FakeService(200)
    await answeredBy(made, service, { operation: 'search' })
    expect(hosts(service)).toEqual(['b.example'])
  })

  it('are not blamed for what is the request’s fault, or asks to come later', async () => {
    const made = client({ endpoints })
    for (const treatment of [404, 429, 501]) {
      await answeredBy(made, new FakeService(treatment))
      const service = new FakeService(200)
      await answeredBy(made, service)
      expect(hosts(service)).toEqual(['a.example'])
    }
  })

  it('can be replaced while they are used', async () => {
    const made = client({ endpoints })
    made.update('endpoints', { primary: [{ id: 'c', url: 'https://c.example' }], standby: [] })
    made.update('circuit-breaker', { consecutiveFailures: 7 })
    const service = new FakeService(200)
    await answeredBy(made, service)
    expect(hosts(service)).toEqual(['c.example'])
  })

  it('are one service, to which nothing else is sent', async () => {
    const made = client({ endpoints })
    await expect(answeredBy(made, new FakeService(200), { url: 'https://other.example/' })).rejects.toThrow(
      'is elsewhere',
    )
  })

  it('are given once', () => {
    const parts: PartConfig[] = [{ kind: 'endpoints', primary: [] }]
    expect(() => client({ endpoints, parts })).toThrow('not both')
    expect(() => client({ endpoints: {} as never })).toThrow('primary must be given')
  })

  it('are shared by no single flight: a response is for one request', () => {
    expect(() => client({ parts: [{ kind: 'single-flight' }] })).toThrow('can be read once')
  })

  async function answeredBy(
    made: ReturnType<typeof client>,
    service: FakeService,
    changes: Partial<OutboundRequest> = {},
  ): Promise<FakeResponse> {
    const result = made.send(requestOf({ url: '/items', ...changes }), service.send)
    result.catch(() => {})
    await clock.advance(2_000)
    return result
  }
})

describe('the parts', () => {
  it('are the standard preset, of which the options change what they name', async () => {
    const made = client({ retry: { attempts: 2 }, hedge: true })
    await hear(new FakeService(200), requestOf(), made, 0)
    const parts = made.parts('https://stock.example/')
    expect(parts?.map(({ name }) => name)).toEqual([
      ...standard.slice(0, 2).map(({ kind, name = kind }) => name),
      'round',
      'hedge',
      ...standard.slice(2).map(({ kind, name = kind }) => name),
    ])
    expect(parts?.[1]?.describe?.()).toMatchObject({ attempts: 2 })
  })

  it('stand inside of the total timeout without a retry too', async () => {
    const made = client({
      retry: false,
      hedge: true,
      endpoints: { primary: [{ id: 'a', url: 'https://a.example' }] },
    })
    await hear(new FakeService(200), requestOf({ url: '/' }), made, 0)
    const names = made.parts('/')?.map(({ name }) => name)
    expect(names).toEqual(['total-timeout', 'hedge', 'endpoints', 'circuit-breaker', 'timeout', 'bulkhead'])
  })

  it('take new options for all origins, now and later', async () => {
    const made = client()
    await hear(new FakeService(200), requestOf(), made, 0)
    made.update('retry', { attempts: 2 })
    for (const url of ['https://stock.example/', 'https://other.example/']) {
      const service = new FakeService(503)
      await hear(service, requestOf({ url }), made)
      expect(service.attempts).toHaveLength(2)
    }
    expect(() => made.update('nothing', {})).toThrow("no part named 'nothing'")
  })

  it('report what happens to who listens', async () => {
    const made = client()
    const log = new EventLog(made)
    await hear(new FakeService(503, 200), requestOf(), made)
    expect(log.of('retry.scheduled')).toMatchObject([{ pipeline: 'outbound', key: 'https://stock.example' }])
  })

  it('are refused at once where they make no sense', () => {
    expect(() => client({ parts: [] })).toThrow('at least one part')
    expect(() => client({ parts: [{ kind: 'retry' }, { kind: 'retry' }] })).toThrow("named 'retry'")
    expect(() => client({ timeoutHeader: 'not a name' })).toThrow(
      'timeoutHeader must be the name of a header',
    )
    expect(() => client({ credentialHeaders: [''] })).toThrow('credentialHeaders must be')
    expect(() => client({ baseUrl: 'ftp://a.example' })).toThrow('must be http or https')
    expect(() => client({ unheardOf: 1 } as object)).toThrow("unknown option 'unheardOf'")
  })
})
