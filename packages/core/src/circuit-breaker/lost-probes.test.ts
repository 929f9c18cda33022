import { seededRandom, VirtualClock } from '@holdfast/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { memoryShare } from '../share/memory-share.ts'
import type { Share } from '../share/share.ts'
import { ProcessClock } from '../share/network.arbitrary.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'

const options = { openMs: 1_000, maximumOpenMs: 1_000, probes: 2, probeSuccesses: 2, probeLeaseMs: 2_000 }

/** Five calls a second. */
const everyMs = 200

/**
 * How long it may take a circuit to close from when the service is well again, with calls: the probes that are out are
 * given up, it is open once more, and then as many calls of each instance as there are probes find out.
 */
const boundMs = options.probeLeaseMs + options.openMs + (2 * options.probes + 2) * everyMs

class Instance {
  readonly clock: ProcessClock
  readonly share: Share
  readonly breaker: CircuitBreaker = circuitBreaker(options)
  readonly pipeline: Pipeline
  probes = 0

  constructor(server: MemoryServer, time: VirtualClock, seed: number) {
    this.clock = new ProcessClock(time, 0, 0, () => undefined)
    const [clock, random] = [this.clock, seededRandom(seed)]
    this.share = memoryShare({ server, clock, random })
    this.pipeline = pipeline('inventory', [this.breaker], { clock, random, share: this.share })
  }

  get state(): string {
    return this.breaker.statistics().state
  }

  call(operation: () => unknown, signal?: AbortSignal): void {
    if (this.clock.paused) return
    const probing = this.state !== 'closed'
    const counted = (): unknown => {
      if (probing) this.probes++
      return operation()
    }
    void this.pipeline.executeOutcome(counted, signal === undefined ? {} : { signal })
  }

  /** The caller has gone before there is a result. */
  cancelled(): void {
    const caller = new AbortController()
    this.call(() => {
      void Promise.resolve().then(() => caller.abort())
      return new Promise(() => undefined)
    }, caller.signal)
  }
}

describe('a shared circuit under steady traffic', () => {
  let time: VirtualClock
  let server: MemoryServer
  let fleet: Instance[]

  async function pass(ms: number, call: (instance: Instance) => void): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += everyMs) {
      for (const instance of fleet) call(instance)
      await time.advance(everyMs)
    }
  }

  const well = (instance: Instance): void => instance.call(() => 'well')
  const ill = (instance: Instance): void => instance.call(() => Promise.reject(new Error('ill')))
  const states = (): readonly string[] => fleet.filter(({ clock }) => !clock.paused).map(({ state }) => state)

  beforeEach(async () => {
    time = new VirtualClock()
    server = memoryServer(time)
    fleet = [1, 2].map((seed) => new Instance(server, time, seed))
    await time.advance(2_000)
    for (let call = 0; call < 20; call++) for (const instance of fleet) ill(instance)
    await time.advance(300)
    expect(states()).toEqual(['open', 'open'])
  })

  afterEach(async () => {
    for (const { clock } of fleet) clock.resume()
    const stopped = Promise.all(fleet.map(({ share }) => share.stop()))
    await time.advance(1_000)
    await stopped
  })

  it('closes although every probe was cancelled for a while', async () => {
    await pass(20_000, (instance) => instance.cancelled())
    expect(fleet.reduce((sum, { probes }) => sum + probes, 0)).toBeGreaterThan(2)
    expect(states()).not.toContain('closed')
    await pass(boundMs, well)
    expect(states()).toEqual(['closed', 'closed'])
  })

  it('closes although operations of all probes hang for ever', async () => {
    await pass(20_000, (instance) => instance.call(() => new Promise(() => undefined)))
    expect(states()).not.toContain('closed')
    await pass(boundMs, well)
    expect(states()).toEqual(['closed', 'closed'])
  })

  it('closes although whoever had a probe died with it', async () => {
    const [one, other] = fleet
    while (one?.probes === 0 && other?.probes === 0) {
      await pass(everyMs, (instance) => instance.call(() => new Promise(() => undefined)))
    }
    for (const instance of fleet) if (instance.probes > 0) instance.clock.pause()
    if (states().length === 0) fleet = [...fleet, new Instance(server, time, 3)]
    await pass(boundMs, well)
    expect(states()).toEqual(['closed'])
  })

  it('closes although whoever saw the last probe succeed dies before it has told', async () => {
    const dying = fleet[0]
    // It dies with the result of its probe in hand, every time that it has one.
    await pass(boundMs + 10 * everyMs, (instance) => {
      if (instance !== dying || instance.clock.paused) return well(instance)
      instance.call(() => {
        if (instance.probes > 0) instance.clock.pause()
        return 'well'
      })
    })
    expect(dying?.clock.paused).toBe(true)
    expect(states()).toEqual(['closed'])
  })
})
