import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { partFrom, pipeline, pipelineFrom, standard } from './index.ts'
import type { PartConfig, PipelineConfig } from './index.ts'

const fail = () => Promise.reject(new Error('down'))

describe('pipelineFrom', () => {
  it('builds every kind of part, with its options', () => {
    const config: PipelineConfig = {
      name: 'all',
      parts: [
        { kind: 'fallback', value: 1 },
        { kind: 'timeout', durationMs: 900 },
        { kind: 'rate-limit', limit: 7 },
        { kind: 'hot-key-limit', limit: 3, exceptions: { big: 30 } },
        { kind: 'single-flight', stale: { maximumAgeMs: 6, maximumKeys: 5 } },
        { kind: 'retry', attempts: 4 },
        { kind: 'circuit-breaker', failureRatio: 0.25 },
        { kind: 'hedge', delayMs: 8 },
        { kind: 'bulkhead', limit: 9, name: 'permits' },
      ],
    }
    const service = pipelineFrom(config, { clock: new VirtualClock() })
    expect(service.describe()).toMatchObject({
      name: 'all',
      parts: [
        { kind: 'fallback', value: 1 },
        { kind: 'timeout', durationMs: 900 },
        { kind: 'rate-limit', limit: 7 },
        { kind: 'hot-key-limit', limit: 3, exceptions: { big: 30 } },
        { kind: 'single-flight', stale: { maximumAgeMs: 6, maximumKeys: 5 } },
        { kind: 'retry', attempts: 4 },
        { kind: 'circuit-breaker', failureRatio: 0.25 },
        { kind: 'hedge', delayMs: 8 },
        { kind: 'bulkhead', limit: 9, name: 'permits' },
      ],
    })
  })

  it('builds parts for each key, which nobody can change from outside', async () => {
    const perKey: PartConfig = {
      kind: 'keyed',
      maximum: 5,
      parts: [{ kind: 'bulkhead', limit: 1, queue: false }],
    }
    const service = pipelineFrom({ name: 'p', parts: [perKey] })
    Object.assign(perKey.parts[0] as object, { limit: 9 })
    const running = controlledOperation()
    void service.executeOutcome(running.run, { key: 'one' })
    expect(await service.executeOutcome(() => 1, { key: 'one' })).toMatchObject({
      error: { code: 'ERR_BULKHEAD_FULL' },
    })
    expect(await service.execute(() => 1, { key: 'other' })).toBe(1)
    expect(service.describe().parts).toMatchObject([{ kind: 'keyed', maximum: 5 }])
  })

  it('says at once what is wrong with the parts for each key', () => {
    const perKey = (...parts: readonly unknown[]) =>
      pipelineFrom({ name: 'p', parts: [{ kind: 'keyed', parts }] } as never)
    expect(() => perKey({ kind: 'retry', attempts: 0 })).toThrow('retry: attempts must be')
    expect(() => perKey({ kind: 'magic' })).toThrow('keyed: parts[0].kind must be one of')
    expect(() => perKey({ kind: 'retry' }, { kind: 'retry' })).toThrow("keyed: two parts are named 'retry'")
    expect(() => pipelineFrom({ name: 'p', parts: [{ kind: 'keyed' }] } as never)).toThrow(
      'keyed: parts must be given',
    )
  })

  it('gives the pipeline its clock and its chance', async () => {
    const clock = new VirtualClock({ now: 42 })
    const service = pipelineFrom({ name: 'p', parts: standard }, { clock, random: () => 0.25 })
    expect(await service.execute((call) => [call.clock.now(), call.random()])).toEqual([42, 0.25])
  })

  it('holds the parts against each other as pipeline() does', () => {
    const parts: PartConfig[] = [{ kind: 'retry' }, { kind: 'retry', name: 'again' }]
    expect(() => pipelineFrom({ name: 'p', parts })).toThrow(/their attempts multiply/)
  })

  it('D14: makes parts of their own from the same data each time, and leaves the data alone', async () => {
    const parts: readonly PartConfig[] = [{ kind: 'circuit-breaker', consecutiveFailures: 1 }]
    const copy = structuredClone(parts)
    const [one, other] = [pipelineFrom({ name: 'one', parts }), pipelineFrom({ name: 'other', parts })]
    await one.executeOutcome(fail)
    expect(await one.executeOutcome(() => 1)).toMatchObject({ error: { code: 'ERR_CIRCUIT_OPEN' } })
    expect(await other.execute(() => 1)).toBe(1)
    expect(parts).toEqual(copy)
  })
})

