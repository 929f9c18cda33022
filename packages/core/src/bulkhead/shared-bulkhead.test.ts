import { controlledOperation, EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import type { ControlledOperation } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { HoldfastEvent } from '../events.ts'
import { fallback } from '../fallback/fallback.ts'
import { keyed } from '../keyed.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import type { Part } from '../policy.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { timeout } from '../timeout/timeout.ts'
import { bulkhead } from './bulkhead.ts'
import type { Bulkhead, BulkheadOptions } from './bulkhead.ts'

/** One instance of a service, with calls that run until they are told to end. */
class Instance {
  readonly share: Share
  readonly clock: ProcessClock
  readonly link: Link
  readonly guard: Bulkhead
  readonly pipeline: Pipeline
  readonly events: EventLog<HoldfastEvent>
  readonly operation: ControlledOperation<string> = controlledOperation<string>()
  readonly refused: unknown[] = []

  constructor(server: MemoryServer, clock: VirtualClock, seed: number, options: BulkheadOptions) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock)
    this.share = share(this.link, { clock: this.clock, random })
    this.guard = bulkhead(options)
    this.pipeline = pipeline('inventory', [this.guard], { clock: this.clock, random, share: this.share })
    this.events = new EventLog(this.pipeline)
  }

  call(times = 1): void {
    for (let each = 0; each < times; each++) {
      this.pipeline.execute(this.operation.run).catch((error: unknown) => this.refused.push(error))
    }
  }

  end(times = 1): void {
    for (const run of this.operation.runs.filter(({ ended }) => !ended).slice(0, times)) run.resolve('')
  }

  get running(): number {
    return this.guard.statistics().running
  }

  get slice(): number | undefined {
    return this.guard.statistics().slice
  }
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}

