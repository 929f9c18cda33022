import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import {
  bulkhead,
  HoldfastConfigError,
  keyed,
  memoryShare,
  pipeline,
  rateLimit,
  RateLimitedError,
  timeout,
} from '../index.ts'
import type { HoldfastEvent, Outcome, Pipeline, Policy, RateLimit, RateLimitOptions } from '../index.ts'

interface Scene {
  readonly clock: VirtualClock
  readonly guard: RateLimit
  readonly service: Pipeline
  readonly log: EventLog<HoldfastEvent>
  /** Names of the calls that ran, with the time. */
  readonly ran: (readonly [name: string, at: number])[]
  call(name: string, options?: { signal?: AbortSignal; weight?: number }): Promise<Outcome>
}

function scene(options: RateLimitOptions, now = 0): Scene {
  const clock = new VirtualClock({ now })
  const guard = rateLimit(options)
  const service = pipeline('service', [guard], { clock })
  const ran: (readonly [string, number])[] = []
  return {
    clock,
    guard,
    service,
    ran,
    log: new EventLog(service),
    call: (name, { signal, weight } = {}) =>
      service.executeOutcome(() => void ran.push([name, clock.now()]), { signal, metadata: { weight } }),
  }
}

function codeOf(outcome: Outcome): unknown {
  return 'error' in outcome ? (outcome.error as { code?: string }).code : 'passed'
}

const weight: NonNullable<RateLimitOptions['weight']> = (call) =>
  (call.metadata['weight'] as number | undefined) ?? 1

async function codes(call: Scene['call'], count: number): Promise<unknown[]> {
  const all: unknown[] = []
  for (let each = 0; each < count; each++) all.push(codeOf(await call(`${each}`)))
  return all
}

