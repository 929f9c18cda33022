import { EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { HoldfastEvent } from '../events.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { rateLimit, RateLimitedError } from './rate-limit.ts'
import type { RateLimit, RateLimitOptions } from './rate-limit.ts'

/** One instance of a service, which notes when its calls pass and what they are refused with. */
class Instance {
  readonly share: Share
  readonly clock: ProcessClock
  readonly link: Link
  readonly guard: RateLimit
  readonly pipeline: Pipeline
  readonly events: EventLog<HoldfastEvent>
  readonly passed: number[] = []
  readonly refused: RateLimitedError[] = []

  constructor(server: MemoryServer, clock: VirtualClock, seed: number, options: RateLimitOptions) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock)
    this.share = share(this.link, { clock: this.clock, random })
    this.guard = rateLimit(options)
    this.pipeline = pipeline('mail', [this.guard], { clock: this.clock, random, share: this.share })
    this.events = new EventLog(this.pipeline)
  }

  get sent(): number {
    return this.link.sentOf('limit').length
  }

  call(times = 1): void {
    for (let each = 0; each < times; each++) {
      this.pipeline
        .execute(() => void this.passed.push(this.clock.now()))
        .catch((error: unknown) => error instanceof RateLimitedError && this.refused.push(error))
    }
  }
}

