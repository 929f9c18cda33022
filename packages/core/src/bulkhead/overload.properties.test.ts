import { describe, expect, test } from 'vitest'
import { bulkhead } from '../index.ts'
import type { Bulkhead, Guard } from '../index.ts'
import { gradient2 } from './gradient2.arbitrary.ts'
import { even, exponential, heavyTailed, Station } from './station.arbitrary.ts'
import type { Figures, Scenario } from './station.arbitrary.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/** 20 workers of 20 ms each serve 1 000 calls a second. */
const twenty: Pick<Scenario, 'workers' | 'durationMs'> = { workers: () => 20, durationMs: 20_000 }

const services = { exponential: exponential(20), even: even(20), 'heavy-tailed': heavyTailed(20) }

const adaptive = (): Bulkhead => bulkhead({ limit: {} })

function told(what: string, seed: number, { goodPerSecond, medianMs, p99Ms, refusedRatio }: Figures): void {
  const good = goodPerSecond.toFixed(0)
  const refused = (refusedRatio * 100).toFixed(2)
  console.log(
    `${what}, seed ${seed}: ${good}/s good, ${medianMs.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, ${refused} % refused`,
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length
}

function experiment(what: string, scenario: Scenario, guard: () => Guard = adaptive): readonly Figures[] {
  return seeds.map((seed) => {
    const figures = new Station(guard(), scenario, seed).run()
    told(what, seed, figures)
    return figures
  })
}

describe.each(Object.entries(services))(
  'before 20 workers with %s service, an adaptive limit',
  (name, serviceMs) => {
    test('refuses nobody at 70 % of what they can do', () => {
      const figures = experiment(`${name}, 700 offered`, {
        ...twenty,
        ratePerSecond: 700,
        serviceMs,
        fromMs: 1_000,
      })
      for (const { refusedRatio } of figures)
        expect(refusedRatio).toBeLessThan(name === 'heavy-tailed' ? 0.005 : 1e-4)
    })

    test('at 140 % serves as many as Gradient2 at least, and keeps the wait short', () => {
      const scenario = { ...twenty, ratePerSecond: 1_400, serviceMs }
      const ours = experiment(`${name}, 1 400 offered`, scenario)
      const theirs = experiment(`${name}, 1 400 offered, Gradient2`, scenario, gradient2)
      const good = (all: readonly Figures[]): number => mean(all.map(({ goodPerSecond }) => goodPerSecond))
      expect(good(ours)).toBeGreaterThan(good(theirs))
      for (const { medianMs } of ours) expect(medianMs).toBeLessThan(45)
    })
  },
)

test('an adaptive limit loses nothing of what is left when most workers have gone, and finds the smaller limit', () => {
  const scenario: Scenario = {
    ratePerSecond: 700,
    workers: (now) => (now < 10_000 ? 20 : 8),
    serviceMs: services.exponential,
    durationMs: 40_000,
    fromMs: 10_000,
  }
  for (const { goodPerSecond, medianMs } of experiment('8 of 20 workers, 700 offered', scenario)) {
    expect(goodPerSecond).toBeGreaterThan(390)
    expect(medianMs).toBeLessThan(160)
  }
})

test('a long overload does not become what is normal, as it does with Gradient2', () => {
  const scenario: Scenario = {
    ...twenty,
    ratePerSecond: 1_400,
    serviceMs: services.exponential,
    durationMs: 300_000,
    fromMs: 280_000,
  }
  const [seed] = seeds as [number]
  const ours = new Station(adaptive(), scenario, seed).run()
  const theirs = new Station(gradient2(), scenario, seed).run()
  told('after 280 s at 1 400', seed, ours)
  told('after 280 s at 1 400, Gradient2', seed, theirs)
  expect(ours.medianMs).toBeLessThan(45)
  expect(theirs.medianMs).toBeGreaterThan(50)
})

test('timeouts shrink the limit to its minimum however long they last, and it is back seconds after them', () => {
  const limits: number[] = []
  const guard = adaptive()
  const scenario: Scenario = {
    ...twenty,
    ratePerSecond: 700,
    serviceMs: services.exponential,
    durationMs: 60_000,
    fromMs: 46_000,
    hangs: (now) => now >= 10_000 && now < 40_000,
    timeoutMs: 500,
  }
  const figures = new Station(guard, scenario, 1).run(() => limits.push(guard.statistics().limit))
  console.log(`timeouts from second 10 to 40: ${limits.join(' ')}`)
  expect(limits.slice(15, 40).every((limit) => limit <= 2)).toBe(true)
  expect(figures.refusedRatio).toBe(0)
})

test('a limit falls as far as few workers need', () => {
  const guard = adaptive()
  const scenario = { ...twenty, workers: () => 3, ratePerSecond: 700, serviceMs: services.even }
  const figures = new Station(guard, scenario, 1).run()
  told('3 workers, 700 offered', 1, figures)
  expect(guard.statistics().limit).toBeLessThan(14)
  expect(figures.goodPerSecond).toBeGreaterThan(145)
})

test('calls that take longer for another reason than each other are not refused for it', () => {
  const slower = exponential(100)
  const scenario: Scenario = {
    ratePerSecond: 700,
    workers: () => 300,
    serviceMs: (random, now) => (now < 10_000 ? services.exponential(random) : slower(random)),
    durationMs: 40_000,
    fromMs: 20_000,
  }
  const figures = experiment('5 times slower, 700 offered', scenario)
  expect(mean(figures.map(({ refusedRatio }) => refusedRatio))).toBeLessThan(0.01)
})
