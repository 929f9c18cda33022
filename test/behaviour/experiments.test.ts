import { simulate } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import type { Experiment } from './experiments/experiment.ts'
import { retryCollapse } from './experiments/retry-collapse.ts'

const tenSeeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

type FiguresOf<Figure extends string> = Readonly<Record<Figure, number | null>>

/** The figures for each seed, printed, of as much of the scenario as the test looks at. */
async function ask<Setting, Figure extends string>(
  { name, settings, scenario, figures }: Experiment<Setting, Figure>,
  setting: string,
  durationMs: number,
  seeds: readonly number[] = tenSeeds,
): Promise<readonly FiguresOf<Figure>[]> {
  const asked = settings[setting]
  if (asked === undefined) throw new Error(`${name} has no setting '${setting}'`)
  const found: FiguresOf<Figure>[] = []
  for (const seed of seeds) {
    const each = figures(await simulate({ ...scenario(asked), durationMs }, { seed }))
    console.log(`${name}, ${setting}, seed ${seed}: ${JSON.stringify(each)}`)
    found.push(each)
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
    const [figures] = await ask(retryCollapse, setting, durationMs, [1])
    expect(figures?.[good]).toBeCloseTo(expectedGood, 1)
    if (expectedWell === null) expect(figures?.[well]).toBeNull()
    else expect(Math.abs((figures?.[well] ?? NaN) - expectedWell)).toBeLessThanOrEqual(3)
  })

  it.each(['standard preset', 'standard preset, ten instances'])(
    'the %s ends with the dip',
    async (setting) => {
      const all = await ask(retryCollapse, setting, durationMs)
      const inTime = all.filter((figures) => (figures[well] ?? Infinity) <= 2)
      expect(inTime.length).toBeGreaterThanOrEqual(9)
      for (const figures of all) expect(figures[good]).toBeGreaterThan(0.8)
    },
  )
})