describe('a rate limit that a fleet shares', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []

  function fleetOf(count: number, options: RateLimitOptions): Instance[] {
    const server = memoryServer(clock)
    fleet = Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, options))
    return fleet
  }

  const passed = (): number => fleet.reduce((sum, { passed: { length } }) => sum + length, 0)
  const refused = (): number => fleet.reduce((sum, { refused: { length } }) => sum + length, 0)

  afterEach(async () => {
    const stopped = Promise.all(fleet.map(({ share: each }) => each.stop()))
    await clock.advance(2_000)
    await stopped
    expect(clock.pending).toBe(0)
  })

  it('lets the rate through and no more, though each instance alone is offered more than that', async () => {
    fleetOf(4, { limit: 200, burst: 20 })
    await clock.advance(2_000)
    for (let round = 0; round < 1_000; round++) {
      for (const instance of fleet) instance.call(3)
      await clock.advance(10)
    }
    expect(passed()).toBeGreaterThan(1_900)
    expect(passed()).toBeLessThan(2_100)
    // Beside 12 000 calls.
    expect(fleet.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(4_000)
  })

  it('refuses nobody while the fleet has enough, however long it was quiet', async () => {
    fleetOf(4, { limit: 20, burst: 8 })
    await clock.advance(2_000)
    for (let round = 0; round < 40; round++) {
      for (const instance of fleet) instance.call()
      await clock.advance(997)
    }
    expect(passed()).toBe(160)
    expect(refused()).toBe(0)
  })

  it('lets a quiet instance pass its part of the burst at once', async () => {
    const [one] = fleetOf(4, { limit: 20, burst: 20 })
    await clock.advance(3_000)
    one?.call(8)
    expect(one?.passed.length).toBe(5)
    await clock.settle()
    expect(one?.refused[0]?.retryAfterMs).toBe(5)
    await clock.advance(10)
    one?.call(5)
    expect(one?.passed.length).toBe(10)
  })

  it('says when to come again when the rate is reached, and does not ask before', async () => {
    const [one] = fleetOf(1, { limit: 1, intervalMs: 1_000, burst: 1 })
    await clock.advance(2_000)
    const before = one?.sent ?? 0
    one?.call()
    await clock.advance(10)
    for (let round = 0; round < 90; round++) {
      one?.call()
      await clock.advance(10)
    }
    expect(one?.passed.length).toBeLessThanOrEqual(2)
    expect(one?.refused.at(-1)?.retryAfterMs).toBeLessThanOrEqual(1_000)
    expect((one?.sent ?? 0) - before).toBeLessThan(5)
  })

  it('serves those who wait in their order when cells come', async () => {
    const [one] = fleetOf(2, { limit: 100, burst: 2, maximumWaitMs: 500 })
    await clock.advance(2_000)
    one?.call(10)
    expect(one?.passed.length).toBe(1)
    expect(one?.events.of('rate-limit.queued').length).toBe(9)
    await clock.advance(200)
    expect(one?.passed.length).toBe(10)
    expect(refused()).toBe(0)
  })

  it('refuses a call that has waited for as long as it may', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 1, maximumWaitMs: 2_500 })
    await clock.advance(2_000)
    one?.call(5)
    await clock.advance(3_000)
    // One was in reserve.
    expect(passed()).toBe(4)
    expect(refused()).toBe(1)
    expect(one?.guard.statistics()).toMatchObject({ waiting: 0, rejected: 1 })
  })

  it('lets a call pass that costs more than what is kept for quiet times, the next time', async () => {
    const [one] = fleetOf(4, { limit: 20, burst: 20, weight: () => 10 })
    await clock.advance(2_000)
    one?.call()
    await clock.advance(1_000)
    one?.call()
    await clock.advance(5_000)
    one?.call()
    expect(one?.passed.length).toBe(2)
  })

  it('gathers what a heavy call costs while it waits, though others take the cells that come', async () => {
    const [one, other] = fleetOf(2, {
      limit: 20,
      burst: 10,
      maximumWaitMs: 5_000,
      weight: ({ key }) => Number(key ?? 1),
    })
    await clock.advance(2_000)
    let passedAt = -1
    for (let round = 0; round < 10; round++) other?.call(3)
    void one?.pipeline.executeOutcome(() => (passedAt = clock.now()), { key: '9' })
    await clock.advance(5_000)
    expect(passedAt).toBeGreaterThan(0)
  })

  it('goes by its part of the rate while nothing is heard, and pays for it afterwards', async () => {
    const [one, other] = fleetOf(2, { limit: 20, burst: 2 })
    await clock.advance(2_000)
    for (const { link } of fleet) link.cut()
    for (let round = 0; round < 500; round++) {
      for (const instance of fleet) instance.call()
      await clock.advance(10)
    }
    expect(one?.passed.length).toBeGreaterThan(48)
    expect(one?.passed.length).toBeLessThan(56)
    expect(other?.passed.length).toBeLessThan(56)
    for (const { link } of fleet) link.heal()
    const before = passed()
    for (let round = 0; round < 500; round++) {
      for (const instance of fleet) instance.call()
      await clock.advance(10)
    }
    expect(passed() - before).toBeLessThanOrEqual(104)
    expect(passed() - before).toBeGreaterThan(90)
  })

  it('keeps what it took for calls to come for moments only', async () => {
    const [one] = fleetOf(4, { limit: 200, burst: 4 })
    await clock.advance(2_000)
    for (let round = 0; round < 50; round++) {
      one?.call()
      await clock.advance(10)
    }
    await clock.advance(250)
    const before = one?.passed.length ?? 0
    one?.call(8)
    expect((one?.passed.length ?? 0) - before).toBe(1)
  })

  it('charges the fleet for what it let through alone and would be missing yet', async () => {
    const [one] = fleetOf(1, { limit: 10, burst: 100 })
    await clock.advance(100)
    one?.link.cut()
    one?.call(200)
    // Fifty were in reserve, and a hundred are its part.
    expect(one?.passed.length).toBe(150)
    one?.link.heal()
    for (let round = 0; round < 80; round++) {
      await clock.advance(100)
      one?.call(5)
    }
    expect(one?.passed.length).toBeLessThan(210)
    expect(one?.passed.length).toBeGreaterThan(190)
  })

  it('serves those who wait by its part of the rate when the link is lost', async () => {
    const [one] = fleetOf(1, { limit: 10, burst: 1, maximumWaitMs: 1_000 })
    await clock.advance(2_000)
    one?.link.cut()
    one?.call(5)
    await clock.advance(1_000)
    expect(one?.passed.length).toBe(5)
  })

  it('takes back what a call did not use that never began', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 1 })
    await clock.advance(2_000)
    const inner = rateLimit({ name: 'inner', limit: 1, burst: 1, shared: false })
    const outer = rateLimit({ name: 'outer', limit: 0.001, burst: 1 })
    const service = pipeline('stock', [outer, inner], { clock: one?.clock, share: one?.share })
    await clock.advance(100)
    const tight = pipeline('tight', [inner], { clock: one?.clock })
    await tight.execute(() => 0)
    await expect(service.execute(() => 0)).rejects.toMatchObject({ policy: 'inner' })
    await clock.advance(1_000)
    await expect(service.execute(() => 'passed')).resolves.toBe('passed')
  })

  it('goes its own way when it is told to, with those who wait', async () => {
    const [one] = fleetOf(2, { limit: 10, burst: 1, maximumWaitMs: 1_000 })
    await clock.advance(2_000)
    one?.call(4)
    one?.pipeline.update('rate-limit', { shared: false })
    await clock.advance(400)
    expect(one?.passed.length).toBe(4)
    const { sent } = one as Instance
    one?.call(1)
    await clock.advance(1_000)
    expect(one?.sent).toBe(sent)
    one?.pipeline.update('rate-limit', { shared: {} })
    await clock.advance(100)
    expect(one?.sent).toBeGreaterThan(sent)
  })

  it('lets a higher rate through at once, for however long it was refused before', async () => {
    const [one] = fleetOf(1, { limit: 1, intervalMs: 3_600_000, burst: 1 })
    await clock.advance(2_000)
    for (let round = 0; round < 4; round++) {
      one?.call()
      await clock.advance(300)
    }
    expect(one?.passed.length).toBe(1)
    one?.pipeline.update('rate-limit', { limit: 1_000, intervalMs: 1_000, burst: 100 })
    await clock.advance(100)
    for (let round = 0; round < 10; round++) {
      one?.call()
      await clock.advance(100)
    }
    expect(one?.passed.length).toBeGreaterThanOrEqual(10)
  })

  it('counts in shadow what it would have refused, and lets it through', async () => {
    const [one] = fleetOf(1, { limit: 1, burst: 1, mode: 'shadow' })
    await clock.advance(2_000)
    one?.call(3)
    await clock.advance(100)
    expect(one?.passed.length).toBe(3)
    expect(one?.guard.statistics().rejected).toBe(2)
  })
})
