import { controlledOperation, EventLog, leftovers, VirtualClock } from '@holdfast/testing'
import { oddOperations } from '@holdfast/testing/arbitraries'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import {
  bulkhead,
  BulkheadFullError,
  circuitBreaker,
  CircuitOpenError,
  fallback,
  HoldfastConfigError,
  hedge,
  pipeline,
  pipelineFrom,
  retry,
  standard,
  timeout,
  TimeoutError,
} from './index.ts'
import type { Part, Pipeline, Policy } from './index.ts'

let clock: VirtualClock
let made: Pipeline[]

beforeEach(() => {
  clock = new VirtualClock()
  made = []
})

afterEach(() => {
  expect(leftovers(clock, ...made)).toEqual([])
  expect(clock.pending, 'alarms left').toBe(0)
})

const make = (...parts: Part[]): Pipeline => {
  const guarded = pipeline('test', parts, { clock, random: () => 0.5 })
  made.push(guarded)
  return guarded
}
const boom = new Error('boom')
const fail = () => Promise.reject(boom)

describe('a pipeline', () => {
  it('gives the operation its value and its error untouched', async () => {
    const guarded = make(retry({ attempts: 1 }), circuitBreaker(), timeout({ durationMs: 100 }), bulkhead())
    expect(await guarded.execute(() => 1)).toBe(1)
    await expect(guarded.execute(fail)).rejects.toBe(boom)
  })

  it.each(oddOperations)('D16: works with an operation that %s', async (_name, operation, expected) => {
    const guarded = make(retry({ attempts: 1 }), circuitBreaker(), timeout({ durationMs: 100 }), bulkhead())
    expect(await guarded.executeOutcome(operation)).toEqual(expected)
  })

  it('D27: is typed by its operation', () => {
    const guarded = make(bulkhead())
    expectTypeOf(() => guarded.execute(async () => 1)).returns.resolves.toEqualTypeOf<number>()
    expectTypeOf(() => guarded.execute(() => 'a')).returns.resolves.toEqualTypeOf<string>()
  })

  it('runs parts in the order in which they are written, the first outermost', async () => {
    const order: string[] = []
    const trace = (name: string): Policy => ({
      kind: 'trace',
      name,
      wrap: (next) => (call) => {
        order.push(name)
        return next(call)
      },
    })
    await make(trace('outer'), bulkhead(), trace('inner')).execute(() => order.push('operation'))
    expect(order).toEqual(['outer', 'inner', 'operation'])
  })

  it('nests in another pipeline', async () => {
    const inner = make(bulkhead({ limit: 1 }))
    const outer = make(retry({ attempts: 2, backoff: { baseMs: 0 } }), inner)
    expect(await outer.execute((call) => call.attempt)).toBe(1)
    const held = controlledOperation<number>()
    const first = outer.execute(held.run)
    await clock.settle()
    const second = outer.executeOutcome(held.run)
    await clock.advance(0)
    expect(await second).toMatchObject({ error: { code: 'ERR_BULKHEAD_FULL' } })
    held.last.resolve(3)
    expect(await first).toBe(3)
  })
})

describe('a policy right inside another', () => {
  const standby = fallback({ endpoints: [{ id: 'primary' }, { id: 'standby' }] })
  const trying = () => retry({ backoff: { type: 'constant', baseMs: 100, jitter: 'none' } })

  it('hears that the call was cut short, and begins nothing more', async () => {
    const operation = controlledOperation()
    const caller = new AbortController()
    const result = make(standby, make(trying())).executeOutcome(operation.run, { signal: caller.signal })
    operation.last.reject(boom)
    await clock.settle()
    caller.abort('enough')
    expect(await result).toEqual({ error: 'enough' })
    await clock.advance(1_000)
    expect(operation.runs).toHaveLength(1)
  })

  it('tells the guards outside that the operation began, and when it has ended', async () => {
    const breaker = circuitBreaker()
    const permits = bulkhead({ limit: 1 })
    const operation = controlledOperation()
    const guarded = make(breaker, permits, timeout({ durationMs: 50 }), make(hedge({ delayMs: () => 1_000 })))
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(50)
    expect(await result).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(breaker.statistics().failures).toBe(1)
    expect(permits.statistics().running).toBe(1)
    operation.last.resolve('late')
    await clock.settle()
    expect(permits.statistics().running).toBe(0)
  })
})

