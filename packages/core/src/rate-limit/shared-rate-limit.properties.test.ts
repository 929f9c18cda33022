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
import { rateLimit } from './rate-limit.ts'
import type { RateLimit, RateLimitOptions } from './rate-limit.ts'

class Instance {
  readonly share: Share
  readonly clock: ProcessClock
  readonly link: Link
  readonly guard: RateLimit
  readonly pipeline: Pipeline
  /** How many calls it makes every 10 ms. */
  load = 0
  readonly #passed: (weight: number) => void

  constructor(
    server: MemoryServer,
    clock: VirtualClock,
    seed: number,
    options: RateLimitOptions,
    passed: (weight: number) => void,
  ) {
    const random = seededRandom(seed)
    this.clock = new ProcessClock(clock)
    this.link = new Link(server, this.clock, [2, 40, 100][seed % 3])
    this.share = share(this.link, { clock: this.clock, random })
    this.guard = rateLimit({ ...options, weight: ({ key }) => Number(key) })
    this.pipeline = pipeline('mail', [this.guard], { clock: this.clock, random, share: this.share })
    this.#passed = passed
  }

  call(weight: number): void {
    if (this.clock.stopped) return
    void this.pipeline.executeOutcome(() => this.#passed(weight), { key: String(weight) })
  }
}

/** A fleet that is offered calls, and how many cells passed when. */
class Story {
  readonly clock: VirtualClock = new VirtualClock({ wallTime: 1_700_000_000_000 })
  readonly fleet: readonly Instance[]
  readonly passed: (readonly [at: number, cells: number])[] = []

  constructor(count: number, options: RateLimitOptions) {
    const server = memoryServer(this.clock)
    const passed = (cells: number): void => void this.passed.push([this.clock.now(), cells])
    this.fleet = Array.from(
      { length: count },
      (_, index) => new Instance(server, this.clock, index + 1, options, passed),
    )
  }

  async offer(ms: number, weight: number): Promise<void> {
    for (const end = this.clock.now() + ms; this.clock.now() < end; ) {
      for (const instance of this.fleet)
        for (let each = 0; each < instance.load; each++) instance.call(weight)
      await this.clock.advance(10)
    }
  }

  /** By how much the worst span of time exceeds what the rate lets through in it, burst included. */
  excess(perMs: number, burst: number): number {
    let [worst, over] = [0, 0]
    let before = this.passed[0]?.[0] ?? 0
    for (const [at, cells] of this.passed) {
      // The worst span that ends here is the worst that ended before, or begins here.
      over = Math.max(0, over - perMs * (at - before)) + cells
      before = at
      worst = Math.max(worst, over)
    }
    return worst - burst
  }

  async end(): Promise<void> {
    for (const { clock, link } of this.fleet) {
      clock.resume()
      link.heal()
    }
    await this.clock.advance(10_000)
    const stopped = Promise.all(this.fleet.map(({ share: each }) => each.stop()))
    await this.clock.advance(5_000)
    await stopped
    expect(this.clock.pending).toBe(0)
  }
}

const who = fc.nat({ max: 4 })

type Step =
  | { readonly does: 'load'; readonly who: number; readonly calls: number }
  | { readonly does: 'offer'; readonly ms: number; readonly weight: number }
  | { readonly does: 'stop' | 'resume'; readonly who: number }
  | { readonly does: 'once'; readonly who: number; readonly fate: Fate }
  | { readonly does: 'cut' | 'heal'; readonly who: number }

const calm: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('load' as const), who, calls: fc.constantFrom(0, 1, 5) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('offer' as const),
      ms: fc.constantFrom(10, 200, 1_000, 3_000),
      weight: fc.constantFrom(1, 1, 0.5, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('stop' as const, 'resume'), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('once' as const),
      who,
      fate: fc.constantFrom<Fate>('lost', 'reply lost', 'late'),
    }),
  },
]

const cuts: fc.WeightedArbitrary<Step> = {
  weight: 2,
  arbitrary: fc.record({ does: fc.constantFrom('cut' as const, 'heal'), who }),
}

const rates = fc.record({
  limit: fc.constantFrom(1, 20, 200, 2_000),
  burst: fc.constantFrom(3, 4, 50),
  count: fc.constantFrom(1, 2, 5),
  maximumWaitMs: fc.constantFrom(0, 300),
})

async function take(story: Story, step: Step): Promise<void> {
  if (step.does === 'offer') return story.offer(step.ms, step.weight)
  const instance = story.fleet[step.who % story.fleet.length] as Instance
  if (step.does === 'load') instance.load = step.calls
  if (step.does === 'stop') instance.clock.stop()
  if (step.does === 'resume') instance.clock.resume()
  if (step.does === 'cut') instance.link.cut()
  if (step.does === 'heal') instance.link.heal()
  if (step.does !== 'once') return
  instance.link.fate = step.fate
  await story.offer(300, 1)
  instance.link.fate = 'answered'
}

test('S9 in no span of time passes more than the rate, the burst, and what was in stock', async () => {
  await fc.assert(
    fc.asyncProperty(rates, fc.array(fc.oneof(...calm), { maxLength: 15 }), async (rate, steps) => {
      const { count, ...options } = rate
      const story = new Story(count, options)
      await story.clock.advance(2_500)
      for (const step of steps) await take(story, step)
      // A reserve is a part of the burst, or what one call costs; the rest is for the next 50 ms, and not every hundred.
      const reserve = Math.max(3, Math.min(50, Math.floor(options.burst / count)))
      const stock = count * (reserve + Math.min(50, 5 * 5 * 3))
      expect(story.excess(options.limit / 1_000, options.burst)).toBeLessThanOrEqual(stock + 1e-6)
      await story.end()
    }),
    { numRuns: 60 },
  )
})

test('S9 nor twice that where instances go by their part of the rate because nothing is heard', async () => {
  await fc.assert(
    fc.asyncProperty(rates, fc.array(fc.oneof(...calm, cuts), { maxLength: 15 }), async (rate, steps) => {
      const { count, ...options } = rate
      const story = new Story(count, options)
      await story.clock.advance(2_500)
      for (const step of steps) await take(story, step)
      const stock = count * (50 + 50)
      const alone = options.burst + count * 3
      expect(story.excess((2 * options.limit) / 1_000, options.burst + alone)).toBeLessThanOrEqual(stock)
      await story.end()
    }),
    { numRuns: 60 },
  )
})

test('what the fleet has is used where there is demand, and every call that may wait is answered', async () => {
  const demand = fc.record({ limit: fc.constantFrom(20, 200, 1_000), count: fc.constantFrom(1, 2, 5) })
  await fc.assert(
    fc.asyncProperty(
      demand,
      fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 }),
      async (rate, loads) => {
        const { limit, count } = rate
        const story = new Story(count, { limit, burst: Math.max(10, limit / 5) })
        await story.clock.advance(2_500)
        for (const [index, instance] of story.fleet.entries()) instance.load = loads[index] ?? 0
        const offered = story.fleet.reduce((sum, { load }) => sum + load, 0) * 500
        await story.offer(5_000, 1)
        expect(story.passed.length).toBeGreaterThanOrEqual(Math.min(offered * 0.9, 5 * limit * 0.8))
        for (const { guard } of story.fleet) expect(guard.statistics().waiting).toBe(0)
        await story.end()
      },
    ),
    { numRuns: 30 },
  )
})