describe('rate limit', () => {
  test('lets as many through at once as the limit, then one each interval over the limit', async () => {
    const { call, clock } = scene({ limit: 2 })
    expect(await codes(call, 3)).toEqual(['passed', 'passed', 'ERR_RATE_LIMITED'])
    await clock.advance(500)
    expect(await codes(call, 2)).toEqual(['passed', 'ERR_RATE_LIMITED'])
  })

  test('intervalMs is what the limit is counted over', async () => {
    const { call, clock } = scene({ limit: 1, intervalMs: 10_000 })
    await call('a')
    await clock.advance(9_999)
    expect(await codes(call, 1)).toEqual(['ERR_RATE_LIMITED'])
    await clock.advance(1)
    expect(await codes(call, 1)).toEqual(['passed'])
  })

  test('burst is how many may pass at once', async () => {
    const { call } = scene({ limit: 1, burst: 3 })
    expect(await codes(call, 4)).toEqual(['passed', 'passed', 'passed', 'ERR_RATE_LIMITED'])
  })

  test('a limit below one call an interval still has a burst of one', async () => {
    const { call, clock } = scene({ limit: 0.5 })
    expect(await codes(call, 2)).toEqual(['passed', 'ERR_RATE_LIMITED'])
    await clock.advance(2_000)
    expect(await codes(call, 1)).toEqual(['passed'])
  })

  test('a long quiet time saves up no more than the burst', async () => {
    const { call, clock } = scene({ limit: 2 })
    await clock.advance(1e15)
    expect(await codes(call, 3)).toEqual(['passed', 'passed', 'ERR_RATE_LIMITED'])
  })

  test('a clock that stands still lets the burst through and no more', async () => {
    const { call } = scene({ limit: 3 }, 1e15)
    expect((await codes(call, 50)).filter((code) => code === 'passed')).toHaveLength(3)
  })

  test('the refusal says exactly when another try passes', async () => {
    const { service, call, clock } = scene({ name: 'quota', limit: 3 })
    await codes(call, 3)
    await clock.advance(100)
    const error: unknown = await service.execute(() => 1, { key: 'k' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RateLimitedError)
    const { retryAfterMs } = error as RateLimitedError
    expect(error).toMatchObject({ policy: 'quota', key: 'k' })
    expect(retryAfterMs).toBeCloseTo(1_000 / 3 - 100)
    await clock.advance((retryAfterMs as number) - 0.01)
    expect(await codes(call, 1)).toEqual(['ERR_RATE_LIMITED'])
    await clock.advance(0.01)
    expect(await codes(call, 1)).toEqual(['passed'])
  })

  test('each endpoint has a rate of its own', async () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 1 })
    let choice = 'primary'
    const chosen: Policy = {
      kind: 'choice',
      name: 'choice',
      wrap: (next) => (call) => next(call.branch({ endpoint: { id: choice } })),
    }
    const service = pipeline('service', [chosen, guard], { clock })
    expect(await service.execute(() => 1)).toBe(1)
    choice = 'standby'
    expect(await service.execute(() => 2)).toBe(2)
    expect(guard.statistics('primary')).toMatchObject({ available: 0 })
    expect(guard.statistics()).toMatchObject({ available: 1, rejected: 0 })
  })

  test('statistics tell what is available, who waits and how many were rejected', async () => {
    const { call, guard, clock } = scene({ limit: 4, maximumWaitMs: 250 })
    expect(guard.statistics()).toEqual({ available: 4, waiting: 0, rejected: 0 })
    await codes(call, 3)
    expect(guard.statistics().available).toBe(1)
    await call('last')
    void call('waits')
    await call('refused')
    expect(guard.statistics()).toEqual({ available: 0, waiting: 1, rejected: 1 })
    await clock.advance(1e6)
    expect(guard.statistics()).toEqual({ available: 4, waiting: 0, rejected: 1 })
  })

  test('is idle when nothing that was used is missing and nobody waits', async () => {
    const { call, guard } = scene({ limit: 2 })
    expect(guard.idle?.(0)).toBe(true)
    await call('a')
    expect(guard.idle?.(499)).toBe(false)
    expect(guard.idle?.(500)).toBe(true)
  })

  test('is not idle while somebody waits, whatever has refilled', async () => {
    const { call, guard, clock } = scene({ limit: 1, maximumWaitMs: 5_000 })
    void call('a')
    void call('b')
    expect(guard.idle?.(1e6)).toBe(false)
    await clock.advance(1_000)
    expect(guard.idle?.(1e6)).toBe(true)
  })
})

describe('weights', () => {
  test('weight is what a call costs', async () => {
    const { call } = scene({ limit: 5, weight })
    expect(codeOf(await call('a', { weight: 4 }))).toBe('passed')
    expect(codeOf(await call('b', { weight: 2 }))).toBe('ERR_RATE_LIMITED')
    expect(codeOf(await call('c', { weight: 1 }))).toBe('passed')
  })

  test('a call that costs nothing always passes', async () => {
    const { call } = scene({ limit: 1, weight })
    await call('a')
    expect(codeOf(await call('b', { weight: 0 }))).toBe('passed')
  })

  test('a call that costs more than the burst is refused and no time is named', async () => {
    const { call, log } = scene({ limit: 2, weight, maximumWaitMs: 1e6 })
    const outcome = (await call('a', { weight: 3 })) as { error: RateLimitedError }
    expect(outcome.error.message).toMatch(/costs more than the whole burst/)
    expect(outcome.error.retryAfterMs).toBeUndefined()
    expect(log.of('rate-limit.rejected')).toMatchObject([{ retryAfterMs: undefined, shadow: false }])
    expect(codeOf(await call('b', { weight: 2 }))).toBe('passed')
  })

  test.each([Number.NaN, -1, '2'])('a weight of %o counts as 1', async (odd) => {
    const { call } = scene({ limit: 2, weight: () => odd as number })
    expect(await codes(call, 3)).toEqual(['passed', 'passed', 'ERR_RATE_LIMITED'])
  })

  test('a weight that throws is reported and counts as 1', async () => {
    const { call, log } = scene({
      limit: 1,
      weight: () => {
        throw new Error('no')
      },
    })
    expect(await codes(call, 2)).toEqual(['passed', 'ERR_RATE_LIMITED'])
    expect(log.of('hook.failed')).toMatchObject([{ hook: 'weight' }, { hook: 'weight' }])
  })
})

