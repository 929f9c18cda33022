import { bulkhead, circuitBreaker, rateLimit, retry } from '@holdfast/core'
import { expect, it } from 'vitest'
import { CountedFleet } from './counted-fleet.ts'

const instances = 50
const warmUpMs = 15_000
const lastsMs = 20_000

/** What a budget may be exceeded by before it is news. */
const tolerance = 1.25

function withinBudget(what: string, value: number, recorded: number, bound = Infinity): void {
  console.log(`${what}: ${value.toFixed(2)}, recorded ${recorded}`)
  //x expect(value).toBeLessThanOrEqual(Math.min(recorded * tolerance, bound))
  // A budget that nobody reaches any more tells of nothing.
  //x expect(value).toBeGreaterThanOrEqual(recorded / tolerance)
}

const breakerAlone = (): CountedFleet => new CountedFleet(instances, () => [circuitBreaker()])

it('a healthy fleet sends few commands for a thousand calls', async () => {
  const fleet = breakerAlone()
  await fleet.play(warmUpMs)
  const { calls, commands } = await fleet.play(lastsMs)
  expect(fleet.fleetSize).toBe(instances)
  withinBudget('healthy: commands for 1 000 calls', (commands / calls) * 1_000, 1, 15)
})

it('a fleet with a tenth of its calls failing sends not many more', async () => {
  const fleet = breakerAlone()
  await fleet.play(warmUpMs, () => 0.1)
  const { calls, commands } = await fleet.play(lastsMs, () => 0.1)
  withinBudget('a tenth failing: commands for 1 000 calls', (commands / calls) * 1_000, 1, 35)
})

it('a fleet that rests says that it is there, and looks after its circuits', async () => {
  const fleet = breakerAlone()
  await fleet.rest(warmUpMs)
  const commands = await fleet.rest(60_000)
  withinBudget('at rest: commands an instance and minute', commands / instances, 1)
})

it('a total outage and the recovery cost each instance a few dozen commands', async () => {
  const fleet = breakerAlone()
  await fleet.play(warmUpMs)
  const start = fleet.total
  await fleet.play(10_000, () => 1)
  const during = fleet.total - start
  await fleet.play(25_000)
  withinBudget('an outage of 10 s: commands an instance', during / instances, 1)
  withinBudget('with 25 s of recovery: commands an instance', (fleet.total - start) / instances, 1)
  const late = await fleet.play(5_000)
  withinBudget('afterwards: commands for 1 000 calls', (late.commands / late.calls) * 1_000, 1, 15)
})

it('a bulkhead of the fleet costs one command an instance and second', async () => {
  const fleet = new CountedFleet(instances, () => [circuitBreaker(), bulkhead({ limit: 1_000 })])
  await fleet.play(warmUpMs)
  const { calls, commands } = await fleet.play(lastsMs)
  withinBudget('with a bulkhead: commands for 1 000 calls', (commands / calls) * 1_000, 1)
})

it('what more parts share costs more commands, of which a rate limit the most', async () => {
  const alone = {
    'a rate limit': () => [rateLimit({ limit: 10_000 })],
    'a retry budget': () => [retry()],
    'all four': () => [retry(), circuitBreaker(), rateLimit({ limit: 10_000 }), bulkhead({ limit: 1_000 })],
  }
  for (const [name, parts] of Object.entries(alone)) {
    const fleet = new CountedFleet(instances, parts)
    await fleet.play(warmUpMs)
    const { calls, commands } = await fleet.play(lastsMs)
    console.log(name, Object.fromEntries(fleet.sent))
    withinBudget(`${name}: commands for 1 000 calls`, (commands / calls) * 1_000, 1)
  }
})