describe('guards in a layer', () => {
  it('settle in reverse and once, and release after they settled', async () => {
    const log: string[] = []
    const guard = (name: string) => ({
      kind: 'log',
      name,
      admit: () => (log.push(`${name} in`), 0),
      settle: () => void log.push(`${name} out`),
      release: () => void log.push(`${name} free`),
    })
    await make(guard('a'), guard('b')).execute(() => 1)
    expect(log).toEqual(['a in', 'b in', 'b out', 'b free', 'a out', 'a free'])
  })

  it('the timeout answers at once, the breaker counts it, and the permit stays until the operation has ended', async () => {
    const permits = bulkhead({ limit: 1 })
    const breaker = circuitBreaker()
    const guarded = make(breaker, timeout({ durationMs: 100 }), permits)
    const operation = controlledOperation()
    const result = guarded.executeOutcome(operation.run)
    await clock.advance(99)
    expect(breaker.statistics().failures).toBe(0)
    await clock.advance(1)
    expect(await result).toMatchObject({ error: expect.any(TimeoutError) })
    expect(breaker.statistics().failures).toBe(1)
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    expect(await guarded.executeOutcome(() => 1)).toMatchObject({ error: expect.any(BulkheadFullError) })
    operation.last.resolve('late')
    await clock.settle()
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
  })

  it('an outer bulkhead holds its permit while a retried attempt that timed out still runs', async () => {
    const permits = bulkhead({ limit: 1 })
    const guarded = make(
      permits,
      retry({ attempts: 2, backoff: { baseMs: 10, jitter: 'none' } }),
      timeout({ durationMs: 50 }),
    )
    const operation = controlledOperation<string>()
    const result = guarded.execute(operation.run)
    await clock.advance(70)
    expect(operation.runs).toHaveLength(2)
    operation.last.resolve('second')
    await clock.settle()
    expect(await result).toBe('second')
    expect(permits.statistics().running).toBe(1)
    operation.runs[0]?.resolve('first')
    await clock.settle()
    expect(permits.statistics().running).toBe(0)
  })

  it('a refusal inside the run is ignored by guards outside; another pipeline’s is an outcome', async () => {
    const breaker = circuitBreaker()
    const full = make(breaker, bulkhead({ limit: 0 }))
    await full.executeOutcome(() => 1)
    expect(breaker.statistics().calls).toBe(0)
    const other = make(bulkhead({ limit: 0 }))
    const caller = make(breaker)
    await caller.executeOutcome(() => other.execute(() => 1))
    expect(breaker.statistics()).toMatchObject({ calls: 1, failures: 1 })
  })

  it('time in a queue counts for timeouts outside the bulkhead and not for those inside', async () => {
    const operation = controlledOperation()
    const inside = make(bulkhead({ limit: 1, queue: { size: 1 } }), timeout({ durationMs: 100 }))
    const first = inside.executeOutcome(operation.run)
    const second = inside.executeOutcome(operation.run)
    await clock.advance(90)
    operation.runs[0]?.resolve(1)
    await clock.advance(90)
    operation.runs[1]?.resolve(2)
    expect([await first, await second]).toEqual([{ value: 1 }, { value: 2 }])
    const outside = make(timeout({ durationMs: 100 }), bulkhead({ limit: 1, queue: { size: 1 } }))
    const held = outside.executeOutcome(operation.run)
    const queued = outside.executeOutcome(operation.run)
    await clock.advance(100)
    expect(await queued).toMatchObject({ error: { code: 'ERR_TIMEOUT' } })
    expect(operation.runs).toHaveLength(3)
    operation.last.resolve(3)
    await held
  })
})

