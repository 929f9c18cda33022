import { controlledOperation, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryServer } from '../index.ts'
import type { Answer, EndpointsOptions, MemoryServer, Store } from '../index.ts'
import { byFleet, Instance } from './instance.arbitrary.ts'

const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]

const away: Answer = { type: 'failure', reason: 'unreachable', message: 'away' }

/** A server that can be out of reach. */
class DistantServer implements MemoryServer {
  isAway = false
  readonly #server: MemoryServer

  constructor(clock: VirtualClock) {
    this.#server = memoryServer(clock)
  }

  connect(): Store {
    const store = this.#server.connect()
    return {
      open: (listener) => store.open(listener),
      send: (requests) => (this.isAway ? Promise.resolve(requests.map(() => away)) : store.send(requests)),
      close: () => store.close(),
    }
  }
}

describe('endpoints that a fleet shares', () => {
  let clock: VirtualClock
  let fleet: Instance[] = []

  beforeEach(() => {
    clock = new VirtualClock()
  })

  afterEach(async () => {
    const stopped = Promise.all(fleet.map(({ share }) => share.stop()))
    await clock.advance(1_000)
    await stopped
    expect(clock.pending).toBe(0)
  })

  async function start(count: number, options: EndpointsOptions): Promise<void> {
    const server = memoryServer(clock)
    fleet = Array.from(
      { length: count },
      (_, seed) => new Instance(server.connect(), clock, seed + 1, options),
    )
    await clock.advance(100)
  }

  /** All call in turn, so often. */
  async function calls(times: number, ...down: string[]): Promise<void> {
    for (let call = 0; call < times; call++) for (const each of fleet) await each.call(...down)
  }

  it('are out for all when together they have seen enough, though none of them has', async () => {
    await start(4, { primary: [a], standby: [b], ...byFleet })
    await calls(6, 'a')
    await clock.advance(300)
    expect(fleet.map(({ states }) => states)).toEqual(fleet.map(() => ['ejected', 'healthy']))
    for (const each of fleet) expect(await each.call()).toBe('b')
    for (const { events, choice } of fleet) {
      expect(events.of('endpoint.ejected')).toMatchObject([{ endpoint: 'a', reason: 'fleet', ejections: 1 }])
      expect(events.of('endpoint.group')).toMatchObject([{ from: 0, to: 1 }])
      expect(choice.statistics().group).toBe(1)
    }
  })

  it('stay in for the others when only one instance cannot reach them', async () => {
    const ejection = { ...byFleet.ejection, consecutiveFailures: 5 }
    await start(4, { primary: [a], standby: [b], ...byFleet, ejection } as EndpointsOptions)
    const [ill, ...others] = fleet as [Instance, ...Instance[]]
    for (let round = 0; round < 30; round++) {
      await ill.call('a')
      for (const each of others) await each.call()
      await clock.advance(50)
    }
    expect(ill.states).toEqual(['ejected', 'healthy'])
    for (const each of others) expect([...new Set(each.went)]).toEqual(['a'])
  })

  it('are probed by one call of the whole fleet, and are back for all when that succeeds', async () => {
    await start(3, { primary: [a, b], ...byFleet })
    await calls(20, 'a')
    await clock.advance(300)
    await clock.advance(5_500)
    for (const each of fleet) each.went.length = 0
    const operation = controlledOperation<void>()
    for (let round = 0; round < 20; round++) {
      for (const each of fleet) void each.pipeline.execute(operation.run)
      await clock.advance(50)
    }
    const probes = operation.runs.filter(({ call }) => call.endpoint?.id === 'a')
    expect(probes).toHaveLength(1)
    for (const run of operation.runs) run.resolve()
    await clock.advance(300)
    expect(fleet.map(({ states }) => states)).toEqual(fleet.map(() => ['healthy', 'healthy']))
    for (const { events } of fleet) expect(events.of('endpoint.restored')).toHaveLength(1)
  })

  it('hand back when the fleet says so, after the dwell', async () => {
    await start(2, { primary: [a], standby: [b], ...byFleet })
    await calls(12, 'a')
    await clock.advance(300)
    const groups: (readonly number[])[] = []
    const at: number[] = []
    for (let now = 0; now < 20_000; now += 100) {
      await calls(1)
      await clock.advance(100)
      const now2 = fleet.map(({ choice }) => choice.statistics().group)
      if (groups.at(-1)?.join() !== now2.join()) {
        groups.push(now2)
        at.push(now)
      }
    }
    expect(groups.at(0)).toEqual([1, 1])
    expect(groups.at(-1)).toEqual([0, 0])
    expect(at.at(-1)).toBeGreaterThan(9_000)
    expect(at.at(-1)).toBeLessThan(12_000)
    for (const each of fleet) expect(await each.call()).toBe('a')
  })

  it('are found out about when the only one that is left fails, and must stay', async () => {
    await start(4, { primary: [a], standby: [b], ...byFleet })
    await calls(6, 'a')
    await clock.advance(300)
    // Both are used, as the standby fails too, until the primary is found to be well.
    for (let round = 0; round < 30; round++) {
      await calls(1, 'b')
      await clock.advance(300)
    }
    expect(fleet.map(({ states }) => states)).toEqual(fleet.map(() => ['healthy', 'ejected']))
    await clock.advance(10_000)
    for (const times of [6, 2, 2]) {
      await calls(times, 'a')
      await clock.advance(500)
    }
    for (const each of fleet) expect(await each.call('a')).toBe('b')
  })

  it('are all used where the fleet may eject no more', async () => {
    await start(2, { primary: [a, b], ...byFleet })
    await calls(40, 'a', 'b')
    await clock.advance(300)
    for (const { choice } of fleet) expect(choice.statistics().panic).toBe(true)
  })

  it('are each instance’s own where that is wanted', async () => {
    await start(2, { primary: [a], standby: [b], ...byFleet, shared: false })
    await calls(12, 'a')
    await clock.advance(300)
    expect(fleet.map(({ states }) => states)).toEqual(fleet.map(() => ['healthy', 'healthy']))
    const [one] = fleet
    one?.pipeline.update('endpoints', { shared: { version: 1 } })
    expect(one?.choice.describe?.()).toMatchObject({ shared: { version: 1 } })
  })

  it('come and go in the fleet as they do in an instance', async () => {
    await start(2, { primary: [a], standby: [b], ...byFleet })
    for (const { choice } of fleet) {
      choice.add(c)
      choice.remove('b')
    }
    await clock.advance(100)
    await calls(40, 'c')
    await clock.advance(300)
    expect(fleet.map(({ states }) => states)).toEqual(fleet.map(() => ['healthy', 'ejected']))
  })

  it('are out by the word of a tenth of those that use them, where each uses a subset', async () => {
    const server = memoryServer(clock)
    const primary = Array.from({ length: 40 }, (_, place) => ({ id: `${place}` }))
    fleet = Array.from({ length: 60 }, (_, seed) => {
      const subset = { key: `stock-${seed}`, size: 2 }
      return new Instance(server.connect(), clock, seed, { ...byFleet, primary, subset })
    })
    await clock.advance(100)
    const users = (id: string): readonly Instance[] =>
      fleet.filter(({ choice }) => choice.statistics().endpoints.some((each) => each.id === id))
    // A tenth of all instances are six.
    const dead = primary.find(({ id }) => users(id).length === 3)?.id ?? 'none'
    await calls(20, dead)
    await clock.advance(300)
    const saidBy = fleet.filter(({ events }) => events.of('endpoint.ejected').length > 0)
    expect(saidBy).toEqual(users(dead))
    for (const { events } of saidBy) {
      expect(events.of('endpoint.ejected')).toMatchObject([{ endpoint: dead, reason: 'fleet' }])
    }
    for (const each of saidBy) expect(await each.call(dead)).not.toBe('failed')
  })

  it('are judged by each instance alone while the server is away, and by the fleet as soon as it is back', async () => {
    const server = new DistantServer(clock)
    const ejection = { ...byFleet.ejection, consecutiveFailures: 5 }
    const options = { primary: [a], standby: [b], ...byFleet, ejection } as EndpointsOptions
    server.isAway = true
    fleet = [1, 2].map((seed) => new Instance(server.connect(), clock, seed, options))
    await clock.advance(100)
    for (let call = 0; call < 5; call++) await fleet[0]?.call('a')
    expect(fleet.map(({ states }) => states[0])).toEqual(['ejected', 'healthy'])
    expect(fleet.map(({ choice }) => choice.statistics().group)).toEqual([1, 0])
    server.isAway = false
    await clock.advance(20_000)
    await calls(1)
    expect(fleet.map(({ states }) => states[0])).toEqual(['healthy', 'healthy'])
    expect(await fleet[0]?.call()).toBe('a')
  })

  it('that were out when the server went away are probed by each instance alone', async () => {
    const server = new DistantServer(clock)
    fleet = [1, 2].map(
      (seed) => new Instance(server.connect(), clock, seed, { primary: [a], standby: [b], ...byFleet }),
    )
    await clock.advance(100)
    await calls(15, 'a')
    await clock.advance(300)
    expect(fleet.map(({ states }) => states[0])).toEqual(['ejected', 'ejected'])
    server.isAway = true
    for (let now = 0; now < 20_000; now += 100) {
      await calls(1)
      await clock.advance(100)
    }
    expect(fleet.map(({ states }) => states[0])).toEqual(['healthy', 'healthy'])
    for (const each of fleet) expect(await each.call()).toBe('a')
  })
})
