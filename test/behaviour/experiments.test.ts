import { describe, expect, it } from 'vitest'
import { ask } from './experiments/ask.ts'
import type { Experiment, Figures } from './experiments/experiment.ts'
import { retryCollapse } from './experiments/retry-collapse.ts'

const tenSeeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

/** The figures for each seed, printed, of as much of the scenario as the test looks at. */
async function figuresOf<Setting, Figure extends string>(
  experiment: Experiment<Setting, Figure>,
  setting: string,
  durationMs: number,
  seeds: readonly number[] = tenSeeds,
): Promise<readonly Figures<Figure>[]> {
  const found: Figures<Figure>[] = []
  for (const seed of seeds) {
    const { figures } = await ask(experiment, setting, { seed, durationMs })
    console.log(`${experiment.name}, ${setting}, seed ${seed}: ${JSON.stringify(figures)}`)
    found.push(figures)
  }
  return found
}

describe('retry collapse', () => {
  const good = 'good, first minute (share)'
  const well = 'well again after the dip (s)'
  const durationMs = 125_000

  it.each([
    ['no policy but a timeout', 0.38, 28],
    ['three attempts', 0, null],
    ['three attempts, service newest first', 0.89, 0],
    ['three attempts, service queues 100', 0.84, 0],
    ['three attempts, service drops expired', 0.08, null],
  ])('%s does as it is known to', async (setting, expectedGood, expectedWell) => {
    const [figures] = await figuresOf(retryCollapse, setting, durationMs, [1])
    expect(figures?.[good]).toBeCloseTo(expectedGood, 1)
    if (expectedWell === null) expect(figures?.[well]).toBeNull()
    else expect(Math.abs((figures?.[well] ?? NaN) - expectedWell)).toBeLessThanOrEqual(3)
  })

  it.each(['standard preset', 'standard preset, ten instances'])(
    'the %s ends with the dip',
    async (setting) => {
      const all = await figuresOf(retryCollapse, setting, durationMs)
      const inTime = all.filter((figures) => (figures[well] ?? Infinity) <= 2)
      expect(inTime.length).toBeGreaterThanOrEqual(9)
      for (const figures of all) expect(figures[good]).toBeGreaterThan(0.8)
    },
  )
})