describe('cancellation', () => {
  it.each(['backoff', 'queue', 'operation', 'hedge'])(
    'D9: settles within a tick in the %s with the caller’s own reason',
    async (where) => {
      const operation = controlledOperation()
      const parts: Record<string, Part[]> = {
        backoff: [retry({ backoff: { baseMs: 1_000, jitter: 'none' } })],
        queue: [bulkhead({ limit: 1, queue: { size: 1 } })],
        operation: [timeout({ durationMs: 10_000 })],
        hedge: [hedge({ delayMs: 1_000 })],
      }
      const guarded = make(...(parts[where] as Part[]))
      const caller = new AbortController()
      const held = where === 'queue' ? guarded.executeOutcome(operation.run) : undefined
      const result = guarded.executeOutcome(where === 'backoff' ? fail : operation.run, {
        signal: caller.signal,
      })
      await clock.advance(1)
      const started = operation.runs.length
      const reason = { mine: true }
      caller.abort(reason)
      expect(await result).toEqual({ error: reason })
      await clock.advance(10_000)
      expect(operation.runs).toHaveLength(started)
      for (const run of operation.runs) run.resolve(1)
      await held
      await clock.settle()
    },
  )

  it('D9: an aborted signal lets nothing start', async () => {
    const operation = controlledOperation()
    const permits = bulkhead()
    const outcome = await make(retry(), permits).executeOutcome(operation.run, {
      signal: AbortSignal.abort('no'),
    })
    expect(outcome).toEqual({ error: 'no' })
    expect(operation.runs).toHaveLength(0)
    expect(permits.statistics().running).toBe(0)
  })

  it('D6: the caller’s abort blames nobody', async () => {
    const breaker = circuitBreaker()
    const caller = new AbortController()
    const result = make(breaker).executeOutcome((call) => new Promise((_, reject) => call.onCancel(reject)), {
      signal: caller.signal,
    })
    caller.abort(boom)
    await result
    expect(breaker.statistics()).toMatchObject({ calls: 0, running: 0 })
  })

  it('D10: each attempt has a signal of its own, aborted at its deadline with the error that the caller hears', async () => {
    const guarded = make(
      retry({ attempts: 2, backoff: { baseMs: 1, jitter: 'none' } }),
      timeout({ durationMs: 100 }),
    )
    const operation = controlledOperation()
    const result = guarded.executeOutcome((call) => (void call.signal, operation.run(call)))
    await clock.advance(101)
    const [first, second] = operation.runs.map(({ call }) => call.signal)
    expect(first?.aborted).toBe(true)
    expect(second?.aborted).toBe(false)
    await clock.advance(100)
    expect(await result).toEqual({ error: second?.reason })
    for (const run of operation.runs) run.resolve(1)
  })

  it('a listener of the cancellation that throws keeps neither the others nor the signal from hearing', async () => {
    const heard: unknown[] = []
    const caller = new AbortController()
    const result = make(bulkhead()).executeOutcome(
      (call) => {
        call.onCancel(() => {
          throw boom
        })
        call.onCancel((reason) => heard.push(reason))
        call.signal.addEventListener('abort', () => heard.push('signal'))
        return new Promise((_, reject) => call.onCancel(reject))
      },
      { signal: caller.signal },
    )
    caller.abort('why')
    expect(await result).toEqual({ error: 'why' })
    expect(heard).toEqual(['why', 'signal'])
  })

  it('D11: a long-lived signal keeps no listener', async () => {
    const caller = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = caller.signal
    caller.signal.addEventListener = (...args: unknown[]) => (
      listeners++, Reflect.apply(addEventListener, caller.signal, args)
    )
    caller.signal.removeEventListener = (...args: unknown[]) => (
      listeners--, Reflect.apply(removeEventListener, caller.signal, args)
    )
    const operation = controlledOperation()
    const guarded = make(timeout({ durationMs: 100 }))
    const all = [1, 2, 3].map(() => guarded.execute(operation.run, { signal: caller.signal }))
    expect(listeners).toBe(1)
    for (const run of operation.runs) run.resolve(1)
    await Promise.all(all)
    expect(listeners).toBe(0)
  })
})