describe('waiting for a turn', () => {
  test('maximumWaitMs is how long a call may wait; whose turn comes later is refused at once', async () => {
    const { call, clock, ran, log } = scene({ limit: 10, burst: 1, maximumWaitMs: 200 })
    for (const name of ['a', 'b', 'c']) void call(name)
    expect(codeOf(await call('d'))).toBe('ERR_RATE_LIMITED')
    await clock.advance(1_000)
    expect(ran).toEqual([
      ['a', 0],
      ['b', 100],
      ['c', 200],
    ])
    expect(log.of('rate-limit.queued')).toMatchObject([{ waitMs: 100 }, { waitMs: 200 }])
    expect(log.of('rate-limit.rejected')).toMatchObject([{ retryAfterMs: 300 }])
    expect(clock.pending).toBe(0)
  })

  test('a light call does not overtake a heavy one that came before', async () => {
    const { call, clock, ran } = scene({ limit: 10, burst: 4, weight, maximumWaitMs: 1_000 })
    void call('a', { weight: 2 })
    void call('heavy', { weight: 4 })
    void call('light', { weight: 1 })
    await clock.advance(1_000)
    expect(ran).toEqual([
      ['a', 0],
      ['heavy', 200],
      ['light', 300],
    ])
  })

  test('D9: an aborted waiter leaves at once, never runs, and those behind it move up', async () => {
    const { call, clock, ran, guard } = scene({ limit: 10, burst: 1, maximumWaitMs: 1_000 })
    const controller = new AbortController()
    void call('a')
    const aborted = call('b', { signal: controller.signal })
    void call('c')
    void call('d')
    await clock.advance(50)
    controller.abort('enough')
    expect(await aborted).toEqual({ error: 'enough' })
    expect(guard.statistics().waiting).toBe(2)
    await clock.advance(1_000)
    expect(ran).toEqual([
      ['a', 0],
      ['c', 100],
      ['d', 200],
    ])
  })

  test('who has had a turn makes nobody wait any longer', async () => {
    const { call, clock, log } = scene({ limit: 10, burst: 1, maximumWaitMs: 200 })
    for (const name of ['a', 'b', 'c']) void call(name)
    await clock.advance(100)
    void call('d')
    expect(log.of('rate-limit.queued').at(-1)).toMatchObject({ waitMs: 200 })
    await clock.advance(200)
    expect(log.of('rate-limit.rejected')).toEqual([])
  })

  test('one that leaves from the middle or the end takes only its own place along', async () => {
    const { call, clock, ran } = scene({ limit: 10, burst: 1, maximumWaitMs: 1_000 })
    const [middle, end] = [new AbortController(), new AbortController()]
    void call('a')
    void call('b')
    void call('c', { signal: middle.signal })
    void call('d')
    void call('e', { signal: end.signal })
    middle.abort()
    end.abort()
    void call('f')
    await clock.advance(1_000)
    expect(ran).toEqual([
      ['a', 0],
      ['b', 100],
      ['d', 200],
      ['f', 300],
    ])
    expect(clock.pending).toBe(0)
  })

  test('a wait may not take all the time that a timeout around it allows', () => {
    const parts = (maximumWaitMs: number) => [
      timeout({ durationMs: 100 }),
      rateLimit({ limit: 1, maximumWaitMs }),
    ]
    expect(() => pipeline('service', parts(100))).toThrow(/may wait 100 ms/)
    expect(() => pipeline('service', parts(99))).not.toThrow()
  })
})

