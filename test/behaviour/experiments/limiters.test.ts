import { pipeline } from '@holdfast/core'
import { simulate } from '@holdfast/simulator'
import type { Caller, CallerSurroundings } from '@holdfast/simulator'
import { describe, expect, it } from 'vitest'
import { gradient2 } from '../../../packages/core/src/bulkhead/gradient2.arbitrary.ts'
import { figuresOf } from './figures-of.ts'
import { limiters } from './limiters.ts'

const answered = 'answered within 1 s (calls a second)'

const byGradient2 = ({ clock, random }: CallerSurroundings): Caller =>
  pipeline('door', [gradient2()], { clock, random })

/** What Gradient2 answers in a second, where the setting has a limit. */
async function answeredByGradient2(setting: string, seed: number): Promise<number> {
  const scenario = limiters.scenario(limiters.settings[setting] as (typeof limiters.settings)[string])
  const report = await simulate(scenario, { seed, callers: { web: byGradient2 } })
  return limiters.figures({ report, calls: [], attempts: [] })[answered] ?? NaN
}

describe('an adaptive limit', () => {
  it.each(['exponential', 'even'])('refuses nobody at 70 percent where service is %s', async (service) => {
    for (const figures of await figuresOf(limiters, `adaptive, ${service}, 700 a second`))
      expect(figures['refused (share)']).toBe(0)
  })

  it.each(['exponential', 'even', 'heavy-tailed'])(
    'answers as many as Gradient2 at 140 percent where service is %s',
    async (service) => {
      const setting = `adaptive, ${service}, 1400 a second`
      const ours = await figuresOf(limiters, setting)
      let [sum, sumOfGradient2] = [0, 0]
      for (const [place, figures] of ours.entries()) {
        sum += figures[answered] ?? NaN
        sumOfGradient2 += await answeredByGradient2(setting, place + 1)
      }
      console.log(`${setting}: ${sum / ours.length} answered, Gradient2 ${sumOfGradient2 / ours.length}`)
      expect(sum).toBeGreaterThanOrEqual(sumOfGradient2)
    },
  )

  it('loses nothing of what is left when most workers go', async () => {
    for (const figures of await figuresOf(limiters, 'adaptive, exponential, 700 a second, 8 workers left'))
      expect(figures[answered]).toBeGreaterThan(385)
  })
})