describe('events', () => {
  it('D7: a listener that throws changes nothing and is reported to the others', async () => {
    const guarded = make(retry({ attempts: 2, backoff: { baseMs: 0 } }))
    guarded.on(() => {
      throw boom
    })
    const log = new EventLog(guarded)
    let runs = 0
    const result = guarded.execute(() => (++runs === 1 ? fail() : 'fine'))
    await clock.advance(0)
    expect(await result).toBe('fine')
    expect(log.types).toEqual(['hook.failed', 'retry.scheduled'])
  })

  it('D21: the log is a function of the history, and stops when told', async () => {
    const guarded = make(fallback({ value: 0 }), circuitBreaker({ consecutiveFailures: 2 }), bulkhead())
    const log = new EventLog(guarded)
    for (let run = 0; run < 3; run++) await guarded.execute(fail)
    expect(log.types).toEqual([
      'fallback.used',
      'circuit.open',
      'fallback.used',
      'circuit.rejected',
      'fallback.used',
    ])
    log.stop()
    await guarded.execute(fail)
    expect(log.events).toHaveLength(5)
  })
})

describe('hooks that throw', () => {
  const throws = () => {
    throw boom
  }
  it('D12: never hang a call and reject that call alone', async () => {
    const retrying = make(retry({ retryWhen: throws }))
    await expect(retrying.execute(fail)).rejects.toBe(boom)
    const falling = make(fallback({ run: throws }))
    await expect(falling.execute(() => Promise.reject('first'))).rejects.toBe(boom)
    const timing = make(timeout({ durationMs: throws }))
    await expect(timing.execute(() => 1)).rejects.toBe(boom)
    const breaking = make(circuitBreaker({ isFailure: throws, tripWhen: throws }))
    expect(await breaking.execute(() => 1)).toBe(1)
    await expect(breaking.execute(() => Promise.reject('own'))).rejects.toBe('own')
  })
})

describe('endpoints', () => {
  it('breaker open for the primary, standby still served', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 2 })
    const guarded = make(fallback({ endpoints: [{ id: 'primary' }, { id: 'standby' }] }), breaker)
    const operation = (call: { endpoint: { id: string } | undefined }) => {
      if (call.endpoint?.id === 'primary') throw boom
      return call.endpoint?.id
    }
    for (let run = 0; run < 5; run++) expect(await guarded.execute(operation)).toBe('standby')
    expect(breaker.statistics('primary')).toMatchObject({ state: 'open', refused: 3 })
    expect(breaker.statistics('standby').state).toBe('closed')
  })

  it('D23: the error of the last carries the first as its cause', async () => {
    const last = new Error('last')
    const guarded = make(fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] }))
    const outcome = guarded.executeOutcome((call) => Promise.reject(call.endpoint?.id === 'a' ? boom : last))
    expect(await outcome).toEqual({ error: last })
    expect(last.cause).toBe(boom)
  })
})