describe('a call that never began', () => {
  test('gives back what it took', async () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 1 })
    const service = pipeline('service', [guard, bulkhead({ limit: 0 })], { clock })
    for (let each = 0; each < 3; each++) {
      expect(codeOf(await service.executeOutcome(() => 1))).toBe('ERR_BULKHEAD_FULL')
    }
    expect(guard.statistics()).toMatchObject({ available: 1, rejected: 0 })
  })

  test('does not give back what has refilled meanwhile', async () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 1 })
    const service = pipeline('service', [guard, bulkhead({ limit: 1, queue: { size: 9 } })], { clock })
    const work = controlledOperation()
    const controller = new AbortController()
    void service.executeOutcome(work.run)
    await clock.advance(1_000)
    void service.executeOutcome(work.run, { signal: controller.signal })
    await clock.advance(1_500)
    void service.executeOutcome(work.run)
    controller.abort()
    await clock.settle()
    expect(guard.statistics().available).toBe(0)
  })

  test('lets those who wait go sooner', async () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 1, maximumWaitMs: 5_000 })
    const service = pipeline('service', [guard, bulkhead({ limit: 1, queue: { size: 9 } })], { clock })
    const work = controlledOperation()
    const controller = new AbortController()
    void service.executeOutcome(work.run)
    await clock.advance(1_000)
    void service.executeOutcome(work.run, { signal: controller.signal })
    void service.executeOutcome(work.run)
    expect(guard.statistics().waiting).toBe(1)
    controller.abort()
    await clock.settle()
    expect(guard.statistics().waiting).toBe(0)
  })

  test('a call that ran and failed gives nothing back', async () => {
    const { service, guard } = scene({ limit: 1 })
    await service.executeOutcome(() => Promise.reject(new Error('no')))
    expect(guard.statistics().available).toBe(0)
  })
})

describe("a rate limit's modes", () => {
  test('shadow admits, reports, and takes no more than it would have let through', async () => {
    const { call, log, clock } = scene({ limit: 2, mode: 'shadow' })
    expect(await codes(call, 4)).toEqual(['passed', 'passed', 'passed', 'passed'])
    expect(log.of('rate-limit.rejected')).toMatchObject([
      { retryAfterMs: 500, shadow: true },
      { shadow: true },
    ])
    await clock.advance(500)
    log.clear()
    await codes(call, 2)
    expect(log.types).toEqual(['rate-limit.rejected'])
  })

  test('shadow lets nobody wait', async () => {
    const { call, ran } = scene({ limit: 1, mode: 'shadow', maximumWaitMs: 1_000 })
    await codes(call, 2)
    expect(ran).toEqual([
      ['0', 0],
      ['1', 0],
    ])
  })

  test('off admits and counts nothing', async () => {
    const { call, log, guard } = scene({ limit: 1, mode: 'off' })
    await codes(call, 3)
    expect(log.events).toEqual([])
    expect(guard.statistics()).toEqual({ available: 1, waiting: 0, rejected: 0 })
  })

  test('turning it off or to shadow lets in who waits', async () => {
    for (const mode of ['off', 'shadow'] as const) {
      const { call, ran, service, clock } = scene({ limit: 1, maximumWaitMs: 1e6 })
      for (const name of ['a', 'b', 'c']) void call(name)
      service.update('rate-limit', { mode })
      expect(ran).toHaveLength(3)
      expect(clock.pending).toBe(0)
    }
  })
})

