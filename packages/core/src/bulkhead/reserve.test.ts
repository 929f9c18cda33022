import { controlledOperation, seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { bulkhead, HoldfastConfigError, memoryServer, pipeline, share } from '../index.ts'
import type { Bulkhead, BulkheadOptions, Call } from '../index.ts'

const priority = (call: Call): number => Number(call.key)

interface Scene {
  readonly guard: Bulkhead
  readonly clock: VirtualClock
  /** Who is running, by priority. */
  readonly running: string[]
  start(...priorities: readonly number[]): Promise<void>
  end(): Promise<void>
}

function scene(options: BulkheadOptions): Scene {
  const clock = new VirtualClock()
  const guard = bulkhead({ priority, ...options })
  const service = pipeline('service', [guard], { clock })
  const work = controlledOperation<void>()
  const running: string[] = []
  return {
    guard,
    clock,
    running,
    async start(...priorities) {
      for (const each of priorities) {
        const key = String(each)
        void service.executeOutcome(
          (call) => {
            running.push(key)
            return work.run(call)
          },
          { key },
        )
      }
      await clock.settle()
    },
    async end() {
      work.runs.find(({ ended }) => !ended)?.resolve()
      await clock.settle()
    },
  }
}

const reserved = { ratio: 0.5, priority: 2 }

describe('a share of the permits that is reserved', () => {
  test('is there for who is important when all others take what they can', async () => {
    const { start, running, guard } = scene({ limit: 4, reserved })
    await start(0, 1, 0, 1, 2, 3, 3)
    expect(running).toEqual(['0', '1', '2', '3'])
    expect(guard.statistics()).toMatchObject({ running: 4, rejected: 3 })
  })

  test('is lent to nobody, but who is important takes all that is free', async () => {
    const { start, running } = scene({ limit: 4, reserved })
    await start(2, 2, 2, 2)
    expect(running).toHaveLength(4)
  })

  test('lets who is important pass those that wait for what is left to them', async () => {
    const { start, running, guard } = scene({ limit: 4, reserved, queue: { size: 1 } })
    await start(0, 0, 1, 2)
    expect(running).toEqual(['0', '0', '2'])
    expect(guard.statistics()).toMatchObject({ waiting: 1, rejected: 0 })
  })

  test('hands a permit on to who waits only where it is not reserved', async () => {
    const { start, end, running, guard } = scene({ limit: 2, reserved, queue: { size: 3 } })
    await start(2, 2, 0, 3)
    await end()
    expect(running).toEqual(['2', '2', '3'])
    await end()
    expect(guard.statistics()).toMatchObject({ running: 1, waiting: 1 })
    await end()
    expect(running.at(-1)).toBe('0')
  })

  test('is rounded down to whole permits, so that one is left to all', async () => {
    const { start, running } = scene({ limit: 1, reserved: { ratio: 0.99, priority: 2 } })
    await start(0)
    expect(running).toEqual(['0'])
    const exact = scene({ limit: 100, reserved: { ratio: 0.29, priority: 2 } })
    await exact.start(...Array.from({ length: 100 }, () => 0))
    expect(exact.running).toHaveLength(71)
  })

  test('follows an adaptive limit', async () => {
    const { start, running } = scene({ limit: { initial: 10 }, reserved })
    await start(...Array.from({ length: 10 }, () => 0))
    expect(running).toHaveLength(5)
  })

  test('in shadow is reported and not refused', async () => {
    const { start, running, guard } = scene({ limit: 2, reserved, mode: 'shadow' })
    await start(0, 0)
    expect(running).toHaveLength(2)
    expect(guard.statistics().rejected).toBe(1)
  })

  test('may be ended while running', async () => {
    const { start, guard, running } = scene({ limit: 2, reserved, queue: { size: 1 } })
    await start(0, 0)
    guard.configure?.({ reserved: false })
    expect(running).toHaveLength(2)
    expect(guard.describe?.()).not.toHaveProperty('reserved')
  })
})

test('in a fleet each instance keeps that share of its slice', async () => {
  const clock = new VirtualClock()
  const fleet = share(memoryServer().connect(), { clock, random: seededRandom(1) })
  const guard = bulkhead({ limit: 4, priority, reserved })
  const service = pipeline('service', [guard], { clock, share: fleet })
  const work = controlledOperation<void>()
  await clock.advance(2_000)
  for (let call = 0; call < 4; call++) void service.executeOutcome(work.run, { key: '0' })
  await clock.advance(1_000)
  for (let call = 0; call < 4; call++) void service.executeOutcome(work.run, { key: '0' })
  expect(guard.statistics()).toMatchObject({ slice: 4, running: 2 })
  for (let call = 0; call < 4; call++) void service.executeOutcome(work.run, { key: '2' })
  expect(guard.statistics()).toMatchObject({ slice: 4, running: 4 })
  for (const run of work.runs) run.resolve()
  await clock.settle()
  await fleet.stop()
})

test.each<[BulkheadOptions, RegExp]>([
  [
    { reserved: { ratio: 2, priority: 1 }, priority },
    /bulkhead.reserved: ratio must be a number from 0 to 1, not 2/,
  ],
  [{ reserved: { ratio: 0.5 } as never, priority }, /reserved.priority must be given/],
  [{ reserved: { priority: 1 } as never, priority }, /reserved.ratio must be given/],
  [{ reserved }, /priority must be given: it tells who may take what is reserved/],
  [{ reserved, priority, shared: { mode: 'strict' } }, /reserved has no effect with shared.mode strict/],
  [{ reserved: 1 as never, priority }, /reserved must be an object or false/],
])('%o is refused by name', (options, message) => {
  expect(() => bulkhead(options)).toThrow(HoldfastConfigError)
  expect(() => bulkhead(options)).toThrow(message)
})
