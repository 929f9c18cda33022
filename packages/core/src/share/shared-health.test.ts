import { VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { memoryServer } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'
import { memoryShare } from './memory-share.ts'
import type { SharedEndpoint } from './endpoint-health.ts'
import type { ShareEvent, ShareNotice } from './event.ts'
import type { HealthPolicy } from './protocol/health-policy.ts'
import { usualHealthPolicy } from './protocol/policy.arbitrary.ts'
import { World } from './protocol/world.ts'
import type { Share } from './share.ts'
import type { SharedHealth } from './shared-health.ts'
import type { Store } from './store.ts'

const policy: HealthPolicy = {
  ...usualHealthPolicy,
  version: 1,
  minimumCalls: 10,
  openMs: 5_000,
  maximumOpenMs: 60_000,
  probeLeaseMs: 3_000,
}

const twoGroups: readonly SharedEndpoint[] = [
  { name: 'https://primary.example', group: 0 },
  { name: 'standby', group: 1 },
]

/** One instance of a service that calls the others. */
class Instance {
  readonly share: Share
  readonly health: SharedHealth
  readonly notices: ShareNotice[] = []
  readonly events: ShareEvent[] = []
  readonly leave: () => void
  changes = 0
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock, share: Share, endpoints: readonly SharedEndpoint[]) {
    this.#clock = clock
    this.share = share
    share.on((event) => this.events.push(event))
    const watcher = {
      changed: () => void this.changes++,
      notify: (event: ShareNotice) => void this.notices.push(event),
    }
    const joined = share.parts.health(['inventory', 'endpoints'], policy, endpoints, watcher)
    if (joined === undefined) throw new Error('there is room for one service')
    this.health = joined.shared
    this.leave = joined.leave
  }

  /** Calls an endpoint so many times, whatever its state. */
  calls(name: string, times: number, failed: boolean): void {
    const endpoint = this.health.endpoint(name)
    if (endpoint === undefined) throw new Error(`${name} is unknown`)
    for (let call = 0; call < times; call++)
      this.health.record(endpoint, endpoint.epoch, failed, this.#clock.now())
  }

  /** Probes the endpoint with one call, if there is a probe to be had. */
  probes(name: string, succeeds: boolean): boolean {
    const endpoint = this.health.endpoint(name)
    const probe = endpoint && this.health.probe(endpoint, this.#clock.now())
    if (endpoint === undefined || probe === undefined) return false
    this.health.ended(endpoint, probe, succeeds ? 'succeeded' : 'failed', this.#clock.now())
    return true
  }

  statuses(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.health.states(this.#clock.now()).map(({ name, status }) => [name, status]))
  }
}

/** A server that can lose all that it holds, as Redis without persistence does. It pushes nothing. */
class ForgetfulServer implements MemoryServer {
  readonly world = new World()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  connect(): Store {
    return {
      open: (listener) => listener.connected(),
      send: async (requests) =>
        requests.map((request) => this.world.serve(request, Math.floor(this.#clock.wallTime())).reply),
      close: () => Promise.resolve(),
    }
  }
}

/** A fleet of so many instances, all of which know of each other. */
async function fleet(
  size: number,
  endpoints: readonly SharedEndpoint[] = twoGroups,
): Promise<{ readonly clock: VirtualClock; readonly instances: readonly Instance[] }> {
  const clock = new VirtualClock({ wallTime: 1_800_000_000_000 })
  const server = memoryServer(clock)
  const instances = Array.from(
    { length: size },
    (_, index) =>
      new Instance(clock, memoryShare({ server, clock, random: () => (index + 1) / 10 }), endpoints),
  )
  await clock.advance(12_000)
  return { clock, instances }
}

const primary = 'https://primary.example'

describe('a fleet that shares the health of endpoints', () => {
  it('fails over together when two instances see the primary fail', async () => {
    const { clock, instances } = await fleet(3)
    instances[0]?.calls(primary, 6, true)
    instances[1]?.calls(primary, 6, true)
    await clock.advance(150)
    for (const each of instances) {
      expect(each.statuses()).toEqual({ [primary]: 'open', standby: 'closed' })
      expect(each.health.register).toMatchObject({ active: 1, panic: false })
      expect(each.changes).toBeGreaterThan(0)
    }
    for (const { share } of instances) await share.stop()
    expect(clock.pending).toBe(0)
  })

  it('does not believe one instance alone', async () => {
    const { clock, instances } = await fleet(3)
    instances[0]?.calls(primary, 100, true)
    instances[1]?.calls(primary, 10, false)
    await clock.advance(2_000)
    expect(instances[0]?.statuses()).toEqual({ [primary]: 'closed', standby: 'closed' })
  })

  it('goes back to the primary after enough probes and the dwell, and to no instance sooner', async () => {
    const { clock, instances } = await fleet(2)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    await clock.advance(5_000)
    let probed = 0
    for (let turn = 0; turn < 40; turn++) {
      for (const each of instances) if (each.probes(primary, true)) probed++
      await clock.advance(50)
    }
    expect(probed).toBeGreaterThanOrEqual(2)
    expect(probed).toBeLessThanOrEqual(3)
    for (const each of instances) {
      expect(each.statuses()).toEqual({ [primary]: 'closed', standby: 'closed' })
      expect(each.health.register.active).toBe(1)
    }
    const dwell = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        for (const each of instances) each.calls('standby', 1, false)
        await clock.advance(1_000)
      }
    }
    await dwell(21_000)
    expect(instances.map(({ health }) => health.register.active)).toEqual([1, 1])
    await dwell(4_000)
    expect(instances.map(({ health }) => health.register.active)).toEqual([0, 0])
  })

  it('uses all endpoints when the standby fails too, and ends the panic when it is well', async () => {
    const { clock, instances } = await fleet(2)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    for (const each of instances) each.calls('standby', 6, true)
    await clock.advance(150)
    for (const each of instances) {
      expect(each.statuses()).toEqual({ [primary]: 'open', standby: 'closed' })
      expect(each.health.register).toMatchObject({ active: 1, panic: true })
    }
    await clock.advance(11_000)
    for (const each of instances) each.calls('standby', 10, false)
    await clock.advance(1_500)
    expect(instances.map(({ health }) => health.register.panic)).toEqual([false, false])
  })

  it('ejects for longer when it has to eject again soon', async () => {
    const { clock, instances } = await fleet(2)
    const remaining: number[] = []
    for (let round = 0; round < 2; round++) {
      for (const each of instances) each.calls(primary, 6, true)
      await clock.advance(150)
      remaining.push(instances[0]?.health.endpoint(primary)?.remainingMs(clock.now()) ?? 0)
      await clock.advance(remaining.at(-1) ?? 0)
      for (let turn = 0; turn < 40; turn++) {
        for (const each of instances) each.probes(primary, true)
        await clock.advance(50)
      }
      expect(instances[0]?.statuses()[primary]).toBe('closed')
    }
    expect(remaining[1]).toBeGreaterThan((remaining[0] ?? 0) + 4_000)
  })

  it('tells the server again what it has lost', async () => {
    const clock = new VirtualClock({ wallTime: 1_800_000_000_000 })
    const server = new ForgetfulServer(clock)
    const instances = [0.1, 0.2].map(
      (random) => new Instance(clock, memoryShare({ server, clock, random: () => random }), twoGroups),
    )
    await clock.advance(12_000)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    server.world.clear()
    await clock.advance(7_000)
    const late = new Instance(clock, memoryShare({ server, clock, random: () => 0.3 }), twoGroups)
    await clock.advance(100)
    expect(late.health.register.active).toBe(1)
    expect(late.statuses()[primary]).not.toBe('closed')
  })

  it('tells the server what it has lost of one endpoint alone', async () => {
    const three = ['a', 'b', 'c'].map((name) => ({ name, group: 0 }))
    const clock = new VirtualClock({ wallTime: 1_800_000_000_000 })
    const server = new ForgetfulServer(clock)
    const instances = [0.1, 0.2].map(
      (random) => new Instance(clock, memoryShare({ server, clock, random: () => random }), three),
    )
    await clock.advance(12_000)
    for (const each of instances) each.calls('a', 6, true)
    await clock.advance(150)
    expect(instances[0]?.health.register.epoch).toBe(0)
    server.world.clear()
    await clock.advance(7_000)
    const late = new Instance(clock, memoryShare({ server, clock, random: () => 0.3 }), three)
    await clock.advance(100)
    expect(late.statuses()).toMatchObject({ b: 'closed', c: 'closed' })
    expect(late.statuses()['a']).not.toBe('closed')
  })

  it('does not count calls that were sent in another epoch', async () => {
    const { clock, instances } = await fleet(2)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    const [one] = instances
    const endpoint = one?.health.endpoint(primary)
    if (one === undefined || endpoint === undefined) throw new Error('there are two instances')
    one.health.record(endpoint, 0, true, clock.now())
    one.health.record(endpoint, endpoint.epoch, true, clock.now())
    await clock.advance(1_500)
    expect(one.notices).toEqual([])
  })

  it('lets an instance that nobody answers probe for itself', async () => {
    const { clock, instances } = await fleet(2)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    const [alone] = instances
    await alone?.share.stop()
    expect(alone?.health.alone).toBe(true)
    await clock.advance(5_000 + 5_000)
    expect(alone?.probes(primary, true)).toBe(true)
    expect(alone?.statuses()[primary]).toBe('closed')
    expect(instances[1]?.statuses()[primary]).not.toBe('closed')
  })

  it('knows 64 endpoints, and says that the others are left alone', async () => {
    const many = Array.from({ length: 65 }, (_, index) => ({ name: `e${index}`, group: 0 }))
    const { clock, instances } = await fleet(2, many)
    for (const each of instances) each.calls('e0', 1, false)
    await clock.advance(1_500)
    expect(instances[0]?.notices).toContainEqual({ type: 'share.full', maximum: 64 })
    expect(instances[0]?.health.endpoint('e64')?.unknown).toBe(true)
  })

  it('keeps what is known of endpoints that stay, and forgets those that go', async () => {
    const { clock, instances } = await fleet(2)
    for (const each of instances) each.calls(primary, 6, true)
    await clock.advance(150)
    const [one] = instances
    const watcher = { changed: () => undefined, notify: () => undefined }
    one?.health.join(watcher, [{ name: 'third', group: 2 }])
    expect(one?.statuses()).toEqual({ [primary]: 'open', standby: 'closed', third: 'closed' })
    one?.leave()
    expect(one?.statuses()).toEqual({ third: 'closed' })
  })
})
