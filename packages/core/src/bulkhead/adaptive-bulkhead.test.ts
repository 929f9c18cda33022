import { controlledOperation, EventLog, VirtualClock } from '@holdfast/testing'
import type { ControlledOperation } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { bulkhead, HoldfastConfigError, memoryServer, pipeline, share, timeout } from '../index.ts'
import type { Bulkhead, BulkheadOptions, HoldfastEvent, Pipeline } from '../index.ts'

interface Scene {
  readonly clock: VirtualClock
  readonly guard: Bulkhead
  readonly service: Pipeline
  readonly work: ControlledOperation<string>
  readonly log: EventLog<HoldfastEvent>
  /** Calls that begin together and all end so much later, window after window. */
  rounds(count: number, calls: number, durationMs: number, end?: () => unknown): Promise<void>
}

function scene(options: BulkheadOptions): Scene {
  const clock = new VirtualClock()
  const guard = bulkhead(options)
  const service = pipeline('service', [guard], { clock })
  const work = controlledOperation<string>()
  return {
    clock,
    guard,
    service,
    work,
    log: new EventLog(service),
    async rounds(count, calls, durationMs, end = () => 'done') {
      for (let round = 0; round < count; round++) {
        const answered = Promise.withResolvers<void>()
        const ended = Array.from({ length: calls }, () =>
          service.executeOutcome(async () => {
            await answered.promise
            return end()
          }),
        )
        await clock.advance(durationMs)
        answered.resolve()
        await Promise.all(ended)
      }
    },
  }
}

function refuse(): never {
  throw new Error('no')
}

function sleep(clock: VirtualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.alarm(resolve).set(clock.now() + ms))
}

