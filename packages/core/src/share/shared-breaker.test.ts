import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { share } from './member.ts'
import type { BreakerPolicy } from './protocol/breaker-policy.ts'
import { encodeMessage } from './protocol/message.ts'
import type { ChangeMessage } from './protocol/message.ts'
import { usualPolicy } from './protocol/policy.arbitrary.ts'
import type { ProbeRequest } from './protocol/probe.ts'
import type { Request } from './protocol/request.ts'
import { World } from './protocol/world.ts'
import type { Joined } from './share.ts'
import type { SharedBreaker } from './shared-breaker.ts'
import type { Answer, Store, StoreListener } from './store.ts'

const rules: BreakerPolicy = {
  ...usualPolicy,
  minimumCalls: 4,
  maximumOpenMs: 8_000,
  probes: 2,
  probeLeaseMs: 900,
}

const watcher = { adopted: () => {}, overridden: () => {}, notify: () => {} }
const calendarMs = 1_700_000_000_000

/** A connection on which a request can be held, so that its answer comes when the test says. */
class HeldStore implements Store {
  readonly asked: Request[] = []
  readonly #world: World
  readonly #clock: VirtualClock
  #listener: StoreListener | undefined
  /** Which requests wait until they are let go. */
  holds: (request: Request) => boolean = () => false
  #held: ((answers?: readonly Answer[]) => void)[] = []

  constructor(world: World, clock: VirtualClock) {
    this.#world = world
    this.#clock = clock
  }

  open(listener: StoreListener): void {
    this.#listener = listener
    void Promise.resolve().then(() => listener.connected())
  }

