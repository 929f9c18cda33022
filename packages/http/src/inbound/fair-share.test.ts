import { bulkhead, HoldfastConfigError, pipeline } from '@holdfast/core'
import type { Admission, Admitted, HoldfastEvent, Pipeline } from '@holdfast/core'
import { EventLog, VirtualClock } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'
import type { FairShare, FairShareOptions } from './fair-share.ts'
import { replyTo } from './reply.ts'

interface Scene {
  readonly clock: VirtualClock
  readonly guard: FairShare
  readonly door: Pipeline
  /** Asks so many times for each key, and says how often it was admitted. */
  ask(key: string | undefined, times: number): number
  end(key: string): void
}

function scene(options: FairShareOptions): Scene {
  const clock = new VirtualClock()
  const guard = fairShare(options)
  const door = pipeline('door', [guard], { clock })
  const running = new Map<string | undefined, Admitted[]>()
  return {
    clock,
    guard,
    door,
    ask(key, times) {
      const admissions = Array.from({ length: times }, () => door.admit({ key }) as Admission)
      const admitted = admissions.filter((each): each is Admitted => each.admitted)
      running.set(key, [...(running.get(key) ?? []), ...admitted])
      return admitted.length
    },
    end(key) {
      for (const each of running.get(key) ?? []) each.settle({ value: 1 })
      running.delete(key)
    },
  }
}

describe('a fair share', () => {
  test('lets a key that is alone have all', () => {
    const { ask } = scene({ limit: 8 })
    expect(ask('a', 9)).toBe(8)
  })

  test('refuses who has its share where others want in, and lets those have theirs', () => {
    const { ask } = scene({ limit: 8 })
    expect(ask('b', 1)).toBe(1)
    expect(ask('a', 9)).toBe(5)
    expect(ask('b', 9)).toBe(3)
  })

  test('takes nothing from anybody while there is room for all', () => {
    const { ask } = scene({ limit: 100 })
    for (let key = 0; key < 20; key++) expect(ask(`small ${key}`, 1)).toBe(1)
    expect(ask('large', 40)).toBe(40)
  })

  test('is larger again a second after the others have asked last', async () => {
    const { ask, clock, end } = scene({ limit: 8 })
    ask('b', 1)
    end('b')
    await clock.advance(999)
    expect(ask('a', 8)).toBe(6)
    await clock.advance(1)
    expect(ask('a', 8)).toBe(2)
  })

  test('says which key was refused, as one error and one event', () => {
    const { ask, door } = scene({ limit: 4 })
    const log = new EventLog<HoldfastEvent>(door)
    ask('b', 1)
    ask('a', 3)
    const refused = door.admit({ key: 'a' })
    expect(refused).toMatchObject({ admitted: false, error: { code: 'ERR_SHARE_EXCEEDED', key: 'a' } })
    expect('error' in refused && replyTo(refused.error)?.status).toBe(429)
    expect(log.events.at(-1)).toMatchObject({
      type: 'fair-share.rejected',
      key: 'a',
      running: 2,
      share: 2,
      shadow: false,
    })
  })

  test('counts calls without a key as one key', () => {
    const { ask } = scene({ limit: 8 })
    ask('a', 1)
    expect(ask(undefined, 9)).toBe(5)
  })

  test('in shadow reports and admits, off it does nothing', () => {
    const { ask, guard } = scene({ limit: 4, mode: 'shadow' })
    ask('b', 1)
    expect(ask('a', 4)).toBe(4)
    expect(guard.statistics()).toEqual({ running: 5, keys: 2, rejected: 2 })
    guard.configure?.({ mode: 'off' })
    expect(ask('a', 9)).toBe(9)
    expect(guard.statistics()).toEqual({ running: 5, keys: 2, rejected: 2 })
  })

  test('follows a limit that moves', () => {
    const permits = bulkhead({ limit: { initial: 8 } })
    const { ask } = scene({ limit: () => permits.statistics().limit })
    expect(ask('a', 9)).toBe(8)
  })

  test('binds nobody where the limit is no number', () => {
    const { ask } = scene({ limit: () => Number.NaN })
    ask('b', 1)
    expect(ask('a', 500)).toBe(500)
  })

  test('binds nobody where the function of the limit throws, and says so', () => {
    const limit = (): number => {
      throw new Error('no idea')
    }
    const { ask, door, guard } = scene({ limit })
    const log = new EventLog<HoldfastEvent>(door)
    ask('b', 1)
    expect(ask('a', 500)).toBe(500)
    expect(log.events.at(-1)).toMatchObject({ type: 'hook.failed', policy: 'fair-share', hook: 'limit' })
    expect(guard.describe?.()).toMatchObject({ limit: Number.NaN })
  })

  test('knows so many keys at a time and forgets those that want nothing', async () => {
    const { ask, guard, clock, end } = scene({ limit: 10, maximumKeys: 3 })
    for (const key of ['a', 'b', 'c', 'd', 'e']) ask(key, 1)
    expect(guard.statistics().keys).toBe(4)
    for (const key of ['a', 'b', 'c', 'd', 'e']) end(key)
    await clock.advance(1_000)
    ask('f', 1)
    expect(guard.statistics().keys).toBe(1)
  })

  test('says what it is made of', () => {
    expect(fairShare({ limit: 5 }).describe?.()).toEqual({
      limit: 5,
      headroomRatio: 0.25,
      wantsMs: 1_000,
      maximumKeys: 10_000,
      mode: 'enforce',
    })
  })
})

test.each<[object, RegExp]>([
  [{}, /fair-share: limit must be given/],
  [{ limit: 0 }, /limit must be an integer of at least 1, or a function, not 0/],
  [{ limit: 1, headroomRatio: 2 }, /headroomRatio must be a number from 0 to 1/],
  [{ limit: 1, wantsMs: 0 }, /wantsMs must be a finite number of milliseconds of at least 1, not 0/],
  [{ limit: 1, maximumKeys: 0 }, /maximumKeys must be an integer of at least 1/],
])('%o is refused by name', (options, message) => {
  expect(() => fairShare(options as FairShareOptions)).toThrow(HoldfastConfigError)
  expect(() => fairShare(options as FairShareOptions)).toThrow(message)
})
