import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { simulate } from '@holdfast/simulator'
import type { Scenario } from '@holdfast/simulator'
import { expect, it } from 'vitest'

const path = new URL('../../packages/simulator/scenarios/down.json', import.meta.url)
const scenario = JSON.parse(readFileSync(path, 'utf8')) as Scenario

const hashOf = (report: unknown): string =>
  createHash('sha256').update(JSON.stringify(report)).digest('hex').slice(0, 16)

const expected = 'd3bd3d1ec1378220'

it('a scenario gives the same bytes for the same seed, whenever and wherever it is played', async () => {
  expect(hashOf(await simulate(scenario))).toBe(expected)
  expect(hashOf(await simulate(scenario, { seed: 1 }))).toBe(expected)
  expect(hashOf(await simulate(scenario, { seed: 2 }))).not.toBe(expected)
})