  send(requests: readonly Request[]): Promise<readonly Answer[]> {
    this.asked.push(...requests)
    const now = Math.floor(calendarMs + this.#clock.now())
    const answers = requests.map((each) => this.#world.serve(each, now).reply)
    if (!requests.some(this.holds)) return Promise.resolve(answers)
    return new Promise((resolve) => this.#held.push((other = answers) => resolve(other)))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  push(message: ChangeMessage): void {
    this.#listener?.pushed(encodeMessage(message))
  }

  reconnect(): void {
    this.#listener?.connected()
  }

  letGo(): void {
    for (const resolve of this.#held) resolve()
    this.#held = []
  }

  /** All that was held runs into its time limit. */
  timeOut(): void {
    for (const resolve of this.#held) resolve([{ type: 'failure', reason: 'timeout', message: 'late' }])
    this.#held = []
  }
}

class Member {
  readonly store: HeldStore
  readonly #joined: Joined<SharedBreaker>
  readonly share

  constructor(world: World, clock: VirtualClock, seed = 1) {
    this.store = new HeldStore(world, clock)
    this.share = share(this.store, { clock, random: seededRandom(seed) })
    this.#joined = this.join()
  }

  get breaker(): SharedBreaker {
    return this.#joined.shared
  }

  leave(): void {
    this.#joined.leave()
  }

  join(): Joined<SharedBreaker> {
    const joined = this.share.parts.breaker(['inventory'], rules, watcher)
    if (joined === undefined) throw new Error('there are too many')
    return joined
  }
}

function change(given: Partial<ChangeMessage>): ChangeMessage {
  const base = { type: 'change', id: 'inventory', openings: 1, remainingMs: 0, reason: 'tripped' } as const
  return { ...base, epoch: 0, status: 'open', ...given }
}

/** An operator forces the circuit closed, and no instance is told. */
function force(world: World, clock: VirtualClock): void {
  const said = { state: 'closed', forMs: 600_000, by: 'ann', why: 'drill', request: 'r' } as const
  world.serve({ type: 'control', id: 'inventory', name: 'inventory', ...said }, calendarMs + clock.now())
}

describe('an instance’s part in a shared circuit', () => {
  it('stays where it is when the reply to a repair comes after a later push', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(10)
    store.push(change({ epoch: calendarMs, remainingMs: 500 }))
    await clock.advance(1)
    store.holds = ({ type }) => type === 'flush'
    store.reconnect()
    await clock.advance(10)
    const repaired = world.breaker('inventory').epoch
    expect(repaired).toBeGreaterThan(calendarMs)
    store.push(change({ epoch: repaired + 5, status: 'closed', reason: 'recovered' }))
    store.letGo()
    await clock.advance(10)
    expect(breaker.epoch).toBe(repaired + 5)
  })

  it('claims its state where the server has another under the same epoch', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(10)
    const claim = { epoch: calendarMs, status: 'open', remainingMs: 5_000, openings: 1 } as const
    world.serve({ type: 'probe', id: 'inventory', claim, reports: [], wanted: 0, policy: rules }, calendarMs)
    const { epoch } = world.breaker('inventory')
    store.push(change({ epoch, status: 'closed', reason: 'recovered' }))
    await clock.advance(8_000)
    expect(breaker.epoch).toBeGreaterThan(epoch)
    expect(breaker.status).toBe('open')
  })

  it('asks again after a lost subscription, however lately it was heard', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(1_000)
    breaker.count(0, false, clock.now())
    await clock.advance(2_000)
    const claim = { epoch: calendarMs, status: 'open', remainingMs: 5_000, openings: 1 } as const
    world.serve({ type: 'probe', id: 'inventory', claim, reports: [], wanted: 0, policy: rules }, calendarMs)
    store.reconnect()
    await clock.advance(10)
    expect(breaker.status).toBe('open')
  })

  it('learns of an override whose push was lost, though it hears of the circuit all the time', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { breaker } = new Member(world, clock)
    await clock.advance(1_000)
    force(world, clock)
    for (let call = 0; call < 400; call++) {
      breaker.count(breaker.epoch, false, clock.now())
      await clock.advance(100)
    }
    expect(breaker.override(clock.now())).toMatchObject({ state: 'closed', by: 'ann', reason: 'drill' })
  })

  it('looks again where something is under way that was asked before', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(1_000)
    store.holds = ({ type }) => type === 'flush'
    breaker.count(breaker.epoch, true, clock.now())
    await clock.advance(200)
    force(world, clock)
    store.reconnect()
    await clock.advance(20)
    store.letGo()
    await clock.advance(20)
    expect(breaker.override(clock.now())?.state).toBe('closed')
  })

  it('makes up for a push that came late as soon as it hears the truth', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(10)
    const claim = { epoch: calendarMs, status: 'open', remainingMs: 1_000, openings: 1 } as const
    world.serve({ type: 'probe', id: 'inventory', claim, reports: [], wanted: 0, policy: rules }, calendarMs)
    await clock.advance(590)
    const { epoch } = world.breaker('inventory')
    store.push(change({ epoch, remainingMs: 1_000, reason: 'restored' }))
    expect(breaker.remainingMs(clock.now())).toBe(1_000)
    store.reconnect()
    await clock.advance(10)
    expect(breaker.remainingMs(clock.now())).toBe(390)
  })

  it('says nothing of calls that began before the circuit opened and closed', async () => {
    const [clock, world] = [new VirtualClock(), new World()]
    const { store, breaker } = new Member(world, clock)
    await clock.advance(10)
    store.push(change({ epoch: calendarMs }))
    store.push(change({ epoch: calendarMs + 1, status: 'closed', reason: 'recovered' }))
    breaker.count(0, true, clock.now())
    await clock.advance(3_000)
    const told = store.asked.map((each) => (each.type === 'flush' ? each.failures : 0))
    expect(Math.max(...told)).toBe(0)
  })

  it('counts on where it is made anew in the same process', async () => {
    const [clock, world] = [new VirtualClock({ now: 5_000 }), new World()]
    const member = new Member(world, clock)
    await clock.advance(10)
    for (let call = 0; call < 3; call++) {
      member.breaker.count(0, false, clock.now())
      await clock.advance(2_000)
    }
    member.leave()
    member.join().shared.count(0, false, clock.now())
    await clock.advance(2_000)
    expect(world.breaker('inventory').successes.reduce((sum, each) => sum + each)).toBe(4)
  })
})

