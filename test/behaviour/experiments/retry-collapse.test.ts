import { describe, expect, it } from 'vitest'
import { figuresOf } from './figures-of.ts'
import { retryCollapse } from './retry-collapse.ts'

describe('when most of a service’s workers are gone for ten seconds', () => {
  const good = 'good, first minute (share)'
  const well = 'well again after the dip (s)'
  const durationMs = 125_000

  it.each([
    ['no policy but a timeout', 0.38, 28],
    ['three attempts', 0, null],
    ['three attempts, breaker 50 %', 0.73, 5],
    ['three attempts, service newest first', 0.89, 0],
    ['three attempts, service queues 100', 0.84, 0],
    ['three attempts, service drops expired', 0.08, null],
  ])('%s does as it is known to', async (setting, expectedGood, expectedWell) => {
    const [figures] = await figuresOf(retryCollapse, setting, { durationMs, seeds: [1] })
    expect(figures?.[good]).toBeCloseTo(expectedGood, 1)
    if (expectedWell === null) expect(figures?.[well]).toBeNull()
    else expect(Math.abs((figures?.[well] ?? NaN) - expectedWell)).toBeLessThanOrEqual(3)
  })

  it.each(['standard preset', 'standard preset, ten instances'])(
    'with the %s it is over when they are back',
    async (setting) => {
      const all = await figuresOf(retryCollapse, setting, { durationMs })
      expect(all.filter((figures) => (figures[well] ?? Infinity) <= 2).length).toBeGreaterThanOrEqual(9)
      for (const figures of all) expect(figures[good]).toBeGreaterThanOrEqual(0.85)
    },
  )
})
