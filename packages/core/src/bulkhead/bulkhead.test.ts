import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import type { ControlledOperation } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { bulkhead, BulkheadFullError, HoldfastConfigError, pipeline, timeout } from '../index.ts'
import type { Bulkhead, BulkheadOptions, Guard, HoldfastEvent, Outcome, Pipeline, Policy } from '../index.ts'

interface Scene {
  readonly clock: VirtualClock
  readonly guard: Bulkhead
  readonly service: Pipeline
  readonly work: ControlledOperation<string>
  readonly log: EventLog<HoldfastEvent>
  /** Starts a call of that name, which `ended` lists when its caller has heard. */
  start(name: string, signal?: AbortSignal): Promise<void>
  readonly ended: Record<string, Outcome>
  /** The names of those that began to run, in order. */
  readonly began: string[]
}

function scene(options: BulkheadOptions): Scene {
  const clock = new VirtualClock()
  const guard = bulkhead(options)
  const service = pipeline('service', [guard], { clock })
  const work = controlledOperation<string>()
  const ended: Record<string, Outcome> = {}
  const began: string[] = []
  return {
    clock,
    guard,
    service,
    work,
    log: new EventLog(service),
    ended,
    began,
    async start(name, signal) {
      const operation: typeof work.run = (call) => {
        began.push(name)
        return work.run(call)
      }
      const outcome = service.executeOutcome(operation, {
        signal,
        metadata: { priority: Number(name.at(-1)) },
      })
      void outcome.then((each) => (ended[name] = each))
      await clock.settle()
    },
  }
}

function codeOf(outcome: Outcome | undefined): unknown {
  return outcome !== undefined && 'error' in outcome ? (outcome.error as { code?: string }).code : outcome
}

const byName: NonNullable<BulkheadOptions['priority']> = (call) => call.metadata['priority'] as number

