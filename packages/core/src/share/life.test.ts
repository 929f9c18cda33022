import { EventLog, seededRandom, VirtualClock } from '@holdfast/testing'
import { describe, expect, it } from 'vitest'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import type { ShareEvent } from './event.ts'
import { memoryServer } from './memory-server.ts'
import { memoryShare } from './memory-share.ts'
import type { MemoryServer } from './memory-server.ts'
import { share } from './member.ts'
import { Link, ProcessClock } from './process.arbitrary.ts'
import type { Share } from './share.ts'

/** One instance of a service, with a circuit and a limit that it shares. */
class Instance {
  readonly clock: ProcessClock
  readonly link: Link
  readonly share: Share
  readonly breaker = circuitBreaker({
    minimumCalls: 4,
    openMs: 1_000,
    probes: 2,
    shared: { quorum: { minimum: 1 } },
  })
  readonly guard = bulkhead({ limit: 10 })
  readonly pipeline: Pipeline

  constructor(server: MemoryServer, clock: VirtualClock, seed = 1) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock)
    this.share = share(this.link, { clock: this.clock, random })
    const parts = [this.breaker, this.guard]
    this.pipeline = pipeline('inventory', parts, { clock: this.clock, random, share: this.share })
  }

  async call(times: number, fails = false): Promise<void> {
    for (let each = 0; each < times; each++) {
      await this.pipeline.executeOutcome(() => (fails ? Promise.reject(new Error('down')) : 1))
    }
  }

  get state(): string {
    return this.breaker.statistics().state
  }
}

/** What `work` gives, and how long it took on the clock. */
async function timed<T>(clock: VirtualClock, work: Promise<T>): Promise<readonly [T, number]> {
  const begun = clock.now()
  let tookMs = Number.NaN
  void work.then(() => (tookMs = clock.now() - begun))
  await clock.advance(10_000)
  return [await work, tookMs]
}

describe('a share and its pipelines', () => {
  it('must go by one clock', () => {
    const clock = new VirtualClock()
    const parts = [circuitBreaker()]
    const made = (): Pipeline => pipeline('inventory', parts, { share: memoryShare({ clock }) })
    expect(made).toThrow('inventory: the share must have the same clock as the pipeline')
  })
})

describe('waiting until a share is ready', () => {
  it('ends when all has been heard', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    const [ready, tookMs] = await timed(clock, one.share.ready())
    expect(ready).toBe(true)
    expect(tookMs).toBeLessThan(20)
    expect(one.breaker.statistics().fleet?.alone).toBe(false)
  })

  it('ends with false when its time is over, and calls have gone on', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    one.link.cut()
    const ready = one.share.ready({ timeoutMs: 700 })
    await one.call(1)
    expect(one.breaker.statistics()).toMatchObject({ calls: 1, failures: 0 })
    expect(await timed(clock, ready)).toEqual([false, 700])
  })

  it('does not take the silence of a server that has just hung for an answer', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    one.link.fate = 'lost'
    const [ready] = await timed(clock, one.share.ready({ timeoutMs: 900 }))
    expect(ready).toBe(false)
  })

  it('asks again soon when an answer was lost', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(20_000)
    const { send } = one.link
    one.link.send = (requests) => {
      one.link.send = send
      return Promise.resolve(
        requests.map(() => ({ type: 'failure', reason: 'timeout', message: 'no answer' })),
      )
    }
    const ready = one.share.ready()
    const [isReady, tookMs] = await timed(clock, ready)
    expect(isReady).toBe(true)
    expect(tookMs).toBeLessThan(1_500)
  })

  it('is for what was asked after it began: a part that is new is known too', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one, other] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(3_000)
    await one.call(8, true)
    await clock.advance(200)
    other.link.roundTripMs = 100
    void other.share.ready()
    await clock.advance(50)
    const late = circuitBreaker({ name: 'late' })
    pipeline('inventory', [late], { clock: other.clock, share: other.share })
    const ready = other.share.ready()
    let isKnown = false
    void ready.then(() => (isKnown = late.statistics().fleet?.alone === false))
    await clock.advance(2_000)
    expect(isKnown).toBe(true)
  })

  it('ends at once when the share stops, and leaves nothing behind', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    one.link.cut()
    const ready = one.share.ready()
    await clock.advance(10)
    const stopped = one.share.stop()
    expect(await timed(clock, ready)).toEqual([false, 0])
    await stopped
    expect(await timed(clock, one.share.ready())).toEqual([false, 0])
    expect(clock.pending).toBe(0)
  })
})

