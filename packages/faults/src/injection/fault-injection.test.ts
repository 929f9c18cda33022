import {
  bulkhead,
  circuitBreaker,
  endpoints,
  fallback,
  keyed,
  pipeline,
  retry,
  timeout,
} from '@holdfast/core'
import type { EventBody, Part } from '@holdfast/core'
import { EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { isFaultEvent } from './event.ts'
import { FaultError } from './fault-error.ts'
import { faultInjection } from './fault-injection.ts'
import type { FaultInjection } from './fault-injection.ts'
import type { Fault } from './fault.ts'

function place(...parts: Part[]) {
  const clock = new VirtualClock({ now: 1_000 })
  const faults = faultInjection()
  const guarded = pipeline('test', [...parts, faults], { clock, random: () => 0.5 })
  return { clock, faults, guarded }
}

const value = (): string => 'value'

describe('a part that injects faults', () => {
  test('does nothing until a fault is started, and nothing once it is stopped', async () => {
    const { faults, guarded } = place()
    expect(await guarded.execute(value)).toBe('value')
    const id = faults.start({ kind: 'failure' })
    await expect(guarded.execute(value)).rejects.toThrow(FaultError)
    faults.stop(id)
    expect(await guarded.execute(value)).toBe('value')
  })

  test('shows what is on in its description, and what was on in a list that can be written as JSON', async () => {
    const { clock, faults, guarded } = place()
    expect(guarded.describe().parts).toEqual([{ kind: 'faults', name: 'faults', active: [] }])
    const fault: Fault = { kind: 'failure', id: 'outage-1', code: 'ECONNREFUSED', when: { keys: ['a'] } }
    faults.start(fault)
    expect(faults.describe?.()).toEqual({ active: [fault] })
    await guarded.executeOutcome(value, { key: 'a' })
    await guarded.executeOutcome(value, { key: 'b' })
    await clock.advance(50)
    faults.stop()
    faults.start({ kind: 'hang' })
    expect(JSON.parse(JSON.stringify(faults.injections()))).toEqual([
      { id: 'outage-1', fault, startedAt: 1_000, stoppedAt: 1_050, calls: 1 },
      { id: 'hang', fault: { kind: 'hang', id: 'hang' }, startedAt: 1_050, calls: 0 },
    ])
  })

  test('tells the listeners of its pipeline what it does', async () => {
    const { faults, guarded } = place(retry({ attempts: 2, backoff: { baseMs: 0 } }))
    const log = new EventLog<EventBody>(guarded)
    const id = faults.start({ kind: 'failure', id: 'f1', when: { every: 2 } })
    await guarded.execute(value)
    await guarded.execute(value, { key: 'k' })
    faults.stop(id)
    const heard = log.events.filter(isFaultEvent)
    expect(heard).toMatchObject([
      { type: 'fault.started', id: 'f1', policy: 'faults', fault: { kind: 'failure' }, pipeline: 'test' },
      { type: 'fault.injected', id: 'f1', fault: { kind: 'failure' }, key: 'k', attempt: 1, at: 1_000 },
      { type: 'fault.stopped', id: 'f1', calls: 1 },
    ])
  })

  test('stops a fault by itself when its time is over, and tells so at that moment', async () => {
    const { clock, faults, guarded } = place()
    const log = new EventLog<EventBody>(guarded)
    faults.start({ kind: 'failure', when: { fromMs: 10, toMs: 20 } })
    const failsNow = async (): Promise<boolean> => 'error' in (await guarded.executeOutcome(value))
    expect(await failsNow()).toBe(false)
    await clock.advance(10)
    expect(await failsNow()).toBe(true)
    await clock.advance(9)
    expect(await failsNow()).toBe(true)
    await clock.advance(1)
    expect(await failsNow()).toBe(false)
    await clock.advance(100)
    expect(log.events.filter(isFaultEvent).at(-1)).toMatchObject({
      type: 'fault.stopped',
      at: 1_020,
      calls: 2,
    })
    expect(faults.injections()).toMatchObject([{ startedAt: 1_000, stoppedAt: 1_020 }])
    expect(faults.describe?.()).toEqual({ active: [] })
    expect(clock.pending).toBe(0)
  })

  test('leaves no alarm behind a fault that is stopped before its time is over', () => {
    const { clock, faults } = place()
    faults.start({ kind: 'hang', when: { toMs: 20 } })
    expect(clock.pending).toBe(1)
    faults.stop('hang')
    faults.stop('hang')
    expect(clock.pending).toBe(0)
  })

  test('remembers the newest thousand injections that are over, and all that are on', () => {
    const { faults } = place()
    faults.start({ kind: 'hang', id: 'on' })
    for (let each = 0; each < 1_002; each++) faults.stop(faults.start({ kind: 'hang', id: `${each}` }))
    const ids = faults.injections().map(({ id }) => id)
    expect(ids).toHaveLength(1_001)
    expect([ids[0], ids[1], ids.at(-1)]).toEqual(['on', '2', '1001'])
  })

  test('stands in several pipelines at once, each of which hears', async () => {
    const { clock, faults, guarded } = place()
    const other = pipeline('other', [keyed(() => [retry(), faults])], { clock })
    await other.execute(value, { key: 'a' })
    await other.execute(value, { key: 'b' })
    const log = new EventLog<EventBody>(other)
    faults.start({ kind: 'corruption', value: 7 })
    expect(await guarded.execute(value)).toBe(7)
    expect(await other.execute(value, { key: 'a' })).toBe(7)
    expect(log.types).toEqual(['fault.started', 'fault.injected'])
    expect(faults.injections()).toMatchObject([{ calls: 2 }])
    expect(() => pipeline('third', [faults])).toThrow(
      'faults: the pipelines that share it must have the same clock',
    )
  })

  test('must be the innermost part, and starts nothing before it stands in a pipeline', () => {
    expect(() => pipeline('test', [retry(), faultInjection(), timeout({ durationMs: 1 })])).toThrow(
      "test: 'faults' acts on the operation itself, so it must be the innermost part; put it behind 'timeout'",
    )
    expect(() => faultInjection({ name: 'mine' }).start({ kind: 'hang' })).toThrow(
      'mine: stands in no pipeline yet, so it cannot start hang',
    )
  })
})

describe('a fault', () => {
  test('of latency delays the operation by what is drawn, and counts in timeouts as its own time', async () => {
    const { clock, faults, guarded } = place(timeout({ durationMs: 100 }))
    faults.start({ kind: 'latency', ms: { kind: 'uniform', leastMs: 20, mostMs: 60 } })
    const startedAt: number[] = []
    const outcome = guarded.execute(({ clock: { now } }) => startedAt.push(now.call(clock)))
    await clock.advance(100)
    await outcome
    expect(startedAt).toEqual([1_040])
    faults.stop()
    faults.start({ kind: 'latency', ms: 100 })
    const late = guarded.executeOutcome(value)
    await clock.advance(100)
    expect(await late).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(clock.pending).toBe(0)
  })

  test('of failure counts for a breaker, is tried again and answered by a fallback, as the operation’s own', async () => {
    const breaker = circuitBreaker()
    const again = retry({ attempts: 2, backoff: { baseMs: 0 } })
    const { faults, guarded } = place(fallback({ run: (error) => error }), again, breaker)
    faults.start({ kind: 'failure', id: 'down', status: 503 })
    const answer = await guarded.execute(value, { key: 'k' })
    expect(answer).toBeInstanceOf(FaultError)
    expect(answer).toMatchObject({
      code: 'ERR_FAULT',
      fault: 'down',
      status: 503,
      policy: 'faults',
      key: 'k',
    })
    expect(breaker.statistics().failures).toBe(2)
  })

  test('of failure throws what a function makes', async () => {
    const { faults, guarded } = place()
    const mine = new Error('mine')
    faults.start({ kind: 'failure', error: () => mine })
    expect(await guarded.executeOutcome(value)).toEqual({ error: mine })
  })

  test('that hangs does so until the call is cut short, whether or not it has been stopped', async () => {
    const permits = bulkhead()
    const { clock, faults, guarded } = place(timeout({ durationMs: 100 }), permits)
    faults.start({ kind: 'hang' })
    const caller = new AbortController()
    const [timed, aborted] = [{}, { signal: caller.signal }].map((how) => guarded.executeOutcome(value, how))
    faults.stop()
    await clock.advance(99)
    caller.abort('gone')
    expect(await aborted).toEqual({ error: 'gone' })
    await clock.advance(1)
    expect(await timed).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(permits.statistics().running).toBe(0)
  })

  test('of corruption changes values, and leaves errors as they are', async () => {
    const { faults, guarded } = place()
    faults.start({ kind: 'corruption', value: (right: unknown) => ({ wrong: right }) })
    expect(await guarded.execute(value)).toEqual({ wrong: 'value' })
    const mistake = new Error('mistake')
    expect(await guarded.executeOutcome(() => Promise.reject(mistake))).toEqual({ error: mistake })
    expect(faults.injections()).toMatchObject([{ calls: 1 }])
  })

  test('at one endpoint sends calls on to another', async () => {
    const { faults, guarded } = place(
      retry({ attempts: 2, backoff: { baseMs: 0 } }),
      endpoints({ primary: [{ id: 'a' }], standby: [{ id: 'b' }] }),
    )
    const ask = (): Promise<unknown> => guarded.execute((call) => call.endpoint?.id)
    expect(await ask()).toBe('a')
    faults.start({ kind: 'failure', code: 'ECONNREFUSED', when: { endpoints: ['a'] } })
    expect(await ask()).toBe('b')
  })

  test('acts around those that were started after it', async () => {
    const { clock, faults, guarded } = place()
    faults.start({ kind: 'latency', ms: 30 })
    faults.start({ kind: 'failure' })
    const outcome = guarded.executeOutcome(value)
    await clock.advance(29)
    expect(faults.injections()).toMatchObject([{ calls: 1 }, { calls: 0 }])
    await clock.advance(1)
    expect(await outcome).toMatchObject({ error: { code: 'ERR_FAULT' } })
  })

  test('that is none is refused with the path of what is wrong', () => {
    const { faults } = place()
    const started = (fault: unknown) => () => faults.start(fault as Parameters<FaultInjection['start']>[0])
    expect(started({ kind: 'slow' })).toThrow(
      'faults: kind must be one of latency, failure, hang, corruption, not slow',
    )
    expect(started(undefined)).toThrow('faults: kind must be one of')
    expect(started({ kind: 'latency' })).toThrow('faults: ms must be given')
    expect(started({ kind: 'latency', ms: { kind: 'gamma', meanMs: -1, shape: 1 } })).toThrow(
      'faults.ms: meanMs must be a finite number of milliseconds of at least 0, not -1',
    )
    expect(started({ kind: 'hang', ms: 1 })).toThrow("faults: unknown option 'ms'; known are kind, id, when")
    expect(started({ kind: 'hang', when: { ratio: 2 } })).toThrow(
      'faults.when: ratio must be a number from 0 to 1, not 2',
    )
    expect(started({ kind: 'hang', when: { onMs: 1 } })).toThrow(
      'faults.when: onMs and offMs must be given together',
    )
    expect(started({ kind: 'hang', when: { fromMs: 5, toMs: 5 } })).toThrow(
      'faults.when: toMs must be above fromMs, 5, not 5',
    )
    expect(started({ kind: 'failure', code: 'E', error: () => 1 })).toThrow('leave out code and status')
    faults.start({ kind: 'hang' })
    expect(started({ kind: 'hang' })).toThrow('faults: hang is on already; stop it, or give another id')
    expect(faults.injections()).toHaveLength(1)
  })
})