describe('probes of a shared circuit', () => {
  /** A circuit that is open with nothing left to wait for, and the instance knows. */
  async function due(): Promise<{ clock: VirtualClock; world: World; member: Member }> {
    const [clock, world] = [new VirtualClock(), new World()]
    const member = new Member(world, clock)
    await clock.advance(10)
    const claim = { epoch: calendarMs, status: 'open', remainingMs: 0, openings: 1 } as const
    world.serve({ type: 'probe', id: 'inventory', claim, reports: [], wanted: 0, policy: rules }, calendarMs)
    member.store.reconnect()
    await clock.advance(10)
    return { clock, world, member }
  }

  /** The same after the instance was granted its first probe. */
  async function granted(): ReturnType<typeof due> {
    const made = await due()
    made.member.breaker.decide(made.clock.now())
    await made.clock.advance(100)
    return made
  }

  it('are not dropped because another circuit is made', async () => {
    const { clock, member } = await granted()
    member.share.parts.breaker(['orders'], rules, watcher)
    await clock.advance(10)
    expect(member.breaker.decide(clock.now())).toMatchObject({ number: 1 })
  })

  it('are dropped when the process has stood still', async () => {
    const { clock, member } = await granted()
    clock.jumpWallTime(3_000)
    member.share.parts.breaker(['orders'], rules, watcher)
    await clock.advance(10)
    expect(member.breaker.decide(clock.now())).toMatchObject({ reason: 'half-open' })
  })

  it('are used once each', async () => {
    const { clock, member } = await granted()
    expect(member.breaker.decide(clock.now())).toMatchObject({ number: 1 })
    expect(member.breaker.decide(clock.now())).toMatchObject({ reason: 'half-open' })
  })

  it('are not begun once the server may have given them up', async () => {
    const { clock, member } = await granted()
    // While it waits for an answer it cannot hand the probe back.
    member.store.holds = () => true
    member.store.reconnect()
    await clock.advance(850)
    expect(member.breaker.decide(clock.now())).toMatchObject({ reason: 'half-open' })
  })

  it('are worth as much less as the reply that brings them comes later', async () => {
    const { clock, member } = await due()
    const { store, breaker } = member
    store.holds = ({ type }) => type === 'probe'
    breaker.decide(clock.now())
    await clock.advance(500)
    store.letGo()
    store.holds = () => true
    store.reconnect()
    await clock.advance(400)
    expect(breaker.decide(clock.now())).toMatchObject({ reason: 'half-open' })
  })

  it('are of no use in a later epoch', async () => {
    const { clock, member } = await granted()
    const { store, breaker } = member
    store.push(change({ epoch: breaker.epoch + 1, status: 'half-open', reason: 'probing' }))
    expect(breaker.decide(clock.now())).toMatchObject({ reason: 'half-open' })
  })

  it('are not reported in a later epoch when nobody knows whether the server heard', async () => {
    const { clock, member } = await granted()
    const { store, breaker } = member
    const probe = breaker.decide(clock.now())
    if (probe === undefined || !('number' in probe)) throw new Error('no probe')
    store.holds = ({ type }) => type === 'probe'
    breaker.ended(probe, 'failed', clock.now())
    await clock.advance(10)
    store.push(change({ epoch: probe.epoch + 1, status: 'half-open', reason: 'probing' }))
    store.timeOut()
    store.asked.length = 0
    await clock.advance(10)
    breaker.decide(clock.now())
    await clock.advance(500)
    const probing = store.asked.filter((each): each is ProbeRequest => each.type === 'probe')
    expect(probing.length).toBeGreaterThan(0)
    expect(probing.flatMap(({ reports }) => reports)).toEqual([])
  })
})
