import { EventLog, VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipeline, rateLimit } from '../index.ts'
import { Meter } from './meter.ts'
import type { WarmUp } from './warmth.ts'

const intervalMs = 10

const warmUps: fc.Arbitrary<WarmUp> = fc.record({
  durationMs: fc.constantFrom(1, 95, 100, 1_000, 60_000),
  coldFactor: fc.constantFrom(1.1, 2, 3, 10),
})

/** As Guava writes it, for any cold factor: permits that are stored while nobody comes cost more the more there are. */
class Reference {
  readonly #thresholdPermits: number
  readonly #maxPermits: number
  readonly #coldIntervalMs: number
  readonly #coolDownIntervalMs: number
  #storedPermits: number
  #nextFreeTicketMs = 0

  constructor({ durationMs, coldFactor }: WarmUp) {
    this.#coldIntervalMs = intervalMs * coldFactor
    this.#thresholdPermits = durationMs / intervalMs / (coldFactor - 1)
    this.#maxPermits = this.#thresholdPermits + (2 * durationMs) / (intervalMs + this.#coldIntervalMs)
    this.#coolDownIntervalMs = durationMs / this.#maxPermits
    this.#storedPermits = this.#maxPermits
  }

  waitMs(now: number): number {
    return Math.max(0, this.#nextFreeTicketMs - now)
  }

  take(now: number, permits: number): void {
    if (now > this.#nextFreeTicketMs) {
      const newPermits = (now - this.#nextFreeTicketMs) / this.#coolDownIntervalMs
      this.#storedPermits = Math.min(this.#maxPermits, this.#storedPermits + newPermits)
      this.#nextFreeTicketMs = now
    }
    const stored = Math.min(permits, this.#storedPermits)
    this.#nextFreeTicketMs += this.#storedMs(stored) + (permits - stored) * intervalMs
    this.#storedPermits -= stored
  }

  /** The area under the line from the first to the last permit: a trapezoid above the threshold, a rectangle below. */
  #storedMs(permits: number): number {
    const above = Math.max(0, this.#storedPermits - this.#thresholdPermits)
    const dear = Math.min(above, permits)
    const lengths = this.#permitMs(above) + this.#permitMs(above - dear)
    return (dear * lengths) / 2 + (permits - dear) * intervalMs
  }

  #permitMs(above: number): number {
    const slope = (this.#coldIntervalMs - intervalMs) / (this.#maxPermits - this.#thresholdPermits)
    return intervalMs + above * slope
  }
}

const arrivals = fc.array(
  fc.oneof(fc.constantFrom(0, 1, 9, 10, 11, 29, 30, 31, 100), fc.constantFrom(499, 1_000, 61_000)),
  { maxLength: 80 },
)

test('without a burst it lets through what Guava’s warm-up does, and when', () => {
  fc.assert(
    fc.property(warmUps, arrivals, fc.boolean(), (warmUp, gaps, waits) => {
      const meter = new Meter({ intervalMs, toleranceMs: intervalMs, warmUp })
      const reference = new Reference(warmUp)
      let now = 0
      for (const gap of gaps) {
        now += gap
        const expected = reference.waitMs(now)
        const wait = meter.waitMs(now, 1)
        expect(Math.abs(wait - expected)).toBeLessThan(1e-5)
        if (waits) now += wait
        else if (wait > 0) continue
        meter.take(now, 1)
        reference.take(now, 1)
      }
    }),
    { numRuns: 500 },
  )
})

test('from cold, with calls enough, it takes the duration until the rate is whole; once it is warm, as long a quiet time until it is cold', () => {
  const shorter = warmUps.filter(({ durationMs }) => durationMs <= 1_000)
  fc.assert(
    fc.property(shorter, fc.constantFrom(1, 2, 10), (warmUp, burst) => {
      const { durationMs, coldFactor } = warmUp
      const meter = new Meter({ intervalMs, toleranceMs: burst * intervalMs, warmUp })
      let now = 0
      const next = (): number => {
        const wait = meter.waitMs(now, 1)
        now += wait
        meter.take(now, 1)
        return wait
      }
      const atFirst = Math.floor(meter.available(now))
      expect(atFirst).toBeGreaterThanOrEqual(Math.max(1, Math.floor(burst / coldFactor)))
      for (let each = 0; each < atFirst; each++) expect(next()).toBe(0)
      expect(next()).toBeGreaterThan(0)
      let last = coldFactor * intervalMs
      // What was let through at once is ahead of its time by the burst.
      while (now + burst * intervalMs < durationMs - 1e-3) {
        const wait = next()
        expect(wait).toBeLessThan(Math.max(last, intervalMs) + 1e-3)
        if (now + burst * intervalMs < durationMs - coldFactor * intervalMs)
          expect(wait).toBeGreaterThan(intervalMs)
        last = wait
      }
      while (now < durationMs + 2 * coldFactor * intervalMs) next()
      const toBeWarm = 1 + Math.ceil(durationMs / intervalMs / (coldFactor - 1))
      for (let each = 0; each < toBeWarm; each++) expect(next()).toBeCloseTo(intervalMs, 5)
      now += burst * intervalMs + durationMs
      expect(meter.idle(now - 1e-3)).toBe(false)
      expect(meter.idle(now + 1e-3)).toBe(true)
      expect(Math.floor(meter.available(now + 1e-3))).toBe(atFirst)
    }),
  )
})

test('whoever waits is told when its turn comes, and begins then, as if they came one after the other', async () => {
  const counts = fc.integer({ min: 1, max: 30 })
  await fc.assert(
    fc.asyncProperty(warmUps, fc.constantFrom(1, 2, 10), counts, async (warmUp, burst, count) => {
      const clock = new VirtualClock()
      const limit = rateLimit({ limit: 1_000 / intervalMs, burst, maximumWaitMs: 1e9, warmUp })
      const service = pipeline('service', [limit], { clock })
      const log = new EventLog(service)
      const beganAt: number[] = []
      for (let each = 0; each < count; each++) void service.execute(() => beganAt.push(clock.now()))
      const atOnce = beganAt.length
      await clock.advance(10_000)
      const meter = new Meter({ intervalMs, toleranceMs: burst * intervalMs, warmUp })
      let now = 0
      const expected = beganAt.map(() => {
        now += meter.waitMs(now, 1)
        meter.take(now, 1)
        return now
      })
      expect(beganAt).toHaveLength(count)
      const told = log.of('rate-limit.queued').map(({ waitMs }) => waitMs)
      expect(told).toHaveLength(count - atOnce)
      told.forEach((waitMs, each) => expect(waitMs).toBeCloseTo(expected[atOnce + each] as number, 3))
      // The wheel that wakes them ticks once a millisecond.
      beganAt.forEach((at, each) =>
        expect(Math.abs(at - (expected[each] as number) - 0.5)).toBeLessThan(0.51),
      )
    }),
  )
})
