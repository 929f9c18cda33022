import { describe, expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'

function take(random: () => number, count: number): readonly number[] {
  return Array.from({ length: count }, random)
}

describe('seeded random', () => {
  test('the same seed gives the same numbers', () => {
    expect(take(seededRandom(7), 100)).toEqual(take(seededRandom(7), 100))
  })

  test.each([0, 1, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.NaN, Infinity])(
    'from the seed %d all numbers lie in [0, 1)',
    (seed) => {
      for (const drawn of take(seededRandom(seed), 1_000)) {
        expect(drawn).toBeGreaterThanOrEqual(0)
        expect(drawn).toBeLessThan(1)
      }
    },
  )

  test('different seeds give different numbers', () => {
    const seeds = [0, 1, 2, -1, 0.5, 2 ** 32, 2 ** 32 + 1, 2 ** 33]
    expect(new Set(seeds.map((seed) => seededRandom(seed)())).size).toBe(seeds.length)
  })

  test('the numbers fill a hundred bins evenly', () => {
    const bins = Array.from({ length: 100 }, () => 0)
    for (const drawn of take(seededRandom(1), 100_000)) bins[Math.floor(drawn * 100)]!++
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)
    expect(chiSquare).toBeGreaterThan(60)
    expect(chiSquare).toBeLessThan(150)
  })

  test('the first numbers of neighbouring seeds are as even as those of one seed, and unrelated', () => {
    const firsts = Array.from({ length: 10_000 }, (_, seed) => seededRandom(seed)())
    const mean = firsts.reduce((sum, each) => sum + each, 0) / firsts.length
    const product = firsts.reduce((sum, each, at) => sum + (each - 0.5) * ((firsts[at + 1] ?? 0.5) - 0.5), 0)
    expect(mean).toBeCloseTo(0.5, 1)
    expect(Math.abs((product / firsts.length) * 12)).toBeLessThan(0.05)
  })

  test('a fork is the same every time, and drawing from it changes nothing for its parent', () => {
    const [one, other] = [seededRandom(3), seededRandom(3)]
    const fork = one.fork()
    const same = other.fork()
    expect(take(fork, 50)).toEqual(take(same, 50))
    take(fork, 50)
    expect(take(one, 50)).toEqual(take(other, 50))
    expect(take(seededRandom(3).fork(), 5)).not.toEqual(take(seededRandom(3), 5))
  })
})
