import { controlledOperation, EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  fallback,
  HotKeyLimitedError,
  hotKeyLimit,
  isError,
  keyed,
  pipeline,
  pipelineFrom,
} from '../index.ts'
import type { HotKeyLimitOptions, Part, Pipeline } from '../index.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock({ now: 1_000 })
})

const make = (...parts: Part[]): Pipeline => pipeline('shop', parts, { clock })

/** Hot from the twentieth call in a moment on: 20 a second for a mean age of a second. */
const twenty: HotKeyLimitOptions = { limit: 2, minimumPerSecond: 20, halfLifeMs: 1_000 * Math.LN2 }

async function ask(service: Pipeline, key: string, times: number): Promise<void> {
  for (let each = 0; each < times; each++) await service.execute(() => 1, { key })
}

describe('a hot key', () => {
  it('has as many calls at a time as its limit, and other keys have as many as they like', async () => {
    const service = make(hotKeyLimit(twenty))
    await ask(service, 'hot', 20)
    const operation = controlledOperation()
    const hot = [1, 2, 3].map(() => service.executeOutcome(operation.run, { key: 'hot' }))
    const others = [1, 2, 3, 4].map(() => service.executeOutcome(operation.run, { key: 'other' }))
    expect(operation.runs).toHaveLength(6)
    for (const run of operation.runs) run.resolve('answered')
    expect((await Promise.all(hot)).filter(isError)).toHaveLength(1)
    expect((await Promise.all(others)).filter(isError)).toHaveLength(0)
  })

  it('is not hot below the rate that makes one, whatever its share', async () => {
    const limit = hotKeyLimit(twenty)
    const service = make(limit)
    await ask(service, 'only', 19)
    expect(limit.statistics().hotKeys).toEqual([])
    await ask(service, 'only', 1)
    expect(limit.statistics().hotKeys).toMatchObject([
      { key: 'only', shareRatio: 1, perSecond: expect.closeTo(20) },
    ])
  })

  it('is not hot below the share that makes one, whatever its rate', async () => {
    const limit = hotKeyLimit({ ...twenty, shareRatio: 0.5 })
    const service = make(limit)
    await ask(service, 'one', 30)
    await ask(service, 'other', 100)
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'other' }])
  })

  it('is not hot while it may only be, for want of places to count all keys', async () => {
    const limit = hotKeyLimit({ shareRatio: 0.01, minimumPerSecond: 1 })
    const service = make(limit)
    const knock = async (key: string): Promise<void> => {
      const admission = await service.admit({ key })
      if (admission.admitted) admission.settle({ value: 1 })
    }
    // Each of the thousand places has counted a hundred, whose ever they were.
    for (let each = 0; each < 100_000; each++) await knock(`cold ${each}`)
    for (let each = 0; each < 1_010; each++) await knock('warm')
    expect(limit.statistics().hotKeys).toEqual([])
    await knock('warm')
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'warm' }])
  })

  it('gives its permit back when the operation itself has ended', async () => {
    const limit = hotKeyLimit({ ...twenty, limit: 1 })
    const service = make(limit)
    await ask(service, 'hot', 20)
    const operation = controlledOperation()
    const caller = new AbortController()
    const left = service.executeOutcome(operation.run, { key: 'hot', signal: caller.signal })
    caller.abort('left')
    await left
    expect(limit.statistics().hotKeys).toMatchObject([{ running: 1 }])
    operation.last.resolve(1)
    await clock.settle()
    expect(limit.statistics().hotKeys).toMatchObject([{ running: 0 }])
  })

  it('cools when it is asked for less', async () => {
    const limit = hotKeyLimit(twenty)
    const service = make(limit)
    const log = new EventLog(service)
    await ask(service, 'hot', 20)
    await clock.advance(690)
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'hot' }])
    await clock.advance(10)
    expect(limit.statistics().hotKeys).toEqual([])
    await ask(service, 'other', 1)
    expect(log.events).toMatchObject([
      {
        type: 'hot-key.detected',
        policy: 'hot-key-limit',
        key: 'hot',
        shareRatio: 1,
        perSecond: expect.closeTo(20),
      },
      { type: 'hot-key.cooled', policy: 'hot-key-limit', key: 'hot', rejected: 0 },
    ])
  })

  it('is not refused by its own call that comes after a quiet time', async () => {
    const service = make(hotKeyLimit({ ...twenty, limit: 1 }))
    await ask(service, 'hot', 20)
    const operation = controlledOperation()
    const asked = [service.execute(operation.run, { key: 'hot' })]
    await clock.advance(5_000)
    asked.push(service.execute(operation.run, { key: 'hot' }))
    expect(operation.runs).toHaveLength(2)
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(asked)
  })

  it('keeps its heat while what is asked of it is refused', async () => {
    const service = make(hotKeyLimit({ ...twenty, limit: 1 }))
    const log = new EventLog(service)
    await ask(service, 'hot', 20)
    const operation = controlledOperation()
    const busy = service.execute(operation.run, { key: 'hot' })
    for (let each = 0; each < 100; each++) {
      await clock.advance(50)
      await service.executeOutcome(() => 1, { key: 'hot' })
    }
    expect(log.of('hot-key.rejected')).toHaveLength(100)
    expect(log.of('hot-key.cooled')).toEqual([])
    operation.last.resolve(1)
    await busy
  })
})