describe('a bulkhead with an adaptive limit', () => {
  test('begins with 20 and says its bounds', () => {
    const { guard } = scene({ limit: {} })
    expect(guard.statistics().limit).toBe(20)
    expect(guard.describe?.()).toMatchObject({ limit: { initial: 20, minimum: 1, maximum: 1_000 } })
  })

  test('grows while calls that need it take no longer than light ones, up to its maximum', async () => {
    const { guard, rounds } = scene({ limit: { maximum: 30 } })
    await rounds(20, 20, 100)
    expect(guard.statistics().limit).toBe(30)
  })

  test('stays where less than half of it is used', async () => {
    const { guard, rounds } = scene({ limit: {} })
    await rounds(30, 9, 100)
    expect(guard.statistics().limit).toBe(20)
  })

  test('shrinks when calls take longer, and tells it now and then', async () => {
    const { guard, service, clock, log } = scene({ limit: {} })
    for (let round = 0; round < 10; round++) {
      for (let place = 1; place <= 20; place++) {
        void service.executeOutcome(() => sleep(clock, place * place))
      }
      await clock.advance(400)
    }
    expect(guard.statistics().limit).toBeLessThan(15)
    const adapted = log.events.filter(({ type }) => type === 'bulkhead.adapted')
    expect(adapted[0]).toMatchObject({ policy: 'bulkhead', before: 20 })
    expect(adapted.length).toBeLessThan(6)
  })

  test.each<[string, () => unknown, boolean]>([
    [
      'another pipeline’s refusal',
      () => pipeline('inner', [bulkhead({ limit: 0 })]).execute(() => 'never'),
      true,
    ],
    ['any other error', refuse, false],
  ])('%s shrinks the limit: %s', async (_what, end, shrinks) => {
    const { guard, rounds } = scene({ limit: {} })
    await rounds(4, 10, 100, end)
    expect(guard.statistics().limit < 20).toBe(shrinks)
  })

  test('a timeout shrinks it when the caller hears of it', async () => {
    const clock = new VirtualClock()
    const guard = bulkhead({ limit: {} })
    const service = pipeline('service', [guard, timeout({ durationMs: 50 })], { clock })
    for (let round = 0; round < 2; round++) {
      for (let call = 0; call < 5; call++) void service.executeOutcome(() => new Promise(() => {}))
      await clock.advance(101)
    }
    expect(guard.statistics()).toMatchObject({ limit: 10, running: 10, abandoned: 10 })
  })

  test('isDrop says what else does; what it throws is reported and counts as no', async () => {
    const isDrop = (outcome: object): boolean => 'value' in outcome
    const { guard, rounds } = scene({ limit: { isDrop } })
    await rounds(3, 10, 100)
    expect(guard.statistics().limit).toBeLessThan(20)
    const broken = scene({ limit: { isDrop: refuse } })
    await broken.rounds(1, 1, 10)
    expect(broken.log.events.at(-1)).toMatchObject({ type: 'hook.failed', hook: 'limit.isDrop' })
  })

  test('a call that is cut short counts where it was slow already', async () => {
    const { guard, service, rounds, clock } = scene({ limit: {} })
    await rounds(2, 10, 100)
    const before = guard.statistics().limit
    const leave = async (afterMs: number): Promise<void> => {
      const controller = new AbortController()
      for (let call = 0; call < 20; call++) {
        void service.executeOutcome(
          ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
          {
            signal: controller.signal,
          },
        )
      }
      await clock.advance(afterMs)
      controller.abort()
      await clock.settle()
    }
    for (let round = 0; round < 4; round++) await leave(100)
    expect(guard.statistics().limit).toBe(before)
    for (let round = 0; round < 4; round++) await leave(1_000)
    expect(guard.statistics().limit).toBeLessThan(before)
  })

  test('lets those in who wait as soon as it grows', async () => {
    const { guard, service, work, clock } = scene({ limit: { initial: 10 }, queue: { size: 50 } })
    for (let call = 0; call < 40; call++) void service.executeOutcome(work.run)
    await clock.advance(100)
    for (let round = 0; round < 3; round++) {
      for (const run of work.runs.filter(({ ended }) => !ended).slice(0, 5)) run.resolve('')
      await clock.advance(100)
    }
    const { limit, running, waiting } = guard.statistics()
    expect(limit).toBeGreaterThan(10)
    expect({ running, waiting }).toEqual({ running: Math.min(limit, 25), waiting: 25 - Math.min(limit, 25) })
  })

  test('each endpoint has its own', async () => {
    const { guard, rounds } = scene({ limit: {} })
    await rounds(6, 20, 100)
    expect(guard.statistics().limit).toBeGreaterThan(20)
    expect(guard.statistics('other').limit).toBe(20)
  })

  test('in shadow it admits all, and says what it would have refused', async () => {
    const { guard, rounds } = scene({ limit: { initial: 10 }, mode: 'shadow' })
    await rounds(1, 12, 100)
    expect(guard.statistics().rejected).toBe(2)
  })
})

describe('a limit by drops', () => {
  const by = 'drops'

  /** Before it 500 ms are given; rounds of calls that take as long as said, however many run. */
  function timed(): { guard: Bulkhead; round(...durationsMs: readonly number[]): Promise<void> } {
    const clock = new VirtualClock()
    const guard = bulkhead({ limit: { by, maximum: 40 } })
    const service = pipeline('service', [timeout({ durationMs: 500 }), guard], { clock })
    return {
      guard,
      async round(...durationsMs) {
        for (const ms of durationsMs) {
          void service.executeOutcome(
            ({ signal }) =>
              new Promise((resolve, reject) => {
                signal.addEventListener('abort', reject)
                clock.alarm(() => resolve('served')).set(clock.now() + ms)
              }),
          )
        }
        await clock.advance(600)
      },
    }
  }

  const times = (count: number, ms: number): readonly number[] => Array.from({ length: count }, () => ms)

  test('begins at its maximum, and stays there while calls end in time, however slow they get', async () => {
    const { guard, round } = timed()
    expect(guard.statistics().limit).toBe(40)
    for (const ms of [20, 100, 300, 490]) await round(...times(40, ms))
    expect(guard.statistics().limit).toBe(40)
  })

  test('shrinks where calls time out and others are slow, from how many ran', async () => {
    const { guard, round } = timed()
    await round(...times(4, 450), ...times(6, 1_000))
    await round(...times(10, 1_000))
    // Of the ten that ran and the first of the others, seven were lost.
    const excess = (7 / 11 - 1 / 2) / (1 / 2)
    expect(guard.statistics().limit).toBe(Math.floor(10 * (1 - excess / 2)))
    await round(...times(8, 1_000))
    expect(guard.statistics().limit).toBe(4)
  })

  test('stays where calls time out beside quick ones, or all at once after quick ones', async () => {
    const { guard, round } = timed()
    await round(...times(10, 20), ...times(20, 1_000))
    await round(...times(30, 1_000))
    expect(guard.statistics().limit).toBe(40)
  })

  test('is back soon after the service is', async () => {
    const { guard, round } = timed()
    await round(...times(6, 450))
    for (let each = 0; each < 8; each++) await round(...times(40, 1_000))
    expect(guard.statistics().limit).toBe(1)
    for (let each = 0; each < 30; each++) await round(...times(40, 20))
    expect(guard.statistics().limit).toBe(40)
  })

  test('is found anew where another way to find it is asked for', async () => {
    const { guard, service, rounds } = scene({ limit: {} })
    await rounds(6, 20, 100)
    expect(guard.statistics().limit).toBeGreaterThan(20)
    service.update('bulkhead', { limit: { by, maximum: 100 } })
    expect(guard.statistics().limit).toBe(100)
    service.update('bulkhead', { limit: {} })
    expect(guard.statistics().limit).toBe(20)
  })
})

