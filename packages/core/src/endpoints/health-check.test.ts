import { EventLog, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endpoints, pipeline, wheelOf } from '../index.ts'
import type { Call, Endpoint, Endpoints, EndpointsOptions, HealthCheckOptions } from '../index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock()
})

afterEach(async () => {
  await clock.advance(1e6)
  expect(wheelOf(clock).size, 'timers left').toBe(0)
  expect(clock.pending, 'alarms left').toBe(0)
})

const [a, b] = [{ id: 'a' }, { id: 'b' }]
const at = (call: Call): string => call.endpoint?.id ?? 'nowhere'
const states = (choice: Endpoints) => choice.statistics().endpoints.map(({ state }) => state)

/** A service whose checks come at whole thousands: chance is none. */
function make(healthCheck: HealthCheckOptions, options: Partial<EndpointsOptions> = {}) {
  const choice = endpoints({
    primary: [a],
    standby: [b],
    slowStartMs: 0,
    dwellMs: 0,
    healthCheck: { intervalMs: 1_000, timeoutMs: 200, failures: 2, idleMs: 5_000, ...healthCheck },
    ...options,
  })
  return { choice, service: pipeline('test', [choice], { clock, random: () => 0 }) }
}

describe('a health check', () => {
  it('asks every endpoint, each interval, with its endpoint and a signal', async () => {
    const asked: unknown[] = []
    const { service } = make({
      check: (endpoint, signal) => asked.push([clock.now(), endpoint.id, signal.aborted]),
    })
    await service.execute(at)
    await clock.advance(1_000)
    expect(asked).toEqual([
      [0, 'a', false],
      [0, 'b', false],
      [1_000, 'a', false],
      [1_000, 'b', false],
    ])
  })

  it.each([
    ['rejects', (): Promise<never> => Promise.reject(new Error('down'))],
    [
      'throws',
      (): never => {
        throw new Error('down')
      },
    ],
    ['answers false', (): boolean => false],
    ['hangs', (): Promise<never> => new Promise(() => {})],
  ] as const)(
    'that %s so many times in a row makes an endpoint sick, which then gets no calls',
    async (_how, fails) => {
      const { choice, service } = make({ check: (endpoint) => endpoint.id === 'b' || fails() })
      const log = new EventLog(service)
      expect(await service.execute(at)).toBe('a')
      await clock.advance(999)
      expect(await service.execute(at)).toBe('a')
      await clock.advance(201)
      expect(states(choice)).toEqual(['sick', 'healthy'])
      expect(await service.execute(at)).toBe('b')
      expect(log.of('endpoint.check-failed').map(({ endpoint, failures }) => [endpoint, failures])).toEqual([
        ['a', 1],
        ['a', 2],
      ])
      expect(log.of('endpoint.sick').map(({ endpoint }) => endpoint)).toEqual(['a'])
    },
  )

  it('that succeeds so many times in a row makes it well again', async () => {
    let isDown = true
    const { choice, service } = make({ check: ({ id }) => id === 'b' || !isDown, successes: 2 })
    const log = new EventLog(service)
    await service.execute(at)
    await clock.advance(1_500)
    isDown = false
    await clock.advance(1_000)
    expect(states(choice)).toEqual(['sick', 'healthy'])
    await clock.advance(1_000)
    expect(states(choice)).toEqual(['healthy', 'healthy'])
    expect(log.types.at(-1)).toBe('endpoint.group')
    expect(log.of('endpoint.well')).toHaveLength(1)
    expect(await service.execute(at)).toBe('a')
  })

  it('that hangs has its signal aborted when its time is up, and what it says later counts no more', async () => {
    const signals: AbortSignal[] = []
    let answer: (value: unknown) => void = () => {}
    const { choice, service } = make({
      failures: 1,
      check: ({ id }, signal) => {
        if (id === 'b') return true
        signals.push(signal)
        return new Promise((resolve) => {
          answer = resolve
        })
      },
    })
    await service.execute(at)
    await clock.advance(199)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await clock.advance(1)
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_TIMEOUT', policy: 'endpoints' })
    answer(true)
    await clock.settle()
    expect(states(choice)).toEqual(['sick', 'healthy'])
  })

  it('that sees all endpoints sick stops none: all are used', async () => {
    const { choice, service } = make({ check: () => false, failures: 1 })
    await service.execute(at)
    await clock.advance(1)
    expect(choice.statistics()).toMatchObject({
      panic: true,
      endpoints: [{ state: 'sick' }, { state: 'sick' }],
    })
    expect(['a', 'b']).toContain(await service.execute(at))
  })

  it('keeps calls from the sick, though it was the last that stayed before', async () => {
    const sick = new Set(['b'])
    const { choice, service } = make(
      { check: ({ id }) => !sick.has(id), failures: 1, successes: 1 },
      { ejection: { consecutiveFailures: 2 } },
    )
    await service.execute(at)
    await clock.advance(0)
    const fail = (): never => {
      throw new Error('down')
    }
    for (let call = 0; call < 2; call++) await service.executeOutcome(fail)
    expect(choice.statistics().panic).toBe(true)
    sick.add('a').delete('b')
    await clock.advance(1_100)
    expect(states(choice)).toEqual(['sick', 'healthy'])
    expect(choice.statistics().panic).toBe(false)
    for (let call = 0; call < 10; call++) expect(await service.execute(at)).toBe('b')
  })

  it('refuses calls where all are sick and none may be tried', async () => {
    const { service } = make({ check: () => false, failures: 1 }, { panicRatio: 0 })
    await service.execute(at)
    await clock.advance(1)
    expect(await service.executeOutcome(at)).toMatchObject({
      error: { code: 'ERR_NO_ENDPOINT', message: 'endpoints: no endpoint is healthy' },
    })
  })

  it('begins with the first call, and ends when none has come for a while', async () => {
    let checks = 0
    const { service } = make({ check: () => checks++ })
    expect(clock.pending).toBe(0)
    await service.execute(at)
    await clock.advance(100_000)
    expect(checks).toBe(10)
    expect(clock.pending).toBe(0)
    await service.execute(at)
    await clock.advance(0)
    expect(checks).toBe(12)
  })

  it('follows endpoints that come and go', async () => {
    const asked: string[] = []
    const signals: AbortSignal[] = []
    const { choice, service } = make({
      check: ({ id }: Endpoint, signal) => {
        asked.push(id)
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    await service.execute(at)
    await clock.advance(0)
    choice.remove('b')
    choice.add({ id: 'c' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
    await clock.advance(0)
    expect(asked).toEqual(['a', 'b', 'c'])
  })

  it('ends with the part: what runs is aborted', async () => {
    let signal: AbortSignal | undefined
    const { choice, service } = make({
      check: (_endpoint, given) => {
        signal = given
        return new Promise(() => {})
      },
    })
    await service.execute(at)
    await clock.advance(0)
    choice.detach?.()
    expect(signal?.aborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('takes no longer than its interval', () => {
    const healthCheck = { check: () => true, intervalMs: 100, timeoutMs: 200 }
    expect(() => endpoints({ primary: [a], healthCheck })).toThrow(
      'endpoints.healthCheck: timeoutMs must be at most intervalMs, 100, not 200',
    )
  })
})
