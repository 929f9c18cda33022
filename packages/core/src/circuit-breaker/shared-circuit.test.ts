import { EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { HoldfastEvent } from '../events.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { memoryShare } from '../share/memory-share.ts'
import { usualPolicy } from '../share/protocol/policy.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import { settingsFrom } from './options.ts'
import type { CircuitBreakerOptions } from './options.ts'
import { policyFrom } from './shared-circuit.ts'

/** One instance of a service: its own share and its own pipeline. */
class Instance {
  readonly share: Share
  readonly breaker: CircuitBreaker
  readonly pipeline: Pipeline
  readonly events: EventLog<HoldfastEvent>
  sent = 0

  constructor(server: MemoryServer, clock: VirtualClock, seed: number, options: CircuitBreakerOptions = {}) {
    const random = seededRandom(seed)
    this.share = memoryShare({ server, clock, random })
    this.breaker = circuitBreaker(options)
    this.pipeline = pipeline('inventory', [this.breaker], { clock, random, share: this.share })
    this.events = new EventLog(this.pipeline)
  }

  async call(result: 'well' | 'ill'): Promise<string> {
    const { pipeline } = this
    const outcome = await pipeline.executeOutcome(() => {
      this.sent++
      if (result === 'ill') throw new Error('ill')
    })
    if (!('error' in outcome)) return 'well'
    return outcome.error instanceof Error && 'code' in outcome.error ? String(outcome.error.code) : 'ill'
  }

  get state(): string {
    return this.breaker.statistics().state
  }
}

function fleetOf(count: number, clock: VirtualClock, options?: CircuitBreakerOptions): Instance[] {
  const server = memoryServer(clock)
  return Array.from({ length: count }, (_, index) => new Instance(server, clock, index + 1, options))
}

describe('circuits that a fleet shares', () => {
  const clock = new VirtualClock()
  let fleet: Instance[] = []
  afterEach(async () => {
    const stopped = Promise.all(fleet.map(({ share }) => share.stop()))
    await clock.advance(1_000)
    await stopped
    expect(clock.pending).toBe(0)
  })

  it('open for all when together they have seen enough, though none of them has', async () => {
    fleet = fleetOf(4, clock)
    await clock.advance(100)
    for (const instance of fleet) for (let call = 0; call < 6; call++) await instance.call('ill')
    await clock.advance(250)
    expect(fleet.map(({ state }) => state)).toEqual(['open', 'open', 'open', 'open'])
    expect(await fleet[0]?.call('well')).toBe('ERR_CIRCUIT_OPEN')
  })

  it('stay closed for the others when only one of them fails', async () => {
    fleet = fleetOf(4, clock)
    await clock.advance(100)
    const [ill, ...others] = fleet
    const heard = { ill: new Set<string | undefined>(), others: new Set<string>() }
    for (let round = 0; round < 45; round++) {
      heard.ill.add(await ill?.call('ill'))
      for (const other of others) heard.others.add(await other.call('well'))
      await clock.advance(100)
    }
    expect([...heard.ill]).toEqual(['ill', 'ERR_CIRCUIT_OPEN'])
    expect([...heard.others]).toEqual(['well'])
  })

  it('are judged by the usual rules where all options are left to their defaults', () => {
    expect(policyFrom(settingsFrom('circuit-breaker', {}))).toEqual(usualPolicy)
  })

  it('take part, or not, as live options say', async () => {
    fleet = fleetOf(2, clock)
    await clock.advance(100)
    const [one] = fleet
    const takesPart = (): boolean => one?.breaker.statistics().fleet !== undefined
    const before = takesPart()
    one?.pipeline.update('circuit-breaker', { shared: false })
    const without = takesPart()
    one?.pipeline.update('circuit-breaker', { shared: {} })
    expect([before, without, takesPart()]).toEqual([true, false, true])
  })

  it('are bound by what operators say from when they take part until they no longer do', async () => {
    const server = memoryServer(clock)
    fleet = [new Instance(server, clock, 1, { shared: false })]
    const [one] = fleet
    const operator = server.connect()
    operator.open({ pushed: () => undefined, connected: () => undefined, disconnected: () => undefined })
    const force = async (state: 'open' | 'none'): Promise<void> => {
      const name = 'inventory/circuit-breaker'
      const said = { forMs: state === 'none' ? 0 : 600_000, by: 'ann', why: 'drill' }
      await operator.send([{ type: 'control', id: name, name, state, ...said, request: `${clock.now()}` }])
      await clock.advance(100)
    }
    const share = async (shared: CircuitBreakerOptions['shared']): Promise<string | undefined> => {
      one?.pipeline.update('circuit-breaker', { shared })
      await clock.advance(100)
      return one?.call('well')
    }
    await clock.advance(100)
    await force('open')
    expect([await one?.call('well'), await share({}), await share(false)]).toEqual([
      'well',
      'ERR_CIRCUIT_OPEN',
      'well',
    ])
    expect(await share({})).toBe('ERR_CIRCUIT_OPEN')
    await share(false)
    await force('none')
    expect([one?.breaker.statistics().override, await share({})]).toEqual([undefined, 'well'])
  })

  it('send no more probes than one round has, and close for all', async () => {
    fleet = fleetOf(4, clock)
    await clock.advance(100)
    for (const instance of fleet) for (let call = 0; call < 6; call++) await instance.call('ill')
    await clock.advance(250)
    for (const instance of fleet) instance.sent = 0
    for (let round = 0; round < 40; round++) {
      for (const instance of fleet) await instance.call('well')
      await clock.advance(50)
      if (fleet.every(({ state }) => state === 'closed')) break
      expect(fleet.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThanOrEqual(3)
    }
    expect(fleet.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed', 'closed'])
    const probed = fleet.flatMap(({ events }) => events.of('circuit.probed'))
    expect(probed.map(({ probe }) => probe).toSorted()).toEqual([1, 2, 3])
    expect(new Set(probed.map(({ epoch }) => epoch)).size).toBe(1)
  })
})