describe('bulkhead', () => {
  test('runs as many calls as the limit allows and refuses the next', async () => {
    const { start, guard, ended, began } = scene({ limit: 2 })
    for (const name of ['a', 'b', 'c']) await start(name)
    expect(began).toEqual(['a', 'b'])
    expect(codeOf(ended['c'])).toBe('ERR_BULKHEAD_FULL')
    expect(guard.statistics()).toEqual({ limit: 2, running: 2, abandoned: 0, waiting: 0, rejected: 1 })
  })

  test('the limit is 100 where nothing is said, and nobody waits', () => {
    expect(bulkhead().describe?.()).toEqual({ limit: 100, queue: false, mode: 'enforce' })
  })

  test('a limit of 0 refuses everything', async () => {
    const { start, ended } = scene({ limit: 0 })
    await start('a')
    expect(codeOf(ended['a'])).toBe('ERR_BULKHEAD_FULL')
  })

  test('the permit comes back whichever way the operation ends', async () => {
    const { start, work, clock, guard } = scene({ limit: 1 })
    await start('a')
    work.last.reject(new Error('no'))
    await clock.settle()
    await start('b')
    work.last.resolve('yes')
    await clock.settle()
    expect(guard.statistics()).toMatchObject({ running: 0, rejected: 0 })
  })

  test('the refusal names the policy and the key, and knows no time to wait', async () => {
    const { service } = scene({ name: 'workers', limit: 0 })
    const error: unknown = await service.execute(() => 1, { key: 'k' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BulkheadFullError)
    expect(error).toMatchObject({ policy: 'workers', key: 'k', retryAfterMs: undefined })
  })

  test('a call that a deadline answered keeps its permit until its operation ends', async () => {
    const clock = new VirtualClock()
    const guard = bulkhead({ limit: 1 })
    const service = pipeline('service', [timeout({ durationMs: 10 }), guard], { clock })
    const work = controlledOperation()
    const outcome = service.executeOutcome(work.run)
    await clock.advance(10)
    expect(codeOf(await outcome)).toBe('ERR_TIMEOUT')
    expect(guard.statistics()).toMatchObject({ running: 1, abandoned: 1 })
    expect(codeOf(await service.executeOutcome(work.run))).toBe('ERR_BULKHEAD_FULL')
    work.last.resolve(1)
    await clock.settle()
    expect(guard.statistics()).toMatchObject({ running: 0, abandoned: 0 })
  })

  test('each endpoint has permits of its own', async () => {
    const clock = new VirtualClock()
    const guard = bulkhead({ limit: 1 })
    let choice = 'primary'
    const chosen: Policy = {
      kind: 'choice',
      name: 'choice',
      wrap: (next) => (call) => next(call.branch({ endpoint: { id: choice } })),
    }
    const service = pipeline('service', [chosen, guard], { clock })
    const work = controlledOperation()
    void service.executeOutcome(work.run)
    choice = 'standby'
    void service.executeOutcome(work.run)
    await clock.settle()
    expect(work.running).toBe(2)
    expect(guard.statistics('primary')).toMatchObject({ running: 1 })
    expect(guard.statistics('standby')).toMatchObject({ running: 1 })
    expect(guard.statistics()).toMatchObject({ running: 0, limit: 1 })
  })
})

describe("a bulkhead's queue", () => {
  test('size is how many may wait', async () => {
    const { start, guard, ended } = scene({ limit: 1, queue: { size: 2 } })
    for (const name of ['a', 'b', 'c', 'd']) await start(name)
    expect(guard.statistics()).toMatchObject({ running: 1, waiting: 2, rejected: 1 })
    expect(codeOf(ended['d'])).toBe('ERR_BULKHEAD_FULL')
  })

  test.each<[BulkheadOptions['queue'] & object, string[]]>([
    [{ size: 2 }, ['a', 'b', 'c']],
    [{ size: 2, order: 'fifo' }, ['a', 'b', 'c']],
    [{ size: 2, order: 'lifo' }, ['a', 'c', 'b']],
  ])('%o admits in the order %o', async (queue, expected) => {
    const { start, work, clock, began } = scene({ limit: 1, queue })
    for (const name of ['a', 'b', 'c']) await start(name)
    for (const index of [0, 1]) {
      work.runs[index]?.resolve('done')
      await clock.settle()
    }
    expect(began).toEqual(expected)
  })

  test('maximumWaitMs bounds the wait', async () => {
    const { start, clock, ended, log } = scene({ limit: 1, queue: { size: 1, maximumWaitMs: 250 } })
    await start('a')
    await start('b')
    await clock.advance(249)
    expect(ended['b']).toBeUndefined()
    await clock.advance(1)
    expect(codeOf(ended['b'])).toBe('ERR_BULKHEAD_FULL')
    expect(log.of('bulkhead.rejected')).toMatchObject([{ reason: 'waited-too-long', shadow: false }])
    expect(clock.pending).toBe(0)
  })

  test('without maximumWaitMs a call waits as long as it may take', async () => {
    const { start, clock, guard } = scene({ limit: 1, queue: { size: 1 } })
    await start('a')
    await start('b')
    await clock.advance(1e9)
    expect(guard.statistics().waiting).toBe(1)
    expect(clock.pending).toBe(0)
  })

  test('priority decides who goes first', async () => {
    const { start, work, clock, began } = scene({ limit: 1, queue: { size: 3 }, priority: byName })
    for (const name of ['a0', 'b1', 'c2', 'd1']) await start(name)
    for (const index of [0, 1, 2]) {
      work.runs[index]?.resolve('done')
      await clock.settle()
    }
    expect(began).toEqual(['a0', 'c2', 'b1', 'd1'])
  })

  test('in a full queue the last gives way to a higher priority, not to an equal one', async () => {
    const { start, ended, log, guard } = scene({ limit: 1, queue: { size: 2 }, priority: byName })
    for (const name of ['a0', 'b1', 'c1', 'd1', 'e2']) await start(name)
    expect(codeOf(ended['d1'])).toBe('ERR_BULKHEAD_FULL')
    expect(codeOf(ended['c1'])).toBe('ERR_BULKHEAD_FULL')
    expect(ended['b1']).toBeUndefined()
    expect(log.of('bulkhead.rejected').map(({ reason }) => reason)).toEqual(['full', 'evicted'])
    expect(guard.statistics().waiting).toBe(2)
  })

  test('with lifo it is the oldest that gives way', async () => {
    const { start, ended } = scene({ limit: 1, queue: { size: 2, order: 'lifo' }, priority: byName })
    for (const name of ['a0', 'b1', 'c1', 'd2']) await start(name)
    expect(codeOf(ended['b1'])).toBe('ERR_BULKHEAD_FULL')
    expect(ended['c1']).toBeUndefined()
  })

  test.each([Number.NaN, 'high', undefined])('a priority of %o counts as 0', async (odd) => {
    const priority = (call: { metadata: { priority?: unknown } }): number =>
      call.metadata.priority === 1 ? (odd as number) : (call.metadata.priority as number)
    const { start, work, clock, began } = scene({ limit: 1, queue: { size: 2 }, priority })
    for (const name of ['a0', 'b0', 'c1']) await start(name)
    for (const index of [0, 1]) {
      work.runs[index]?.resolve('done')
      await clock.settle()
    }
    expect(began).toEqual(['a0', 'b0', 'c1'])
  })

  test('a priority that throws is reported and counts as 0', async () => {
    const priority = (): number => {
      throw new Error('no')
    }
    const { start, log, guard } = scene({ limit: 1, queue: { size: 2 }, priority })
    await start('a')
    await start('b')
    expect(guard.statistics().waiting).toBe(1)
    expect(log.of('hook.failed')).toMatchObject([{ policy: 'bulkhead', hook: 'priority' }])
  })

  test('D9: an aborted waiter leaves at once, with its own reason, and never runs', async () => {
    const { start, clock, ended, guard, work, began } = scene({
      limit: 1,
      queue: { size: 1, maximumWaitMs: 50 },
    })
    const controller = new AbortController()
    await start('a')
    await start('b', controller.signal)
    const reason = new Error('enough')
    controller.abort(reason)
    await clock.settle()
    expect(ended['b']).toEqual({ error: reason })
    expect(guard.statistics()).toMatchObject({ running: 1, waiting: 0, rejected: 0 })
    expect(clock.pending).toBe(0)
    await start('c')
    work.last.resolve('done')
    await clock.settle()
    expect(began).toEqual(['a', 'c'])
  })

  test('D8: nobody slips in between a permit that comes back and the one who waits for it', async () => {
    const { start, work, clock, guard, began, service } = scene({ limit: 1, queue: { size: 99 } })
    await start('a')
    await start('b')
    work.last.resolve('done')
    // As many microtasks as lie between the end of an operation and whatever comes of it.
    for (let each = 0; each < 10; each++) {
      void service.executeOutcome(() => began.push('slipped in'))
      await Promise.resolve()
      expect(guard.statistics().running).toBe(1)
    }
    await clock.settle()
    expect(began).toEqual(['a', 'b'])
  })

  test('D8: not even a call that begins while permits are handed over', async () => {
    const clock = new VirtualClock()
    const began: string[] = []
    const nosy: Guard = {
      kind: 'nosy',
      name: 'nosy',
      admit: () => 0,
      settle: () => {
        if (began.at(-1) === 'b') void service.executeOutcome(() => began.push('late'))
      },
      release: () => {
        if (began.at(-1) === 'b') void service.executeOutcome(() => began.push('late'))
      },
    }
    const service = pipeline('service', [nosy, bulkhead({ limit: 1, queue: { size: 9 } })], { clock })
    const work = controlledOperation()
    void service.executeOutcome(work.run)
    for (const name of ['b', 'c', 'd']) void service.executeOutcome(() => began.push(name))
    work.last.resolve('done')
    await clock.settle()
    expect(began.slice(0, 3)).toEqual(['b', 'c', 'd'])
  })

  test('any number of calls that end at once are admitted one after the other', async () => {
    const { service, work, clock, guard } = scene({ limit: 1, queue: { size: 20_000 } })
    void service.executeOutcome(work.run)
    let ran = 0
    const all = Array.from({ length: 20_000 }, () => service.executeOutcome(() => ++ran))
    work.last.resolve('done')
    await Promise.all(all)
    await clock.settle()
    expect(ran).toBe(20_000)
    expect(guard.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  test('a call that became due while the clock was not looked at is refused rather than admitted late', async () => {
    const guard = bulkhead({ limit: 1, queue: { size: 1, maximumWaitMs: 10 } })
    let now = 0
    const clock = { now: () => now, wallTime: () => 0, alarm: () => ({ set() {}, clear() {} }) }
    const service = pipeline('service', [guard], { clock })
    const work = controlledOperation()
    void service.executeOutcome(work.run)
    const late = service.executeOutcome(work.run)
    now = 11
    work.last.resolve(1)
    expect(codeOf(await late)).toBe('ERR_BULKHEAD_FULL')
    expect(guard.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  test('a listener that raises the limit when somebody has to wait lets that call in', async () => {
    const { start, service, guard, began } = scene({ limit: 1, queue: { size: 1 } })
    service.on((event) => {
      if (event.type === 'bulkhead.queued') service.update('bulkhead', { limit: 2 })
    })
    await start('a')
    await start('b')
    expect(began).toEqual(['a', 'b'])
    expect(guard.statistics()).toMatchObject({ running: 2, waiting: 0 })
  })

  test('a permit that comes back while the priority is asked goes to the call that asks', async () => {
    const held: { settle(outcome: Outcome): void }[] = []
    const { service, guard } = scene({
      limit: 1,
      queue: { size: 1 },
      priority: () => {
        held[0]?.settle({ value: 1 })
        return 0
      },
    })
    const first = service.admit()
    if (first instanceof Promise || !first.admitted) throw new Error('a free permit was not given at once')
    held.push(first)
    expect(await service.execute(() => 'ran')).toBe('ran')
    expect(guard.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })

  test('reports who has to wait', async () => {
    const { start, log } = scene({ limit: 1, queue: { size: 2 } })
    for (const name of ['a', 'b', 'c']) await start(name)
    expect(log.of('bulkhead.queued')).toMatchObject([{ waiting: 1 }, { waiting: 2, policy: 'bulkhead' }])
  })
})

describe("a bulkhead's modes", () => {
  test('shadow admits beyond the limit and reports', async () => {
    const { start, guard, log, work } = scene({ limit: 1, mode: 'shadow', queue: { size: 1 } })
    for (const name of ['a', 'b']) await start(name)
    expect(work.running).toBe(2)
    expect(guard.statistics()).toMatchObject({ running: 2, rejected: 1 })
    expect(log.of('bulkhead.rejected')).toMatchObject([{ reason: 'full', shadow: true }])
  })

  test('off admits and counts nothing', async () => {
    const { start, guard, log, work } = scene({ limit: 1, mode: 'off' })
    for (const name of ['a', 'b']) await start(name)
    expect(work.running).toBe(2)
    expect(guard.statistics()).toMatchObject({ running: 0, rejected: 0 })
    expect(log.events).toEqual([])
  })

  test('a call admitted while it was off gives nothing back later', async () => {
    const { start, guard, service, work, clock } = scene({ limit: 1, mode: 'off' })
    await start('a')
    service.update('bulkhead', { mode: 'enforce' })
    await start('b')
    work.runs[0]?.resolve('done')
    await clock.settle()
    expect(guard.statistics()).toMatchObject({ running: 1, abandoned: 0 })
  })

  test('turning it off or to shadow lets in who waits', async () => {
    for (const mode of ['off', 'shadow'] as const) {
      const { start, guard, service, work } = scene({ limit: 1, queue: { size: 2 } })
      for (const name of ['a', 'b', 'c']) await start(name)
      service.update('bulkhead', { mode })
      expect(work.running).toBe(3)
      expect(guard.statistics()).toMatchObject({ running: 3, waiting: 0 })
    }
  })
})

describe("a bulkhead's options while calls run", () => {
  test('a larger limit admits who waits at once', async () => {
    const { start, service, work } = scene({ limit: 1, queue: { size: 3 } })
    for (const name of ['a', 'b', 'c', 'd']) await start(name)
    service.update('bulkhead', { limit: 3 })
    expect(work.running).toBe(3)
  })

  test('a smaller limit takes no permit away, and admits nobody until enough came back', async () => {
    const { start, service, work, clock, guard, ended } = scene({ limit: 3 })
    for (const name of ['a', 'b', 'c']) await start(name)
    service.update('bulkhead', { limit: 1 })
    work.runs[0]?.resolve('done')
    work.runs[1]?.resolve('done')
    await clock.settle()
    await start('d')
    expect(codeOf(ended['d'])).toBe('ERR_BULKHEAD_FULL')
    expect(guard.statistics()).toMatchObject({ limit: 1, running: 1 })
  })

  test('what is not mentioned stays, and a wrong option changes nothing', async () => {
    const { service, guard } = scene({ limit: 3, queue: { size: 1, order: 'lifo' } })
    service.update('bulkhead', { limit: 4 })
    expect(() => service.update('bulkhead', { limit: -1 })).toThrow(/limit must be an integer of at least 0/)
    expect(guard.describe?.()).toEqual({ limit: 4, queue: { size: 1, order: 'lifo' }, mode: 'enforce' })
  })

  test('a call that waits keeps the bound it came with', async () => {
    const { start, service, clock, guard } = scene({ limit: 1, queue: { size: 1, maximumWaitMs: 100 } })
    await start('a')
    await start('b')
    service.update('bulkhead', { queue: { size: 1, maximumWaitMs: 1 } })
    await clock.advance(99)
    expect(guard.statistics().waiting).toBe(1)
    await clock.advance(1)
    expect(guard.statistics().waiting).toBe(0)
  })
})

describe("a bulkhead's construction", () => {
  test.each<[BulkheadOptions, RegExp]>([
    [{ limit: 1.5 }, /bulkhead: limit must be an integer of at least 0, or an object, not 1.5/],
    [{ limit: Number.NaN }, /limit must be/],
    [{ queue: 5 as never }, /queue must be queue options or false, not 5/],
    [{ queue: {} as never }, /queue.size must be given/],
    [{ queue: { size: -1 } }, /bulkhead.queue: size must be/],
    [{ queue: { size: 1, order: 'random' as never } }, /order must be one of fifo, lifo/],
    [{ queue: { size: 1, maximumWaitMs: -1 } }, /maximumWaitMs must be/],
    [{ priority: 1 as never }, /priority must be a function/],
    [{ mode: 'on' as never }, /mode must be one of/],
    [{ size: 1 } as never, /unknown option 'size'/],
  ])('%o is refused by name', (options, message) => {
    expect(() => bulkhead(options)).toThrow(HoldfastConfigError)
    expect(() => bulkhead(options)).toThrow(message)
  })

  test("the caller's objects are neither kept nor handed out", () => {
    const queue = { size: 1 }
    const guard = bulkhead({ queue })
    queue.size = 9
    const described = guard.describe?.() as { queue: { size: number } }
    expect(described.queue.size).toBe(1)
    described.queue.size = 7
    expect(guard.describe?.()).toMatchObject({ queue: { size: 1 } })
  })

  test('waiting may not take all the time that a timeout around it allows', () => {
    const parts = (maximumWaitMs: number) => [
      timeout({ durationMs: 100 }),
      bulkhead({ queue: { size: 1, maximumWaitMs } }),
    ]
    expect(() => pipeline('service', parts(100))).toThrow(/may wait 100 ms/)
    expect(() => pipeline('service', parts(99))).not.toThrow()
  })

  test('two pipelines may share it on one clock, not on two', () => {
    const clock = new VirtualClock()
    const guard = bulkhead()
    pipeline('one', [guard], { clock })
    expect(() => pipeline('other', [guard], { clock })).not.toThrow()
    expect(() => pipeline('third', [guard], { clock: new VirtualClock() })).toThrow(HoldfastConfigError)
  })

  test('is idle when nothing runs and nobody waits', async () => {
    const { start, guard, work, clock } = scene({ limit: 1 })
    expect(guard.idle?.(0)).toBe(true)
    await start('a')
    expect(guard.idle?.(0)).toBe(false)
    work.last.resolve('done')
    await clock.settle()
    expect(guard.idle?.(0)).toBe(true)
  })
})