describe('a bulkhead that a fleet shares', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []

  function fleetOf(count: number, options: BulkheadOptions): Instance[] {
    const server = memoryServer(clock)
    fleet = Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, options))
    return fleet
  }

  afterEach(async () => {
    for (const instance of fleet) instance.clock.resume()
    const stopped = Promise.all(fleet.map(({ share: each }) => each.stop()))
    await clock.advance(1_000)
    await stopped
    // Those that waited begin when others end.
    for (let round = 0; round < 50; round++) {
      for (const instance of fleet) instance.end(1_000)
      await clock.settle()
    }
    expect(clock.pending).toBe(0)
    expect(fleet.map(({ running }) => running)).toEqual(fleet.map(() => 0))
  })

  it('lets no more run in all instances than the limit', async () => {
    fleetOf(4, { limit: 10, shared: { degradedMinimum: 0 } })
    await clock.advance(100)
    for (let round = 0; round < 40; round++) {
      for (const instance of fleet) instance.call(3)
      expect(sum(fleet.map(({ running }) => running))).toBeLessThanOrEqual(10)
      await clock.advance(50)
    }
    expect(sum(fleet.map(({ running }) => running))).toBe(10)
  })

  it('gives the whole limit to the only one who wants it', async () => {
    const [one] = fleetOf(4, { limit: 10 })
    await clock.advance(100)
    for (let round = 0; round < 20; round++) {
      one?.call(3)
      await clock.advance(50)
    }
    // One is set aside for each of the others.
    expect(one?.running).toBe(7)
    expect(one?.guard.statistics()).toMatchObject({ limit: 10, slice: 7, degraded: false })
  })

  it('hands over what one instance uses no longer to one that waits', async () => {
    const [one, other] = fleetOf(2, { limit: 10, queue: { size: 100 } })
    await clock.advance(100)
    one?.call(9)
    await clock.advance(1_000)
    expect(one?.running).toBe(9)
    other?.call(9)
    await clock.advance(1_000)
    expect(other?.running).toBe(1)
    one?.end(9)
    await clock.advance(1_500)
    expect(other?.running).toBe(9)
  })

  it('lets a newcomer have its share while the others would take all', async () => {
    const [one, other] = fleetOf(2, { limit: 10, queue: { size: 100 } })
    await clock.advance(100)
    one?.call(60)
    await clock.advance(2_000)
    expect(one?.running).toBe(9)
    other?.call(60)
    for (let round = 0; round < 22; round++) {
      one?.end()
      await clock.advance(50)
    }
    expect(other?.running).toBe(5)
    expect(one?.running).toBe(5)
  })

  it('admits those who wait when its slice grows, in their order', async () => {
    const [one] = fleetOf(1, { limit: 3, queue: { size: 10 } })
    one?.call(5)
    await clock.advance(10)
    await clock.advance(100)
    expect(one?.running).toBe(3)
    one?.end(1)
    await clock.settle()
    expect(one?.running).toBe(3)
    expect(one?.guard.statistics().waiting).toBe(1)
  })

  it('begins with its part of the limit before anything is heard, and with nothing if it is to fail closed', async () => {
    const [one] = fleetOf(1, { limit: 4 })
    one?.link.cut()
    one?.call(5)
    expect(one?.running).toBe(4)
    const [careful] = fleetOf(1, { limit: 4, shared: { degradedMinimum: 0 } })
    careful?.call(1)
    expect(careful?.running).toBe(0)
    one?.end(9)
    const stopped = one?.share.stop()
    await clock.advance(1_000)
    await stopped
  })

  it('keeps its slice until its time is up when the store is gone, and then goes by the size of the fleet', async () => {
    const [one, ...others] = fleetOf(4, { limit: 8, queue: { size: 10 } })
    await clock.advance(2_000)
    one?.call(4)
    await clock.advance(200)
    expect(one?.slice).toBeGreaterThanOrEqual(4)
    for (const { link } of fleet) link.cut()
    one?.end(4)
    await clock.advance(100)
    one?.call(10)
    expect(one?.guard.statistics().degraded).toBe(false)
    const kept = one?.running
    await clock.advance(3_100)
    expect(kept).toBeGreaterThan(2)
    expect(one?.guard.statistics()).toMatchObject({ slice: 2, degraded: true })
    for (const other of others) other.call(3)
    expect(others.map(({ running }) => running)).toEqual([2, 2, 2])
    for (const { link } of fleet) link.heal()
    await clock.advance(1_000)
    expect(one?.guard.statistics().degraded).toBe(false)
  })

  it('lets a call that waits in at the moment from which it goes by the size of the fleet', async () => {
    const [one] = fleetOf(4, { limit: 8, queue: { size: 10 } })
    await clock.advance(2_000)
    expect(one?.slice).toBe(1)
    one?.link.cut()
    one?.call(2)
    expect(one?.running).toBe(1)
    await clock.advance(3_000)
    expect(one?.running).toBe(2)
  })

  it('gets back what a dead instance had, after one lease', async () => {
    const [dead, one] = fleetOf(2, { limit: 6, queue: { size: 100 }, shared: { drainMs: 1_000 } })
    await clock.advance(100)
    dead?.call(5)
    await clock.advance(100)
    dead?.clock.stop()
    one?.call(6)
    await clock.advance(3_500)
    expect(one?.running).toBe(1)
    await clock.advance(800)
    expect(one?.running).toBe(6)
  })

  it('uses nothing that it had before it stood still, until it has asked', async () => {
    const [one, other] = fleetOf(2, { limit: 6, shared: { drainMs: 100 }, queue: { size: 9 } })
    await clock.advance(100)
    one?.call(4)
    await clock.advance(200)
    one?.end(4)
    one?.clock.stop()
    await clock.advance(4_000)
    other?.call(6)
    await clock.advance(300)
    expect(other?.running).toBe(6)
    one?.clock.resume()
    one?.call(3)
    expect(one?.running).toBe(0)
    await clock.advance(1_000)
    expect(one?.running).toBe(0)
    other?.end(6)
    await clock.advance(2_000)
    expect(one?.running).toBe(3)
  })

  it('keeps to what it said that it would keep while nobody has answered, and when the answer is lost', async () => {
    const [one, other] = fleetOf(2, { limit: 10, queue: { size: 20 } })
    await clock.advance(100)
    one?.call(8)
    await clock.advance(100)
    one?.end(8)
    await clock.advance(880)
    expect(one?.slice).toBe(9)
    if (one !== undefined) one.link.fate = 'reply lost'
    await clock.advance(100)
    one?.call(10)
    expect(one?.slice).toBe(9)
    one?.end(10)
    await clock.advance(1_000)
    other?.call(10)
    one?.call(10)
    await clock.advance(200)
    expect(sum(fleet.map(({ running }) => running))).toBeLessThanOrEqual(10)
    await clock.advance(100)
    expect(sum(fleet.map(({ running }) => running))).toBeLessThanOrEqual(10)
  })

  it('uses no more than it said that it would keep until the answer is there', async () => {
    const [one, other] = fleetOf(2, { limit: 10, queue: { size: 20 } })
    await clock.advance(100)
    one?.call(8)
    await clock.advance(100)
    one?.end(8)
    await clock.advance(880)
    expect(one?.slice).toBe(9)
    if (one !== undefined) one.link.roundTripMs = 900
    other?.call(9)
    while ((other?.running ?? 9) < 9) await clock.advance(10)
    one?.call(9)
    expect(one?.running).toBe(1)
    await clock.advance(1_000)
  })

  it('counts the time of a slice from when it asked', async () => {
    const [one] = fleetOf(1, { limit: 6, shared: { degradedMinimum: 0 } })
    if (one !== undefined) one.link.roundTripMs = 2_000
    await clock.advance(2_100)
    expect(one?.slice).toBe(1)
    one?.link.cut()
    await clock.advance(700)
    expect(one?.slice).toBe(1)
    await clock.advance(150)
    expect(one?.slice).toBe(0)
    await clock.advance(1_000)
  })

  it('relies on nothing that it had before the machine was suspended', async () => {
    const [one] = fleetOf(1, { limit: 6 })
    await clock.advance(1_100)
    expect(one?.slice).toBe(1)
    if (one !== undefined) one.link.fate = 'lost'
    clock.jumpWallTime(10_000)
    await clock.advance(1_000)
    expect(one?.slice).toBe(0)
    one?.link.heal()
    await clock.advance(1_000)
    expect(one?.slice).toBe(1)
  })

  it('tells once that there are too few permits for so many', async () => {
    fleetOf(3, { limit: 5 })
    await clock.advance(5_000)
    const told = fleet.map(({ events }) => events.of('share.coarse').length)
    expect(told).toEqual([1, 1, 1])
  })

  it('lets whole permits go round where there are fewer than instances, so that everybody has one at times', async () => {
    fleetOf(3, { limit: 1, queue: { size: 1 }, shared: { drainMs: 0 } })
    await clock.advance(100)
    const begun = fleet.map(() => 0)
    for (let round = 0; round < 300; round++) {
      for (const [index, instance] of fleet.entries()) {
        if (instance.guard.statistics().waiting === 0) instance.call()
        if (instance.running > 0) begun[index] = (begun[index] ?? 0) + 1
        instance.end()
      }
      await clock.advance(100)
    }
    expect(Math.min(...begun)).toBeGreaterThan(10)
  })

  it('gives its slice back when it stops', async () => {
    const [one, other] = fleetOf(2, { limit: 6, queue: { size: 9 } })
    await clock.advance(100)
    one?.call(5)
    await clock.advance(200)
    one?.end(5)
    await clock.settle()
    const stopped = one?.share.stop()
    await clock.advance(200)
    await stopped
    other?.call(6)
    await clock.advance(300)
    expect(other?.running).toBe(6)
  })

  it('takes a new limit over at once, and goes its own way when it is told to', async () => {
    const [one] = fleetOf(1, { limit: 6, queue: { size: 9 } })
    await clock.advance(100)
    one?.pipeline.update('bulkhead', { limit: 2 })
    one?.call(3)
    await clock.advance(1_500)
    expect(one?.running).toBe(2)
    one?.pipeline.update('bulkhead', { limit: 5, shared: false })
    expect(one?.running).toBe(3)
    expect(one?.guard.statistics().slice).toBeUndefined()
    await clock.advance(1_500)
  })

  it('has a slice for each endpoint, and for each key as long as that is used', async () => {
    const [one] = fleetOf(1, { limit: 6 })
    const random = seededRandom(9)
    const perKey = keyed(() => [bulkhead({ limit: 3 })], { idleMs: 1_000 })
    const parts: Part[] = [fallback({ endpoints: [{ id: 'a' }, { id: 'b' }] }), perKey]
    const service = pipeline('stock', parts, { clock: one?.clock, random, share: one?.share })
    const held = controlledOperation<string>()
    const call = service.execute(held.run, { key: 'blue' })
    await clock.advance(100)
    const [part] = perKey.of('blue') ?? []
    expect((part as Bulkhead).statistics('a')).toMatchObject({ running: 1, slice: 3 })
    held.last.resolve('')
    await call
    await clock.advance(2_000)
    await service.execute(() => 'other', { key: 'red' })
    await service.execute(() => 'other', { key: 'red' })
    expect(perKey.of('blue')).toBeUndefined()
    await clock.advance(100)
    const again = service.execute(held.run, { key: 'blue' })
    await clock.advance(100)
    const [later] = perKey.of('blue') ?? []
    expect((later as Bulkhead).statistics('a')).toMatchObject({ running: 1, slice: 3 })
    held.last.resolve('')
    await again
  })

  it('gives back what a key had that is used no longer', async () => {
    const [one, other] = fleetOf(2, { limit: 1, shared: false })
    const services = [one, other].map((instance, index) => {
      const perKey = keyed(() => [bulkhead({ limit: 1, queue: { size: 9 } })], { idleMs: 500 })
      return pipeline('stock', [perKey], {
        clock: instance?.clock,
        random: seededRandom(index),
        share: instance?.share,
      })
    })
    await services[0]?.execute(() => 'blue', { key: 'blue' })
    await clock.advance(1_000)
    await services[0]?.execute(() => 'red', { key: 'red' })
    await services[0]?.execute(() => 'red', { key: 'red' })
    await clock.advance(100)
    let served = ''
    const call = services[1]?.execute(() => (served = 'blue'), { key: 'blue' })
    await clock.advance(500)
    await call
    expect(served).toBe('blue')
  })

  it('lets slices be used for longer where a timeout makes calls shorter', async () => {
    const [one] = fleetOf(1, { limit: 6 })
    const around = timeout({ durationMs: 400 })
    const leases = (): readonly number[] => one?.link.sentOf('slice').map(({ leaseMs }) => leaseMs) ?? []
    const service = pipeline('stock', [around, bulkhead({ limit: 3 })], {
      clock: one?.clock,
      share: one?.share,
    })
    await clock.advance(100)
    expect(leases().at(-1)).toBe(3_400)
    service.update('timeout', { durationMs: 900 })
    await clock.advance(1_100)
    expect(leases()).toContain(3_900)
  })
})