describe("a rate limit's options while calls run", () => {
  test('as many calls as were taken stay taken, at the new rate', async () => {
    const { call, service, guard } = scene({ limit: 10 })
    await codes(call, 4)
    service.update('rate-limit', { limit: 100 })
    expect(guard.statistics().available).toBe(96)
    service.update('rate-limit', { limit: 2 })
    expect(guard.statistics().available).toBe(0)
    const refused = (await call('a')) as { error: RateLimitedError }
    expect(refused.error.retryAfterMs).toBeCloseTo(500)
  })

  test('a higher rate lets those who wait go sooner, a lower one not later than they were promised', async () => {
    const { call, service, clock, ran } = scene({ limit: 10, burst: 1, maximumWaitMs: 1_000 })
    for (const name of ['a', 'b', 'c', 'd']) void call(name)
    await clock.advance(100)
    service.update('rate-limit', { limit: 20 })
    await clock.advance(50)
    service.update('rate-limit', { limit: 0.1 })
    await clock.advance(10_000)
    expect(ran).toEqual([
      ['a', 0],
      ['b', 100],
      ['c', 150],
      ['d', 300],
    ])
  })

  test('what is not mentioned stays, and a wrong option changes nothing', () => {
    const { service, guard } = scene({ limit: 10, intervalMs: 500, maximumWaitMs: 5 })
    service.update('rate-limit', { burst: 3 })
    expect(() => service.update('rate-limit', { burst: 0 })).toThrow(/burst must be a number of at least 1/)
    expect(guard.describe?.()).toEqual({
      limit: 10,
      intervalMs: 500,
      burst: 3,
      maximumWaitMs: 5,
      warmUp: false,
      mode: 'enforce',
    })
  })

  test('a listener that raises the limit when somebody has to wait lets that call in', async () => {
    const { call, service, ran } = scene({ limit: 1, maximumWaitMs: 1_000 })
    service.on((event) => {
      if (event.type === 'rate-limit.queued') service.update('rate-limit', { limit: 5 })
    })
    await call('a')
    await call('b')
    expect(ran).toEqual([
      ['a', 0],
      ['b', 0],
    ])
  })
})

describe("a rate limit's construction", () => {
  test.each<[RateLimitOptions, RegExp]>([
    [{} as never, /limit must be given/],
    [{ limit: 0 }, /rate-limit: limit must be a number of at least 1e-9, not 0/],
    [{ limit: Number.NaN }, /limit must be/],
    [{ limit: Infinity }, /limit must be/],
    [{ limit: 1, intervalMs: 0 }, /intervalMs must be a finite number of milliseconds of at least 1/],
    [{ limit: 1, burst: 0.5 }, /burst must be/],
    [{ limit: 1, maximumWaitMs: -1 }, /maximumWaitMs must be/],
    [{ limit: 1, weight: 2 as never }, /weight must be a function/],
    [{ limit: 1, mode: 'on' as never }, /mode must be/],
    [{ limit: 1, rate: 2 } as never, /unknown option 'rate'/],
  ])('%o is refused by name', (options, message) => {
    expect(() => rateLimit(options)).toThrow(HoldfastConfigError)
    expect(() => rateLimit(options)).toThrow(message)
  })

  test('the options object is not kept', async () => {
    const options = { limit: 1, maximumWaitMs: 0 }
    const { call, service } = scene(options)
    options.maximumWaitMs = 1e6
    service.update('rate-limit', { limit: 1 })
    expect(await codes(call, 2)).toEqual(['passed', 'ERR_RATE_LIMITED'])
  })

  test('two pipelines may share it on one clock, not on two', () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 1 })
    pipeline('one', [guard], { clock })
    expect(() => pipeline('other', [guard], { clock })).not.toThrow()
    expect(() => pipeline('third', [guard], { clock: new VirtualClock() })).toThrow(HoldfastConfigError)
  })
})

