import { seededRandom, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import { memoryServer } from '../share/memory-server.ts'
import type { MemoryServer } from '../share/memory-server.ts'
import { share } from '../share/member.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Fate } from '../share/process.arbitrary.ts'
import type { Share } from '../share/share.ts'
import { bulkhead } from './bulkhead.ts'
import type { Bulkhead, BulkheadOptions } from './bulkhead.ts'

/** No call takes longer. */
const drainMs = 500

type Step =
  | { readonly does: 'load'; readonly who: number; readonly times: number }
  | { readonly does: 'link'; readonly who: number; readonly fate: Fate }
  | { readonly does: 'stop' | 'resume' | 'cut' | 'heal' | 'replace'; readonly who: number }
  | { readonly does: 'pass'; readonly ms: number }

const instances = 3
const who = fc.nat({ max: instances - 1 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('load' as const), who, times: fc.constantFrom(0, 1, 9) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('link' as const),
      who,
      fate: fc.constantFrom<Fate>('lost', 'reply lost', 'late', 'answered'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('stop' as const, 'resume', 'cut', 'heal', 'heal', 'replace'),
      who,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 50, 200, drainMs, 1_000, 2_900, 3_500),
    }),
  },
)

/** What the service sees: a call is there until it has ended, whatever becomes of the process that made it. */
class Service {
  readonly #clock: VirtualClock
  #ends: number[] = []

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async serve(ms: number, process: ProcessClock): Promise<void> {
    this.#ends.push(this.#clock.now() + ms)
    await process.after(ms)
    await process.whenRunning()
  }

  get running(): number {
    const now = this.#clock.now()
    this.#ends = this.#ends.filter((end) => end > now)
    return this.#ends.length
  }
}

class Instance {
  readonly clock: ProcessClock
  readonly link: Link
  readonly share: Share
  readonly guard: Bulkhead
  readonly pipeline: Pipeline
  /** How many calls it makes every now and then. */
  load = 1
  readonly #service: Service

  constructor(
    server: MemoryServer,
    clock: VirtualClock,
    service: Service,
    seed: number,
    options: BulkheadOptions,
  ) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock, seed % 2 === 0 ? 2 : 100)
    this.share = share(this.link, { clock: this.clock, random })
    this.guard = bulkhead(options)
    this.pipeline = pipeline('inventory', [this.guard], { clock: this.clock, random, share: this.share })
    this.#service = service
  }

  call(ms: number): void {
    if (this.clock.stopped) return
    void this.pipeline.executeOutcome(() => this.#service.serve(ms, this.clock))
  }
}

/** A fleet and what becomes of it. */
class Story {
  readonly clock: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly service: Service = new Service(this.clock)
  readonly #server: MemoryServer = memoryServer(this.clock)
  readonly #options: BulkheadOptions
  readonly #all: Instance[] = []
  readonly fleet: Instance[]

  constructor(options: BulkheadOptions) {
    this.#options = options
    this.fleet = Array.from({ length: instances }, () => this.#start())
  }

  #start(): Instance {
    const instance = new Instance(this.#server, this.clock, this.service, this.#all.length + 1, this.#options)
    this.#all.push(instance)
    return instance
  }

  async take(next: Step): Promise<void> {
    if (next.does === 'pass') return this.pass(next.ms)
    const instance = this.fleet[next.who] as Instance
    if (next.does === 'load') instance.load = next.times
    else if (next.does === 'link') instance.link.fate = next.fate
    else if (next.does === 'cut') instance.link.cut()
    else if (next.does === 'heal') instance.link.heal()
    else if (next.does === 'stop') instance.clock.stop()
    else if (next.does === 'resume') instance.clock.resume()
    else if (next.does === 'replace') {
      // It dies: nothing more is heard of it.
      instance.clock.stop()
      this.fleet[next.who] = this.#start()
    }
  }

  /** Time passes, and calls come, each as long as it may be. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    while (this.clock.now() < end) {
      for (const instance of this.fleet)
        for (let each = 0; each < instance.load; each++) instance.call(drainMs)
      await this.clock.advanceTo(Math.min(end, this.clock.now() + 47))
      expect(this.service.running).toBeLessThanOrEqual(Number(this.#options.limit))
    }
  }

  async heal(): Promise<void> {
    for (const { clock, link } of this.fleet) {
      clock.resume()
      link.heal()
    }
    await this.clock.advance(20_000)
  }

  async end(): Promise<void> {
    await this.heal()
    const stopped = Promise.all(this.fleet.map(({ share: each }) => each.stop()))
    await this.clock.advance(5_000)
    await stopped
    for (const { clock, link } of this.#all) {
      link.cut()
      clock.resume()
    }
    const gone = Promise.all(this.#all.map(({ share: each }) => each.stop()))
    await this.clock.advance(5_000)
    await gone
  }
}

const steps = fc.array(step, { minLength: 10, maxLength: 30 })
const limits = fc.constantFrom(1, 2, 4, 9)
const queues = fc.constantFrom(0, 3)

test('S8 no more calls run at a time than the limit, through pauses, deaths, partitions and lost replies', async () => {
  await fc.assert(
    fc.asyncProperty(limits, queues, steps, async (limit, size, drawn) => {
      const story = new Story({ limit, queue: { size }, shared: { drainMs, degradedMinimum: 0 } })
      for (const next of drawn) await story.take(next)
      await story.end()
      expect(story.service.running).toBe(0)
      expect(story.clock.pending).toBe(0)
    }),
    { numRuns: 150 },
  )
})

test('L6 what the dead had comes back, and a call that waits is admitted when there is room', async () => {
  await fc.assert(
    fc.asyncProperty(limits, steps, async (limit, drawn) => {
      const story = new Story({ limit, queue: { size: 9 }, shared: { drainMs, degradedMinimum: 0 } })
      for (const next of drawn) await story.take(next)
      await story.heal()
      for (const instance of story.fleet) instance.call(1)
      await story.clock.advance(20_000)
      for (const { guard } of story.fleet)
        expect(guard.statistics()).toMatchObject({ waiting: 0, running: 0 })
      const [first] = story.fleet
      for (let round = 0; round < 60; round++) {
        first?.call(drainMs)
        await story.clock.advance(50)
      }
      // The others keep one each where there is one for everybody.
      expect(first?.guard.statistics().slice).toBeGreaterThanOrEqual(Math.min(1, limit - instances + 1))
      await story.end()
      expect(story.clock.pending).toBe(0)
    }),
    { numRuns: 40 },
  )
})