describe('admit', () => {
  it('takes permits until settled, once', () => {
    const permits = bulkhead({ limit: 1 })
    const guarded = make(permits)
    const first = guarded.admit()
    const second = guarded.admit()
    expect(second).toMatchObject({ admitted: false, error: { code: 'ERR_BULKHEAD_FULL' } })
    if (first instanceof Promise || !first.admitted) throw new Error('not admitted')
    first.settle({ value: 1 })
    first.settle({ error: boom })
    expect(permits.statistics().running).toBe(0)
    const third = guarded.admit()
    expect(third).toMatchObject({ admitted: true })
    if (!(third instanceof Promise) && third.admitted) third.settle('cancelled')
    expect(permits.statistics().running).toBe(0)
  })

  it('is a promise where it has to wait', async () => {
    const guarded = make(bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } }))
    const first = guarded.admit()
    const second = guarded.admit()
    expect(second).toBeInstanceOf(Promise)
    await clock.advance(10)
    expect(await second).toMatchObject({ admitted: false })
    if (!(first instanceof Promise) && first.admitted) first.settle('cancelled')
  })

  it('is cut short with the reason that is given, and its permit comes back with its end', () => {
    const permits = bulkhead({ limit: 1 })
    const breaker = circuitBreaker()
    const admission = make(breaker, permits).admit()
    if (admission instanceof Promise || !admission.admitted) throw new Error('not admitted')
    const heard: unknown[] = []
    admission.call.onCancel((reason) => heard.push(reason))
    admission.cancel(boom)
    admission.cancel(new Error('again'))
    expect(heard).toEqual([boom])
    expect(admission.call.signal.reason).toBe(boom)
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    admission.settle({ value: 1 })
    expect(permits.statistics()).toMatchObject({ running: 0, abandoned: 0 })
    expect(breaker.statistics().calls).toBe(0)
  })

  it('is not cut short once it has ended, however often its run is used again', () => {
    const guarded = make(bulkhead({ limit: 1 }))
    const first = guarded.admit()
    if (first instanceof Promise || !first.admitted) throw new Error('not admitted')
    first.settle({ value: 1 })
    const next = guarded.admit()
    if (next instanceof Promise || !next.admitted) throw new Error('not admitted')
    first.cancel(boom)
    expect([first.call.cancelled, next.call.cancelled]).toEqual([false, false])
    next.settle({ value: 1 })
  })

  it('gives up waiting when it is told to', async () => {
    const permits = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } })
    const guarded = make(permits)
    const first = guarded.admit()
    const second = guarded.admit()
    if (first instanceof Promise || !first.admitted) throw new Error('not admitted')
    if (!(second instanceof Promise)) throw new Error('did not wait')
    second.cancel(boom)
    expect(permits.statistics().waiting).toBe(0)
    expect(await second).toEqual({ admitted: false, error: boom })
    first.settle({ value: 1 })
    const other = guarded.admit()
    second.cancel(new Error('again'))
    expect(other).toMatchObject({ admitted: true, call: { cancelled: false } })
    if (!(other instanceof Promise) && other.admitted) other.settle({ value: 1 })
  })

  it('that is given up in the moment of its turn is cut short instead', async () => {
    const permits = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } })
    const guarded = make(permits)
    const first = guarded.admit()
    const second = guarded.admit()
    if (first instanceof Promise || !first.admitted) throw new Error('not admitted')
    if (!(second instanceof Promise)) throw new Error('did not wait')
    first.settle({ value: 1 })
    second.cancel(boom)
    const admission = await second
    expect(admission).toMatchObject({ admitted: true, call: { cancelled: true, reason: boom } })
    expect(permits.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    if (admission.admitted) admission.settle('cancelled')
    expect(permits.statistics().running).toBe(0)
  })

  it('refuses pipelines that are not guards alone', () => {
    expect(() => make(retry()).admit()).toThrow(HoldfastConfigError)
  })
})