describe('stopping a share', () => {
  it('says what was counted, and is no longer counted itself', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one, other] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(5_000)
    expect(other.share.fleetSize).toBe(2)
    await one.call(3)
    const [, tookMs] = await timed(clock, one.share.stop())
    expect(tookMs).toBeLessThan(20)
    const flushes = one.link.sentOf('flush')
    expect(flushes.at(-1)).toMatchObject({ successes: 3, failures: 0 })
    const third = memoryShare({ server, clock })
    const ready = third.ready()
    await clock.advance(10)
    expect([await ready, third.fleetSize]).toEqual([true, 2])
    // Who has counted more before goes by that for a while.
    expect(other.share.fleetSize).toBe(2)
    await clock.advance(22_000)
    expect(other.share.fleetSize).toBe(2)
    const stopped = third.stop()
    await clock.advance(40_000)
    await stopped
    expect(other.share.fleetSize).toBe(1)
  })

  it('gives back its part of a limit: another has all of it at once', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one, other] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(5_000)
    const ends: (() => void)[] = []
    const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve))
    for (let each = 0; each < 4; each++) {
      void one.pipeline.executeOutcome(hold)
      await clock.advance(100)
    }
    expect(one.guard.statistics()).toMatchObject({ running: 4, slice: 5 })
    for (const end of ends) end()
    await clock.settle()
    const stopped = one.share.stop()
    await clock.advance(10)
    await stopped
    for (let each = 0; each < 30; each++) {
      void other.pipeline.executeOutcome(hold)
      await clock.advance(20)
    }
    expect(other.guard.statistics().running).toBe(10)
  })

  it('gives back probes that it has not used', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one, other] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(5_000)
    await one.call(4, true)
    await clock.advance(1_400)
    expect([one.state, other.state]).toEqual(['open', 'open'])
    await one.call(1)
    await clock.advance(300)
    // It was granted a probe for a call that was refused, and no other call has come.
    expect(one.state).toBe('half-open')
    const stopped = one.share.stop()
    await clock.advance(10)
    await stopped
    expect(one.link.sentOf('probe').at(-1)).toMatchObject({
      reports: [{ result: 'returned' }],
    })
    // Both probes of the round are there for the other.
    for (let each = 0; each < 20; each++) {
      await other.call(1)
      await clock.advance(50)
    }
    expect(other.state).toBe('closed')
  })

  it('gives back a probe too whose grant is on its way', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(5_000)
    await one.call(4, true)
    await clock.advance(1_400)
    one.link.roundTripMs = 20
    await one.call(1)
    await clock.advance(25)
    expect(one.link.sent.at(-1)).toMatchObject({ type: 'probe', wanted: 1 })
    const [, tookMs] = await timed(clock, one.share.stop())
    expect(tookMs).toBeLessThan(100)
    expect(one.link.sentOf('probe').at(-1)).toMatchObject({
      reports: [{ result: 'returned' }],
    })
  })

  it('takes less than 200 ms where no answer comes and the store does not close', async () => {
    for (const fate of ['lost', 'reply lost', 'late', 'answered'] as const) {
      const clock = new VirtualClock()
      const one = new Instance(memoryServer(clock), clock)
      await clock.advance(3_000)
      await one.call(3, true)
      one.link.fate = fate
      one.link.close = () => new Promise(() => undefined)
      await clock.advance(100)
      const [, tookMs] = await timed(clock, one.share.stop())
      expect(tookMs).toBeLessThan(190)
    }
  })

  it('a second time is the first time', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(1_000)
    expect(one.share.stop()).toBe(one.share.stop())
    await clock.advance(10)
    const sent = one.link.sent.length
    await one.share[Symbol.asyncDispose]()
    await clock.advance(10_000)
    expect(one.link.sent.length).toBe(sent)
  })
})

describe('after a share has stopped', () => {
  it('calls go on alone, without a timer or a word to the store', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(3_000)
    const heard: ShareEvent[] = []
    one.share.on((event) => heard.push(event))
    const events = new EventLog(one.pipeline)
    await timed(clock, one.share.stop())
    const sent = one.link.sent.length
    await one.call(20)
    await one.call(50, true)
    expect(one.state).toBe('open')
    await clock.advance(1_500)
    await one.call(10)
    expect(one.state).toBe('closed')
    expect(events.of('circuit.closed').length).toBe(1)
    await clock.advance(20_000)
    expect(one.link.sent.length).toBe(sent)
    expect(heard).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('parts that are made then work alone', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(3_000)
    await timed(clock, one.share.stop())
    const sent = one.link.sent.length
    const breaker = circuitBreaker({ minimumCalls: 4 })
    const guard = bulkhead({ limit: 10 })
    const later = pipeline('later', [breaker, guard], { clock: one.clock, share: one.share })
    for (let each = 0; each < 4; each++) await later.executeOutcome(() => Promise.reject(new Error('down')))
    expect(breaker.statistics()).toMatchObject({ state: 'open', fleet: { alone: true } })
    expect(guard.statistics()).toMatchObject({ slice: 10 })
    await clock.advance(10_000)
    expect(one.link.sent.length).toBe(sent)
    expect(clock.pending).toBe(0)
  })

  it('parts that come and go are not remembered', async () => {
    const clock = new VirtualClock()
    const one = new Instance(memoryServer(clock), clock)
    await clock.advance(3_000)
    await timed(clock, one.share.stop())
    const heard: ShareEvent[] = []
    one.share.on((event) => heard.push(event))
    const terms = { limit: 10, degradedMinimum: 1, drainMs: () => 100 }
    const user = { running: 0, waiting: 0, grown: () => undefined, notify: () => undefined }
    for (let each = 0; each <= 10_000; each++) one.share.parts.slices([`key-${each}`], terms, user)?.leave()
    expect(heard).toEqual([])
  })

  it('a circuit that the last counts have opened closes again', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(3_000)
    // The fleet’s circuit opens by the last counts, and the push of that comes while the store closes.
    await one.call(4, true)
    await timed(clock, one.share.stop())
    await clock.advance(20_000)
    for (let each = 0; each < 10; each++) {
      await one.call(1)
      await clock.advance(1_000)
    }
    expect(one.state).toBe('closed')
  })

  it('an answer that comes later changes nothing', async () => {
    const clock = new VirtualClock()
    const server = memoryServer(clock)
    const [one] = [new Instance(server, clock, 1), new Instance(server, clock, 2)]
    await clock.advance(3_000)
    await one.call(4, true)
    one.link.roundTripMs = 240
    await clock.advance(150)
    expect(one.link.sent.at(-1)).toMatchObject({ type: 'flush', failures: 4 })
    await timed(clock, one.share.stop())
    expect(one.breaker.statistics().fleet?.alone).toBe(true)
    await clock.advance(20_000)
    for (let each = 0; each < 10; each++) {
      await one.call(1)
      await clock.advance(1_000)
    }
    expect(one.state).toBe('closed')
  })
})