describe('a warm-up', () => {
  const warmUp = { durationMs: 1_000 }

  test('begins at a third of limit and burst, and grows to the limit in its duration', async () => {
    const { call, clock, guard } = scene({ limit: 100, burst: 10, warmUp })
    expect(guard.statistics().available).toBe(3)
    let passed = 0
    const inSecond = async (): Promise<number> => {
      const before = passed
      for (let each = 0; each < 1_000; each++) {
        if (codeOf(await call('x')) === 'passed') passed++
        await clock.advance(1)
      }
      return passed - before
    }
    const first = await inSecond()
    // Half of what a second at the limit lets through, and the burst.
    expect(first).toBeGreaterThanOrEqual(50)
    expect(first).toBeLessThanOrEqual(60)
    expect(await inSecond()).toBeGreaterThanOrEqual(99)
  })

  test('begins anew after a quiet time', async () => {
    const { call, clock, guard } = scene({ limit: 100, burst: 10, warmUp })
    for (let each = 0; each < 3_000; each++) {
      await call('x')
      await clock.advance(1)
    }
    await clock.advance(100)
    expect(guard.statistics().available).toBe(10)
    await clock.advance(1_000)
    expect(guard.statistics().available).toBe(3)
  })

  test('lets a call through that costs the whole burst', async () => {
    const { call, clock } = scene({ limit: 10, burst: 2, weight, warmUp })
    expect(codeOf(await call('whole', { weight: 2 }))).toBe('passed')
    expect(codeOf(await call('more', { weight: 3 }))).toBe('ERR_RATE_LIMITED')
    await clock.advance(600)
    expect(codeOf(await call('whole', { weight: 2 }))).toBe('passed')
  })

  test('has those wait who may, at the growing rate', async () => {
    const { call, clock, ran } = scene({ limit: 10, burst: 1, maximumWaitMs: 10_000, warmUp })
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void call(name)
    await clock.advance(5_000)
    const at = ran.map(([, moment]) => moment)
    const gaps = at.slice(1).map((moment, index) => moment - (at[index] ?? 0))
    expect(gaps).toEqual([280, 240, 200, 160, 120, 100])
  })

  test('takes nothing for a call that never began', async () => {
    const clock = new VirtualClock()
    const guard = rateLimit({ limit: 100, burst: 10, warmUp })
    const service = pipeline('service', [guard, bulkhead({ limit: 0 })], { clock })
    for (let each = 0; each < 20; each++) await service.executeOutcome(() => 1)
    expect(guard.statistics()).toEqual({ available: 3, waiting: 0, rejected: 0 })
  })

  test('stays as warm as it is under a new limit, and is warm where it comes to calls that run', async () => {
    const { call, clock, guard, service } = scene({ limit: 100, burst: 10 })
    for (let each = 0; each < 10; each++) await call('x')
    service.update('rate-limit', { warmUp })
    await clock.advance(100)
    expect(guard.statistics().available).toBe(10)
    await clock.advance(1_000)
    service.update('rate-limit', { limit: 200, burst: 20 })
    expect(guard.statistics().available).toBe(6)
    service.update('rate-limit', { warmUp: false })
    expect(guard.statistics().available).toBe(20)
  })

  test('is not for a rate that a fleet shares', async () => {
    const refused = /a rate that instances share has no warm-up; leave warmUp out, or say shared: false/
    expect(() => rateLimit({ limit: 1, warmUp, shared: { mode: 'stock' } })).toThrow(refused)
    const clock = new VirtualClock()
    const share = memoryShare({ clock })
    const fleet = (options: RateLimitOptions) => pipeline('service', [rateLimit(options)], { clock, share })
    expect(() => fleet({ limit: 1, warmUp })).toThrow(refused)
    expect(() => fleet({ limit: 1, warmUp, shared: false })).not.toThrow()
    const sharing = pipeline('other', [rateLimit({ limit: 1 })], { clock, share })
    expect(() => sharing.update('rate-limit', { warmUp })).toThrow(refused)
    await share.stop()
  })

  test('keeps its state for a key until that is cold', async () => {
    const clock = new VirtualClock()
    const each = keyed(() => [rateLimit({ limit: 100, burst: 1, warmUp })], { idleMs: 1 })
    const service = pipeline('service', [each], { clock })
    for (let call = 0; call < 50; call++) {
      await service.executeOutcome(() => 1, { key: 'a' })
      await clock.advance(30)
    }
    await clock.advance(50)
    await service.execute(() => 1)
    expect(each.size).toBe(1)
    await clock.advance(1_000)
    await service.execute(() => 1)
    expect(each.size).toBe(0)
  })
})
