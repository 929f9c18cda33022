import { bulkhead, circuitBreaker, rateLimit, retry } from '@holdfast/core'
import type { Part } from '@holdfast/core'
import { expect, it } from 'vitest'
import { within, verdict } from './budget.ts'
import { CountedFleet } from './counted-fleet.ts'

const instances = 50
const warmUpMs = 15_000
const lastsMs = 20_000

/** Commands for a thousand calls, when all has been found out. */
async function steady(parts: () => readonly Part[], failing = 0): Promise<number> {
  const fleet = new CountedFleet(instances, parts)
  await fleet.play(warmUpMs, failing)
  const { calls, commands } = await fleet.play(lastsMs, failing)
  expect(fleet.fleetSize).toBe(instances)
  return (commands / calls) * 1_000
}

it('a circuit of a healthy fleet costs few commands for a thousand calls', async () => {
  const figure = await steady(() => [circuitBreaker()])
  expect(verdict('healthy, for 1 000 calls', figure, { recorded: 11.57, bound: 15 })).toBe(within)
})

it('a circuit with a tenth of the calls failing costs some more', async () => {
  const figure = await steady(() => [circuitBreaker()], 0.1)
  expect(verdict('a tenth failing, for 1 000 calls', figure, { recorded: 25.85, bound: 35 })).toBe(within)
})

it('a bulkhead costs one more command an instance and second', async () => {
  const figure = await steady(() => [circuitBreaker(), bulkhead({ limit: 1_000 })])
  expect(verdict('with a bulkhead, for 1 000 calls', figure, { recorded: 21.67 })).toBe(within)
})

it('a retry budget costs little more than a sign of life', async () => {
  const figure = await steady(() => [retry()])
  expect(verdict('a retry budget, for 1 000 calls', figure, { recorded: 4.05 })).toBe(within)
})

it('a rate limit costs the most, because its cells are taken for moments', async () => {
  const figure = await steady(() => [rateLimit({ limit: 10_000 })])
  expect(verdict('a rate limit, for 1 000 calls', figure, { recorded: 38.05 })).toBe(within)
})

it('all four together cost no more than each for itself', async () => {
  const limits = (): readonly Part[] => [rateLimit({ limit: 10_000 }), bulkhead({ limit: 1_000 })]
  const figure = await steady(() => [retry(), circuitBreaker(), ...limits()])
  expect(verdict('all four, for 1 000 calls', figure, { recorded: 61.81 })).toBe(within)
})

it('an instance that rests says that it is there, and looks after its circuit', async () => {
  const fleet = new CountedFleet(instances, () => [circuitBreaker()])
  await fleet.rest(warmUpMs)
  const commands = await fleet.rest(60_000)
  expect(verdict('at rest, an instance and minute', commands / instances, { recorded: 24.32 })).toBe(within)
})

it('an outage and the recovery from it cost each instance a few dozen commands', async () => {
  const fleet = new CountedFleet(instances, () => [circuitBreaker()])
  await fleet.play(warmUpMs)
  const outage = await fleet.play(10_000, 1)
  expect(verdict('10 s of outage, an instance', outage.commands / instances, { recorded: 23.22 })).toBe(
    within,
  )
  const recovery = await fleet.play(25_000)
  expect(verdict('25 s of recovery, an instance', recovery.commands / instances, { recorded: 22.6 })).toBe(
    within,
  )
  const { calls, commands } = await fleet.play(5_000)
  expect(
    verdict('after that, for 1 000 calls', (commands / calls) * 1_000, { recorded: 10.88, bound: 15 }),
  ).toBe(within)
})