describe('a refusal', () => {
  it('says whose key, and how long its calls last', async () => {
    const service = make(hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 2 }))
    await ask(service, 'hot', 2)
    const operation = controlledOperation()
    const first = service.execute(operation.run, { key: 'hot' })
    const refused = await service.executeOutcome(operation.run, { key: 'hot' })
    expect(isError(refused) && refused.error).toMatchObject({ retryAfterMs: 0 })
    await clock.advance(100)
    operation.last.resolve(1)
    await first
    const second = service.execute(operation.run, { key: 'hot' })
    const outcome = await service.executeOutcome(operation.run, { key: 'hot' })
    const error = isError(outcome) ? outcome.error : undefined
    expect(error).toBeInstanceOf(HotKeyLimitedError)
    // One call of no length and one of 100 ms.
    expect(error).toMatchObject({
      code: 'ERR_HOT_KEY',
      policy: 'hot-key-limit',
      key: 'hot',
      retryAfterMs: 50,
    })
    operation.last.resolve(1)
    await second
  })

  it('does not know how long before any of them has ended', async () => {
    const service = make(hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 1 }))
    const operation = controlledOperation()
    const log = new EventLog(service)
    const first = service.execute(operation.run, { key: 'hot' })
    await service.executeOutcome(operation.run, { key: 'hot' })
    expect(log.of('hot-key.rejected')).toMatchObject([{ running: 1, retryAfterMs: undefined, shadow: false }])
    operation.last.resolve(1)
    await first
  })

  it('blames nobody outside', async () => {
    const breaker = circuitBreaker()
    const service = make(breaker, hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 1 }))
    const operation = controlledOperation()
    const first = service.execute(operation.run, { key: 'hot' })
    await service.executeOutcome(operation.run, { key: 'hot' })
    expect(breaker.statistics()).toMatchObject({ calls: 0 })
    operation.last.resolve(1)
    await first
  })
})

