import { EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { RetryBudget } from '../budget.ts'
import type { HoldfastEvent } from '../events.ts'
import { hedge } from '../hedge/hedge.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import type { RetryOptions } from './options.ts'
import { retry } from './retry.ts'

/** One instance of a service, and how often its operation ran. */
class Instance {
  readonly share: Share
  readonly link: Link
  readonly pipeline: Pipeline
  readonly events: EventLog<HoldfastEvent>
  calls = 0
  attempts = 0

  constructor(server: MemoryServer, clock: VirtualClock, seed: number, options: RetryOptions) {
    const random = seededRandom(seed)
    this.link = new Link(server, new ProcessClock(clock))
    this.share = share(this.link, { clock, random })
    const backoff = { baseMs: 1, maximumMs: 1, jitter: 'none', type: 'constant' } as const
    this.pipeline = pipeline('stock', [retry({ backoff, ...options })], { clock, random, share: this.share })
    this.events = new EventLog(this.pipeline)
  }

  call(result: 'well' | 'ill'): void {
    this.calls++
    void this.pipeline.executeOutcome(() => {
      this.attempts++
      if (result === 'ill') throw new Error('ill')
    })
  }

  get retries(): number {
    return this.attempts - this.calls
  }
}

/** A budget that lets every attempt through, so that only the fleet's binds. */
function generous(ratio: number, reservePerSecond: number): RetryBudget {
  return {
    enter: () => undefined,
    leave: () => undefined,
    deposit: () => undefined,
    withdraw: () => true,
    giveBack: () => undefined,
    statistics: () => ({ balance: Infinity, callsInFlight: 0, extraInFlight: 0 }),
    describe: () => ({ ratio, reservePerSecond }),
  }
}

describe('a retry budget that a fleet shares', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []
  function fleetOf(count: number, options: RetryOptions): Instance[] {
    const server = memoryServer(clock)
    fleet = Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, options))
    return fleet
  }

  afterEach(async () => {
    const stopped = Promise.all(fleet.map(({ share: each }) => each.stop()))
    await clock.advance(2_000)
    await stopped
    expect(clock.pending).toBe(0)
  })

  it('holds retries to a share of all calls, and those who want more get no more than that', async () => {
    const [ill, ...well] = fleetOf(4, {
      attempts: 2,
      budget: generous(0.1, 0),
    })
    for (let round = 0; round < 600; round++) {
      for (const instance of well) instance.call('well')
      for (let each = 0; each < 9; each++) ill?.call(each < 5 ? 'well' : 'ill')
      await clock.advance(100)
    }
    const calls = fleet.reduce((sum, instance) => sum + instance.calls, 0)
    expect((ill?.retries ?? 0) / calls).toBeLessThan(0.11)
  })

  it('lets through a steady share of those wanted while all fail', async () => {
    fleetOf(4, { attempts: 2, budget: generous(0.2, 0) })
    const steps: number[] = []
    for (let step = 0; step < 12; step++) {
      const before = fleet.reduce((sum, { retries }) => sum + retries, 0)
      for (let round = 0; round < 50; round++) {
        for (const instance of fleet) for (let each = 0; each < 5; each++) instance.call('ill')
        await clock.advance(100)
      }
      steps.push((fleet.reduce((sum, { retries }) => sum + retries, 0) - before) / 1_000)
    }
    // The first window begins alone; then a fifth of all calls is retried, and no more in one step than in another.
    for (const share of steps.slice(2)) expect(share).toBeGreaterThan(0.14)
    for (const share of steps.slice(2)) expect(share).toBeLessThan(0.3)
  })

  it('lets a quiet instance retry a little however much the others have', async () => {
    const [quiet, ...busy] = fleetOf(3, {
      attempts: 2,
      budget: generous(0.01, 3),
    })
    for (let round = 0; round < 300; round++) {
      for (const instance of busy) for (let each = 0; each < 5; each++) instance.call('ill')
      if (round % 10 === 0) quiet?.call('ill')
      await clock.advance(100)
    }
    expect(quiet?.retries).toBeGreaterThan(20)
  })

  it('goes by its own budget alone once it has heard nothing for a window', async () => {
    const [one, other] = fleetOf(2, { attempts: 2, budget: generous(0, 0) })
    for (let round = 0; round < 50; round++) {
      for (const instance of fleet) for (let each = 0; each < 5; each++) instance.call('ill')
      await clock.advance(100)
    }
    const bound = one?.retries ?? 0
    expect(bound).toBeLessThan(200)
    one?.link.cut()
    await clock.advance(11_000)
    const before = one?.retries ?? 0
    for (let each = 0; each < 20; each++) one?.call('ill')
    await clock.advance(100)
    expect((one?.retries ?? 0) - before).toBe(20)
    expect(other?.retries).toBeGreaterThan(0)
  })

  it('asks nobody where it is told not to, or has no budget', async () => {
    const server = memoryServer(clock)
    fleet = [
      new Instance(server, clock, 1, { shared: false }),
      new Instance(server, clock, 2, { budget: false }),
    ]
    for (const instance of fleet) instance.call('ill')
    await clock.advance(20_000)
    expect(fleet.flatMap(({ link }) => link.sentOf('budget'))).toEqual([])
  })

  it('binds hedges too', async () => {
    const [one] = fleetOf(1, { shared: false })
    const hedged = pipeline('stock', [hedge({ delayMs: 10 })], { clock, share: one?.share })
    const call = hedged.execute(() => new Promise<void>((end) => clock.alarm(end).set(clock.now() + 15)))
    await clock.advance(100)
    await call
    await clock.advance(5_000)
    expect(one?.link.sentOf('budget')).toMatchObject([{ requests: 1, retries: 1 }])
  })

  it('counts on where it is made anew in the same process', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const link = new Link(server, new ProcessClock(clock))
    const one = share(link, { clock, random: seededRandom(1) })
    const terms = { ratio: 0.1, reservePerSecond: 0, windowMs: 60_000 }
    const user = { notify: () => undefined }
    const told: unknown[] = []
    const send = link.send.bind(link)
    link.send = async (requests) => {
      const answers = await send(requests)
      told.push(...answers.filter(({ type }) => type === 'budget'))
      return answers
    }
    await clock.advance(100)
    for (let time = 0; time < 3; time++) {
      const joined = one.parts.budget(['key'], terms, user)
      joined?.shared.began()
      await clock.advance(6_000)
      joined?.leave()
    }
    expect(told).toMatchObject([{ requests: 1 }, { requests: 2 }, { requests: 3 }])
    const stopped = one.stop()
    await clock.advance(200)
    await stopped
  })
})