describe('partFrom', () => {
  it('builds one part', () => {
    expect(partFrom({ kind: 'retry', attempts: 4 }).describe?.()).toMatchObject({ attempts: 4 })
  })

  it('says what is wrong with it', () => {
    expect(() => partFrom({ kind: 'magic' } as never)).toThrow('partFrom: part.kind must be one of')
    expect(() => partFrom({ kind: 'retry', attempts: 0 })).toThrow('retry: attempts must be')
  })
})

describe('the standard preset', () => {
  const make = (clock: VirtualClock, parts = standard) =>
    pipelineFrom({ name: 'std', parts }, { clock, random: () => 0.5 })

  it('is the order and the values of the documentation', () => {
    expect(make(new VirtualClock()).describe().parts).toMatchObject([
      { kind: 'timeout', name: 'total-timeout', durationMs: 10_000 },
      {
        kind: 'retry',
        attempts: 3,
        backoff: { type: 'exponential', baseMs: 100, maximumMs: 2_000, jitter: 'decorrelated' },
        budget: { ratio: 0.1, reservePerSecond: 1, inFlightRatio: 0.2, inFlightMinimum: 3 },
      },
      {
        kind: 'circuit-breaker',
        failureRatio: 0.9,
        proportional: { multiplier: 2 },
        minimumCalls: 20,
        burst: { failureRatio: 0.9, buckets: 2 },
        openMs: 1_000,
        maximumOpenMs: 15_000,
        probes: 3,
        probeSuccesses: 2,
        rampMs: 0,
      },
      { kind: 'timeout', name: 'timeout', durationMs: 2_500 },
      {
        kind: 'bulkhead',
        limit: { by: 'drops', initial: 100, minimum: 1, maximum: 100 },
        queue: { size: 50, order: 'lifo', maximumWaitMs: 250 },
      },
    ])
  })

  it('is data: it survives JSON, and cannot be changed under those who spread it', () => {
    expect(JSON.parse(JSON.stringify(standard))).toEqual(standard)
    const [, again] = standard
    expect(() => Object.assign(again as object, { attempts: 9 })).toThrow(TypeError)
    const { backoff } = again as { readonly backoff: object }
    expect(() => Object.assign(backoff, { baseMs: 9 })).toThrow(TypeError)
    expect(() => (standard as PartConfig[]).pop()).toThrow(TypeError)
  })

  it('can be spread, and parts of it changed', async () => {
    const parts = standard.map((part) =>
      part.kind === 'bulkhead' ? { ...part, limit: 0, queue: false as const } : part,
    )
    const clock = new VirtualClock()
    const service = make(clock, [{ kind: 'fallback', value: 'instead' }, ...parts])
    const result = service.execute(() => 1)
    await clock.advance(10_000)
    expect(await result).toBe('instead')
  })

  it('saves a call whose first attempt hangs', async () => {
    const clock = new VirtualClock()
    const operation = controlledOperation({ honoursAbort: true })
    const result = make(clock).execute(operation.run)
    await clock.advance(2_500)
    expect(operation.running).toBe(0)
    await clock.advance(500)
    operation.last.resolve('saved')
    expect(await result).toBe('saved')
  })

  it('answers a call that hangs for good within its total of 10 s', async () => {
    const clock = new VirtualClock()
    const operation = controlledOperation()
    const result = make(clock).executeOutcome(operation.run)
    await clock.advance(10_000)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    for (const run of operation.runs) run.resolve(1)
    await clock.settle()
  })

  it('D24: asks a service that is down far less often than its callers ask for it', async () => {
    const clock = new VirtualClock()
    const service = make(clock)
    const log = new EventLog(service)
    let runs = 0
    for (let second = 0; second < 60; second++) {
      for (let call = 0; call < 10; call++) void service.executeOutcome(() => (runs++, fail()))
      await clock.advance(1_000)
    }
    expect(runs).toBeLessThan(150)
    expect(log.of('circuit.open').length).toBeGreaterThan(0)
  })

  it('is the same as its parts put together by hand', () => {
    const made = make(new VirtualClock())
    const again = pipeline('std', made.parts, { clock: made.clock })
    expect(again.describe()).toEqual(made.describe())
  })
})
