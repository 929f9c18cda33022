import { seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { rateLimit, RateLimitedError } from './rate-limit.ts'
import type { RateLimitOptions } from './rate-limit.ts'

class Instance {
  readonly share: Share
  readonly link: Link
  readonly pipeline: Pipeline
  readonly refused: RateLimitedError[] = []
  passed = 0

  constructor(server: MemoryServer, clock: VirtualClock, seed: number, options: RateLimitOptions) {
    const random = seededRandom(seed)
    this.link = new Link(server, new ProcessClock(clock), 4)
    this.share = share(this.link, { clock, random })
    const shared = { mode: 'strict', ...options.shared } as const
    this.pipeline = pipeline('mail', [rateLimit({ ...options, shared })], {
      clock,
      random,
      share: this.share,
    })
  }

  call(times = 1, signal?: AbortSignal): void {
    for (let each = 0; each < times; each++) {
      this.pipeline
        .execute(() => void this.passed++, { signal })
        .catch((error: unknown) => error instanceof RateLimitedError && this.refused.push(error))
    }
  }
}

describe('a rate limit that asks for each call', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []

  function fleetOf(count: number, options: RateLimitOptions): Instance[] {
    const server = memoryServer(clock)
    fleet = Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, options))
    return fleet
  }

  const passed = (): number => fleet.reduce((sum, each) => sum + each.passed, 0)

  afterEach(async () => {
    const stopped = Promise.all(fleet.map(({ share: each }) => each.stop()))
    await clock.advance(2_000)
    await stopped
    expect(clock.pending).toBe(0)
  })

  it('lets exactly the burst through at once, whoever calls, and then the rate', async () => {
    const [one, other] = fleetOf(2, { limit: 10, burst: 5 })
    await clock.advance(2_000)
    one?.call(4)
    other?.call(4)
    await clock.advance(10)
    expect(passed()).toBe(5)
    expect(other?.refused.map(({ retryAfterMs }) => retryAfterMs)).toEqual([100, 100, 100])
    for (let round = 0; round < 100; round++) {
      for (const instance of fleet) instance.call()
      await clock.advance(10)
    }
    expect(passed()).toBeGreaterThanOrEqual(14)
    expect(passed()).toBeLessThanOrEqual(15)
  })

  it('charges a call as much as it costs, and refuses at once what costs more than the burst', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 5, weight: () => 2 })
    await clock.advance(2_000)
    one?.call(3)
    await clock.advance(10)
    expect(one?.passed).toBe(2)
    const heavy = pipeline(
      'heavy',
      [rateLimit({ limit: 1, burst: 1, weight: () => 2, shared: { mode: 'strict' } })],
      {
        clock,
        share: one?.share,
      },
    )
    await expect(heavy.execute(() => 0)).rejects.toMatchObject({ retryAfterMs: undefined })
  })

  it.each([
    { onStoreError: 'open' as const, passes: 5 },
    { onStoreError: 'local' as const, passes: 2 },
    { onStoreError: 'closed' as const, passes: 0 },
  ])('does as it is told when nobody answers in time: $onStoreError', async ({ onStoreError, passes }) => {
    const [one] = fleetOf(2, { limit: 1, burst: 4, shared: { onStoreError, deadlineMs: 30 } })
    await clock.advance(2_000)
    if (one !== undefined) one.link.fate = 'lost'
    one?.call(5)
    await clock.advance(29)
    expect(one?.passed).toBe(0)
    await clock.advance(2)
    expect(one?.passed).toBe(passes)
    expect(one?.refused.length).toBe(5 - passes)
    one?.link.heal()
    await clock.advance(1_000)
  })

  it('asks nobody while the store cannot be reached', async () => {
    const [one] = fleetOf(2, { limit: 1, burst: 4 })
    await clock.advance(2_000)
    one?.link.cut()
    one?.call(5)
    expect(one?.passed).toBe(2)
    expect(one?.link.sentOf('limit')).toEqual([])
  })

  it('leaves nothing behind of a call that is cut short while it asks', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 4 })
    await clock.advance(2_000)
    const leaves = new AbortController()
    one?.call(1, leaves.signal)
    leaves.abort(new Error('gone'))
    await clock.advance(100)
    expect(one?.passed).toBe(0)
  })

  it('can be told to take in advance instead, and refuses what makes no sense with it', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 4 })
    await clock.advance(2_000)
    one?.pipeline.update('rate-limit', { shared: { mode: 'stock' } })
    await clock.advance(100)
    one?.call(1)
    expect(one?.passed).toBe(1)
    expect(() => rateLimit({ limit: 1, shared: { mode: 'strict' }, maximumWaitMs: 1 })).toThrow(
      /maximumWaitMs/,
    )
    expect(() => rateLimit({ limit: 1, shared: { deadlineMs: 1 } })).toThrow(/deadlineMs/)
  })
})
