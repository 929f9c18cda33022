import { seededRandom } from '@holdfast/testing'
import { describe, expect, test } from 'vitest'
import type { Distribution } from './distribution.ts'
import { drawFrom } from './draw-from.ts'
import { meanOf } from './mean-of.ts'

describe('a distribution', () => {
  test('that is a number is that number, and takes no chance', () => {
    const draw = drawFrom(20, () => {
      throw new Error('not asked for')
    })
    expect([draw(), draw()]).toEqual([20, 20])
    expect(meanOf(20)).toBe(20)
  })

  test('gives whole microseconds, the same for the same seed', () => {
    const sample = (): readonly number[] => {
      const draw = drawFrom({ kind: 'gamma', meanMs: 5, shape: 0.5 }, seededRandom(1))
      return Array.from({ length: 5 }, draw)
    }
    expect(sample()).toEqual(sample())
    for (const ms of sample()) expect(ms).toBe(Math.round(ms * 1000) / 1000)
  })

  test('knows its mean where a sample would take forever to show it', () => {
    const heavy: Distribution = { kind: 'pareto', leastMs: 1, shape: 1 }
    expect(meanOf(heavy)).toBe(Infinity)
    expect(meanOf({ kind: 'pareto', leastMs: 1, shape: 1.25 })).toBe(5)
    const rare: Distribution = {
      kind: 'mixture',
      of: [
        { ratio: 1, ms: 2 },
        { ratio: 0, ms: heavy },
      ],
    }
    expect(meanOf(rare)).toBe(2)
    // Half of all is 0: one by the square root of 2 pi.
    expect(meanOf({ kind: 'normal', meanMs: 0, deviationMs: 1 })).toBeCloseTo(0.3989422804014327, 14)
    expect(meanOf({ kind: 'normal', meanMs: 1_000, deviationMs: 1 })).toBe(1_000)
  })

  test('never lasts longer than a clock can say', () => {
    expect(drawFrom({ kind: 'pareto', leastMs: 1, shape: 0.001 }, () => 1 - 2 ** -53)()).toBe(
      Number.MAX_SAFE_INTEGER,
    )
  })

  test('that is none is refused with the path of what is wrong', () => {
    const drawn = (distribution: unknown) => () => drawFrom(distribution as Distribution, () => 0)
    expect(drawn(-1)).toThrow(
      'distribution must be a finite number of milliseconds of at least 0, or a distribution, not -1',
    )
    expect(drawn({ kind: 'poisson' })).toThrow('distribution: kind must be one of exponential, ')
    expect(drawn({ kind: 'gamma', meanMs: 1 })).toThrow('distribution: shape must be given')
    expect(drawn({ kind: 'exponential', meanMs: 1, shape: 1 })).toThrow("unknown option 'shape'")
    expect(drawn({ kind: 'uniform', leastMs: 2, mostMs: 1 })).toThrow(
      'distribution: mostMs must be at least leastMs, 2, not 1',
    )
    expect(drawn({ kind: 'pareto', leastMs: 0, shape: 2 })).toThrow('leastMs must be a finite number')
    expect(drawn({ kind: 'mixture', of: [{ ratio: 0.5, ms: 1 }] })).toThrow(
      'distribution: the ratios in of must add up to 1, not to 0.5',
    )
    const deep = { kind: 'mixture', of: [{ ratio: 1, ms: { kind: 'exponential', meanMs: 'long' } }] }
    expect(drawn(deep)).toThrow(
      'distribution.of[0].ms: meanMs must be a finite number of milliseconds of at least 0, not "long"',
    )
  })
})
