import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scenario } from '../scenario.ts'
import { ScenarioError } from '../scenario-error.ts'
import { simulate } from '../simulate.ts'
import { readScenario } from './read-scenario.ts'
import { odd, whole } from './scenario.arbitrary.ts'

function read(given: unknown): Scenario | ScenarioError {
  try {
    return readScenario(given)
  } catch (error) {
    if (error instanceof ScenarioError) return error
    throw error
  }
}

describe('whatever is given as a scenario', () => {
  it('is read, or refused in one line that begins with a place', () => {
    fc.assert(
      fc.property(odd, (given) => {
        const found = read(given)
        if (!(found instanceof ScenarioError)) return
        expect(found.message).toMatch(/^\P{Cc}+: \P{Cc}+$/u)
        expect(found.message.startsWith(`${found.path === '' ? 'scenario' : found.path}: `)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is read as what it was read as before', () => {
    fc.assert(
      fc.property(odd, (given) => {
        const found = read(given)
        if (!(found instanceof ScenarioError)) expect(readScenario(JSON.stringify(found))).toEqual(found)
      }),
      { numRuns: 1_000 },
    )
  })

  it('can be played once it has been read', { timeout: 60_000 }, async () => {
    let played = 0
    await fc.assert(
      fc.asyncProperty(odd, async (given) => {
        const found = read(given)
        if (found instanceof ScenarioError) return
        played++
        const { clients } = await simulate(found)
        expect(Object.keys(clients)).toEqual(Object.keys(found.clients))
      }),
      { numRuns: 200 },
    )
    expect(played).toBeGreaterThan(10)
  })
})

it('of everything that there is, one is read', () => {
  expect(readScenario(whole)).toEqual(whole)
})
