import { seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from './memory-server.ts'
import { share } from './member.ts'
import { Link, ProcessClock } from './process.arbitrary.ts'
import type { Share } from './share.ts'

/** The clock of a process on a machine that may be suspended: its monotonic clock stands still, and its calendar does not. */
class SuspendableClock extends ProcessClock {
  #aheadMs = 0

  override wallTime(): number {
    return super.wallTime() + this.#aheadMs
  }

  suspend(ms: number): void {
    this.#aheadMs += ms
  }
}

/** One instance with a shared circuit and a shared limit, alone in its fleet. */
class Instance {
  readonly time: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly clock: SuspendableClock = new SuspendableClock(this.time)
  readonly link: Link = new Link(memoryServer(this.time), this.clock)
  readonly share: Share
  readonly breaker = circuitBreaker({
    minimumCalls: 4,
    openMs: 1_000,
    probes: 2,
    shared: { quorum: { minimum: 1 } },
  })
  readonly guard = bulkhead({ limit: 10, queue: { size: 10 } })
  readonly pipeline: Pipeline
  readonly limited: Pipeline
  readonly passed: number[] = []

  constructor() {
    const random = seededRandom(1)
    const { clock } = this
    this.share = share(this.link, { clock, random })
    this.pipeline = pipeline('inventory', [this.breaker], { clock, random, share: this.share })
    this.limited = pipeline('limited', [this.guard], { clock, random, share: this.share })
  }

  async call(times = 1, fails = false): Promise<void> {
    for (let each = 0; each < times; each++) {
      await this.pipeline.executeOutcome(() => {
        this.passed.push(this.time.now())
        if (fails) throw new Error('down')
      })
    }
  }

  /** Lets the circuit open and become half-open, so that the instance holds a probe that no call has used. */
  async withProbe(): Promise<void> {
    await this.time.advance(5_000)
    await this.call(4, true)
    await this.time.advance(1_300)
    await this.call()
    await this.time.advance(60)
    expect(this.breaker.statistics().state).toBe('half-open')
    this.passed.length = 0
  }
}

describe('after a standstill', () => {
  it('of the machine, a probe from before it is not used, and the state is asked for at once', async () => {
    const one = new Instance()
    await one.withProbe()
    one.clock.suspend(60_000)
    one.link.sent.length = 0
    await one.call()
    expect(one.passed).toEqual([])
    await one.time.advance(1)
    expect(one.link.sentOf('look')).not.toEqual([])
    expect(one.link.sentOf('heartbeat')).not.toEqual([])
  })

  it('without one, the probe is used', async () => {
    const one = new Instance()
    await one.withProbe()
    one.clock.suspend(1_900)
    await one.call()
    expect(one.passed.length).toBe(1)
  })

  it('of the machine, permits from before it are not given out before the server has been heard', async () => {
    const one = new Instance()
    await one.time.advance(3_000)
    const begun: number[] = []
    const call = (): unknown =>
      one.limited.executeOutcome(() => {
        begun.push(one.time.now())
      })
    call()
    await one.time.advance(500)
    expect(one.guard.statistics().slice).toBe(3)
    one.clock.suspend(10_000)
    one.link.sent.length = 0
    const resumedAt = one.time.now()
    call()
    await one.time.settle()
    expect(begun.length).toBe(1)
    await one.time.advance(50)
    expect(one.link.sentOf('slice')).not.toEqual([])
    expect(begun[1]).toBeGreaterThanOrEqual(resumedAt + one.link.roundTripMs)
  })

  it('of the machine that goes unused, everything is asked for at the next look', async () => {
    const one = new Instance()
    await one.time.advance(20_000)
    one.clock.suspend(3_600_000)
    one.link.sent.length = 0
    await one.time.advance(6_500)
    // One sweep because of the calendar, which asks about all, and those of the time.
    expect(one.link.sentOf('look').length).toBeGreaterThanOrEqual(2)
  })

  it('of the process, a probe and permits are not used by calls that come before the late alarm', async () => {
    const one = new Instance()
    await one.withProbe()
    const begun: number[] = []
    one.clock.stop()
    await one.time.advance(8_000)
    one.link.sent.length = 0
    const calls = [one.call(), one.limited.executeOutcome(() => void begun.push(1))]
    one.clock.resume()
    expect([one.passed, begun]).toEqual([[], []])
    await one.time.advance(10)
    await Promise.all(calls)
    expect(one.passed).toEqual([])
    expect(begun.length).toBe(1)
    expect(one.link.sentOf('look')).not.toEqual([])
  })

  it('of the process that is short, nothing is dropped', async () => {
    const one = new Instance()
    await one.withProbe()
    one.clock.stop()
    await one.time.advance(1_000)
    one.clock.resume()
    await one.call()
    expect(one.passed.length).toBe(1)
  })
})