describe('configuration', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no parts', () => make(), /at least one part/],
    ['two parts of one name', () => make(bulkhead(), bulkhead()), /two parts are named 'bulkhead'/],
    ['an unknown option', () => retry({ atempts: 3 } as never), /unknown option 'atempts'/],
    ['NaN', () => timeout({ durationMs: Number.NaN }), /durationMs must be .*, not NaN/],
    ['a negative duration', () => timeout({ durationMs: -1 }), /durationMs must be .*, not -1/],
    ['an infinite duration', () => timeout({ durationMs: Infinity }), /not Infinity/],
    ['no attempts', () => retry({ attempts: 0 }), /attempts must be an integer of at least 1, not 0/],
    ['a ratio above 1', () => circuitBreaker({ failureRatio: 1.1 }), /failureRatio must be .*, not 1.1/],
    [
      'an attempt longer than the total',
      () => make(timeout({ name: 't', durationMs: 10 }), timeout({ durationMs: 20 })),
      /shorter, or swap/,
    ],
    ['two retries', () => make(retry(), retry({ name: 'again' })), /attempts multiply/],
    ['two retries through nesting', () => make(retry(), make(retry({ name: 'again' }))), /attempts multiply/],
    [
      'a window shorter than two attempts',
      () => make(circuitBreaker(), timeout({ durationMs: 6_000 })),
      /at least 12000 ms/,
    ],
  ])('refuses %s', (_name, build, message) => {
    expect(build).toThrow(HoldfastConfigError)
    expect(build).toThrow(message)
  })

  it('D14: neither keeps nor changes the options it was given', async () => {
    const options = Object.freeze({ attempts: 2, backoff: Object.freeze({ baseMs: 0 }) })
    const loose = { limit: 1 }
    const permits = bulkhead(loose)
    const guarded = make(retry(options), permits)
    loose.limit = 0
    expect(await guarded.execute(() => 1)).toBe(1)
    expect(permits.statistics().limit).toBe(1)
  })

  it('the standard preset is data that survives JSON and can be spread', async () => {
    const parts = JSON.parse(JSON.stringify(standard)) as typeof standard
    const guarded = pipelineFrom(
      { name: 'std', parts: [{ kind: 'fallback', value: 1 }, ...parts] },
      { clock },
    )
    expect(await guarded.execute(() => 2)).toBe(2)
    expect(guarded.parts.map(({ kind }) => kind)).toEqual([
      'fallback',
      'timeout',
      'retry',
      'circuit-breaker',
      'timeout',
      'bulkhead',
    ])
  })

  it('live options are validated, apply to the next admission and keep what was learned', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 3 })
    const guarded = make(breaker)
    for (let run = 0; run < 2; run++) await guarded.executeOutcome(fail)
    expect(() => guarded.update('circuit-breaker', { failureRatio: 2 })).toThrow(HoldfastConfigError)
    guarded.update('circuit-breaker', { consecutiveFailures: 2 })
    expect(breaker.statistics().failures).toBe(2)
    await guarded.executeOutcome(fail)
    expect(breaker.statistics().state).toBe('open')
  })

  it('shadow reports what it would have refused and admits', async () => {
    const permits = bulkhead({ limit: 0, mode: 'shadow' })
    const breaker = circuitBreaker({ consecutiveFailures: 1, mode: 'shadow' })
    const guarded = make(breaker, timeout({ durationMs: 10, mode: 'shadow' }), permits)
    const log = new EventLog(guarded)
    const operation = controlledOperation()
    const first = guarded.executeOutcome(operation.run)
    await clock.advance(20)
    operation.last.reject(boom)
    expect(await first).toEqual({ error: boom })
    expect(await guarded.execute(() => 5)).toBe(5)
    expect(log.types).toEqual([
      'bulkhead.rejected',
      'timeout.elapsed',
      'circuit.open',
      'circuit.rejected',
      'bulkhead.rejected',
    ])
    expect(
      log.events.filter((event) => 'shadow' in event).every((event) => 'shadow' in event && event.shadow),
    ).toBe(true)
  })
})

describe('refusals', () => {
  it('say who refused, when to come back and what was seen last', async () => {
    const guarded = make(circuitBreaker({ consecutiveFailures: 1, openMs: 100 }))
    await guarded.executeOutcome(fail)
    const outcome = await guarded.executeOutcome(() => 1, { key: 'k' })
    expect(outcome).toMatchObject({
      error: {
        code: 'ERR_CIRCUIT_OPEN',
        policy: 'circuit-breaker',
        key: 'k',
        retryAfterMs: 105,
        cause: boom,
      },
    })
    if ('error' in outcome) expect(outcome.error).toBeInstanceOf(CircuitOpenError)
  })
})