describe('a limit of hot keys', () => {
  it('passes calls without a key uncounted', async () => {
    const limit = hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 1 })
    const service = make(limit)
    for (let each = 0; each < 100; each++) await service.execute(() => 1)
    await ask(service, 'a', 1)
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'a', shareRatio: 1 }])
  })

  it('has exceptions for keys by name', async () => {
    const service = make(
      hotKeyLimit({ ...twenty, minimumPerSecond: 1, exceptions: { big: 3, probe: false } }),
    )
    const operation = controlledOperation()
    for (const key of ['big', 'probe', 'toString']) {
      await ask(service, key, 1)
      for (let each = 0; each < 5; each++) void service.executeOutcome(operation.run, { key })
    }
    const admitted = (name: string): number => operation.runs.filter(({ call }) => call.key === name).length
    expect(['big', 'probe', 'toString'].map(admitted)).toEqual([3, 5, 2])
    for (const run of operation.runs) run.resolve(1)
    await clock.settle()
  })

  it('in shadow reports what it would refuse, and off it counts nothing', async () => {
    const limit = hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 1, mode: 'shadow' })
    const service = make(limit)
    const log = new EventLog(service)
    const operation = controlledOperation()
    const asked = [1, 2, 3].map(() => service.execute(operation.run, { key: 'hot' }))
    expect(log.of('hot-key.rejected')).toMatchObject([{ shadow: true }, { shadow: true }])
    expect(limit.statistics()).toMatchObject({ rejected: 2, hotKeys: [{ running: 1, rejected: 2 }] })
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(asked)
    service.update('hot-key-limit', { mode: 'off' })
    await ask(service, 'hot', 1)
    expect(limit.statistics().hotKeys).toMatchObject([{ perSecond: expect.closeTo(3) }])
  })

  it('takes new options from the next call on, and keeps what it knows', async () => {
    const limit = hotKeyLimit(twenty)
    const service = make(limit)
    await ask(service, 'hot', 19)
    service.update('hot-key-limit', { minimumPerSecond: 10 })
    await ask(service, 'hot', 1)
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'hot', perSecond: expect.closeTo(20) }])
    service.update('hot-key-limit', { minimumPerSecond: 41 })
    expect(limit.statistics().hotKeys).toEqual([])
    service.update('hot-key-limit', { halfLifeMs: 500 * Math.LN2 })
    expect(limit.statistics().hotKeys).toMatchObject([{ key: 'hot', perSecond: expect.closeTo(40) }])
  })

  it('keeps one state an endpoint', async () => {
    const limit = hotKeyLimit(twenty)
    const service = make(fallback({ endpoints: [{ id: 'primary' }, { id: 'standby' }] }), limit)
    await ask(service, 'hot', 20)
    expect(limit.statistics('primary').hotKeys).toHaveLength(1)
    expect(limit.statistics('standby').hotKeys).toEqual([])
  })

  it('lists the hottest first', async () => {
    const limit = hotKeyLimit(twenty)
    const service = make(limit)
    await ask(service, 'hot', 20)
    await ask(service, 'hotter', 30)
    expect(limit.statistics().hotKeys.map(({ key }) => key)).toEqual(['hotter', 'hot'])
  })

  it('answers where admissions are asked for, and nothing remains of them', async () => {
    const service = make(hotKeyLimit({ ...twenty, limit: 1, minimumPerSecond: 1 }), bulkhead())
    const one = await service.admit({ key: 'hot' })
    const other = await service.admit({ key: 'hot' })
    expect([one.admitted, other.admitted]).toEqual([true, false])
    if (one.admitted) one.settle({ value: 1 })
    await clock.advance(60_000)
    expect(leftovers(clock, service)).toEqual([])
  })

  it('lets keyed forget it when it has forgotten its calls', async () => {
    const each = keyed(() => [hotKeyLimit(twenty)], { idleMs: 1 })
    const service = make(each)
    await ask(service, 'a', 20)
    await clock.advance(2_990)
    await service.execute(() => 1)
    expect(each.size).toBe(1)
    await clock.advance(20)
    await service.execute(() => 1)
    expect(each.size).toBe(0)
  })

  it('is made from plain data', () => {
    const part = { kind: 'hot-key-limit', limit: 5, exceptions: { big: 50, probe: false } } as const
    const service = pipelineFrom({ name: 'shop', parts: [JSON.parse(JSON.stringify(part))] }, { clock })
    expect(service.describe().parts).toMatchObject([part])
  })
})
