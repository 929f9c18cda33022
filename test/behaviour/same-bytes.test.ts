import { createHash } from 'node:crypto'
import { namedScenario, scenarioNames, simulate } from '@holdfast/simulator'
import type { Report } from '@holdfast/simulator'
import { expect, it } from 'vitest'

const hashOf = (report: Report): string =>
  createHash('sha256').update(JSON.stringify(report)).digest('hex').slice(0, 16)

// After a change that is meant to show: `vitest run test/behaviour/same-bytes.test.ts -u`, with the reason in its message.
it('every scenario gives the same bytes for its seed, whenever and wherever it is played', async () => {
  let all = ''
  for (const name of scenarioNames()) all += `${hashOf(await simulate(namedScenario(name)))} ${name}\n`
  await expect(all).toMatchFileSnapshot('same-bytes.txt')
}, 120_000)

it('the seed can be given, and another gives something else', async () => {
  const scenario = namedScenario('down')
  const first = hashOf(await simulate(scenario))
  expect(hashOf(await simulate(scenario, { seed: 1 }))).toBe(first)
  expect(hashOf(await simulate(scenario, { seed: 2 }))).not.toBe(first)
})