describe('live', () => {
  test('new bounds keep what was learned, a number ends it, bounds begin it anew', async () => {
    const { guard, service, rounds } = scene({ limit: {} })
    await rounds(6, 20, 100)
    const { limit } = guard.statistics()
    service.update('bulkhead', { limit: { maximum: 500 } })
    expect(guard.statistics().limit).toBe(limit)
    service.update('bulkhead', { limit: { maximum: 25 } })
    expect(guard.statistics().limit).toBe(25)
    service.update('bulkhead', { limit: 7 })
    expect(guard.statistics().limit).toBe(7)
    await rounds(6, 7, 100)
    expect(guard.statistics()).toMatchObject({ limit: 7, running: 0 })
    service.update('bulkhead', { limit: { initial: 9 } })
    expect(guard.statistics().limit).toBe(9)
  })

  test('calls that began under another kind of limit end well', async () => {
    const { guard, service, work, clock } = scene({ limit: {} })
    for (let call = 0; call < 3; call++) void service.execute(work.run)
    service.update('bulkhead', { limit: 2 })
    void service.executeOutcome(work.run)
    expect(guard.statistics()).toMatchObject({ limit: 2, running: 3, rejected: 1 })
    for (const run of work.runs) run.resolve('')
    await clock.settle()
    expect(guard.statistics()).toMatchObject({ limit: 2, running: 0 })
  })
})

test('in a pipeline with a share it stays its instance’s own', async () => {
  const clock = new VirtualClock()
  const guard = bulkhead({ limit: {} })
  const fleet = share(memoryServer().connect(), { clock })
  const service = pipeline('service', [guard], { clock, share: fleet })
  expect(await service.execute(() => 'served')).toBe('served')
  expect(guard.statistics()).toEqual({ limit: 20, running: 0, abandoned: 0, waiting: 0, rejected: 0 })
  await fleet.stop()
})

test.each<[BulkheadOptions, RegExp]>([
  [{ limit: { minimum: 0 } }, /bulkhead.limit: minimum must be an integer of at least 1, not 0/],
  [{ limit: { initial: 0.5 } }, /initial must be an integer/],
  [{ limit: { by: 'luck' as never } }, /by must be one of durations, drops, not "luck"/],
  [
    { limit: { minimum: 5, initial: 4 } },
    /limit.initial must be from limit.minimum to limit.maximum, not 4 of 5 to 1000/,
  ],
  [{ limit: { isDrop: 1 as never } }, /isDrop must be a function/],
  [{ limit: { most: 1 } as never }, /unknown option 'most'/],
  [{ limit: {}, shared: {} }, /an adaptive limit is each instance’s own; leave shared out/],
])('%o is refused by name', (options, message) => {
  expect(() => bulkhead(options)).toThrow(HoldfastConfigError)
  expect(() => bulkhead(options)).toThrow(message)
})
