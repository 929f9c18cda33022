import { VirtualClock } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryServer } from '../index.ts'
import type { EndpointsOptions } from '../index.ts'
import { Link, ProcessClock } from '../share/process.arbitrary.ts'
import type { Fate } from '../share/process.arbitrary.ts'
import { byFleet, Instance } from './instance.arbitrary.ts'

const minimumCalls = 8
const ratio = 0.5
/** Fewer than that, and nobody else believes it. */
const quorum = 2

const options: EndpointsOptions = {
  ...byFleet,
  primary: [{ id: 'a' }],
  standby: [{ id: 'b' }],
  ejection: {
    consecutiveFailures: false,
    successRate: false,
    failureRatio: { ratio, minimumCalls },
    latency: false,
    baseMs: 5_000,
    maximumMs: 5_000,
    probeLeaseMs: 3_000,
  },
}

/** An ejection, its probe and the dwell, each at its longest. */
const longestOutageMs = 30_000

/** Until all has been told that can be. */
const untilToldMs = 4_000

/** Instances, each with its way to the server. */
class FleetOfInstances implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock()
  readonly links: readonly Link[]
  readonly instances: readonly Instance[]

  constructor(roundTripsMs: readonly number[], given: EndpointsOptions = options) {
    const server = memoryServer(this.clock)
    this.links = roundTripsMs.map((ms) => new Link(server, new ProcessClock(this.clock), ms))
    this.instances = this.links.map((link, seed) => new Instance(link, this.clock, seed + 1, given))
  }

  get states(): readonly (readonly string[])[] {
    return this.instances.map(({ states }) => states)
  }

  /** For each instance, how often it has heard that the fleet ejects an endpoint. */
  get ejections(): readonly number[] {
    return this.instances.map(
      ({ events }) => events.of('endpoint.ejected').filter(({ reason }) => reason === 'fleet').length,
    )
  }

  /** All call in turn, twice a second. */
  async callFor(ms: number, ...down: readonly string[]): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      for (const each of this.instances) await each.call(...down)
      await this.clock.advance(500)
    }
  }

  heal(): void {
    for (const link of this.links) link.heal()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = Promise.all(this.instances.map(({ share }) => share.stop()))
    await this.clock.advance(1_000)
    await stopped
    expect(this.clock.pending).toBe(0)
  }
}

const all = <Value>(values: readonly Value[], value: unknown): unknown[] => values.map(() => value)

const roundTripsMs = fc.array(fc.constantFrom(0, 2, 50, 200), { minLength: 2, maxLength: 4 })
const who = fc.nat({ max: 3 })
const afterMs = fc.constantFrom(0, 1, 100, 400)

it('what the instances have seen counts for all of them together, in whatever order it is told, and nothing of it is lost', async () => {
  const call = fc.record({
    who,
    failed: fc.boolean(),
    afterMs,
    unsent: fc.option(who, { nil: undefined }),
    cut: fc.option(who, { nil: undefined }),
    healed: fc.option(who, { nil: undefined }),
  })
  const calls = fc.array(call, { minLength: minimumCalls - 1, maxLength: minimumCalls - 1 })
  await fc.assert(
    fc.asyncProperty(roundTripsMs, calls, who, async (trips, history, last) => {
      await using fleet = new FleetOfInstances(trips)
      const { clock, instances, links } = fleet
      const at = <Value>(values: readonly Value[], index: number): Value =>
        values[index % values.length] as Value
      await clock.advance(500)
      for (const each of history) {
        await clock.advance(each.afterMs)
        if (each.unsent !== undefined) at(links, each.unsent).fate = 'unsent'
        if (each.cut !== undefined) at(links, each.cut).cut()
        if (each.healed !== undefined) at(links, each.healed).heal()
        await at(instances, each.who).call(...(each.failed ? ['a'] : []))
      }
      fleet.heal()
      await clock.advance(untilToldMs)
      expect(fleet.ejections).toEqual(all(instances, 0))
      // The call that makes it enough.
      await at(instances, last).call('a')
      await clock.advance(untilToldMs)
      const failed = history.filter((each) => each.failed)
      const seenBy = new Set([...failed.map((each) => at(instances, each.who)), at(instances, last)])
      const out = failed.length + 1 >= ratio * minimumCalls && seenBy.size >= quorum
      expect(fleet.ejections).toEqual(all(instances, out ? 1 : 0))
      if (!out) return
      expect(fleet.states).toEqual(all(instances, ['ejected', 'healthy']))
      for (const each of instances) expect(await each.call('a')).toBe('b')
    }),
  )
})

const fates = fc.constantFrom<Fate[]>('answered', 'unsent', 'lost', 'reply lost', 'late')

it('one that cannot reach an endpoint takes it out for itself alone, whatever becomes of what it says', async () => {
  const round = fc.record({
    calls: fc.constantFrom(0, 1, minimumCalls - 1, minimumCalls, 3 * minimumCalls),
    down: fc.subarray(['a', 'b']),
    fate: fates,
    cut: fc.boolean(),
    afterMs,
  })
  const ejection = { ...options.ejection, consecutiveFailures: 5 }
  await fc.assert(
    fc.asyncProperty(roundTripsMs, fc.array(round, { maxLength: 20 }), async (trips, rounds) => {
      await using fleet = new FleetOfInstances(trips, { ...options, ejection })
      const [ill, ...others] = fleet.instances as [Instance, ...Instance[]]
      const [link] = fleet.links as [Link]
      await fleet.clock.advance(500)
      for (const { afterMs: ms, calls, cut, down, fate } of rounds) {
        if (cut) link.cut()
        else link.heal()
        link.fate = fate
        for (const each of others) await each.call()
        for (let count = 0; count < calls; count++) await ill.call(...down)
        await fleet.clock.advance(ms)
        for (const { choice, states } of others) {
          expect(states).toEqual(['healthy', 'healthy'])
          expect(choice.statistics()).toMatchObject({ group: 0, panic: false })
        }
      }
      expect(fleet.ejections).toEqual(all(fleet.instances, 0))
    }),
  )
})

it('the primary is back for all when it is well again, and the standby when it is needed, whatever was seen and said before', async () => {
  const round = fc.record({
    calls: fc.constantFrom(1, 3, minimumCalls),
    seen: fc.array(fc.subarray(['a', 'b']), { minLength: 4, maxLength: 4 }),
    fates: fc.array(fates, { minLength: 4, maxLength: 4 }),
    cut: fc.option(who, { nil: undefined }),
    afterMs: fc.constantFrom(0, 100, 1_000, 6_000),
  })
  const ejection = { ...options.ejection, consecutiveFailures: 5 }
  let outages = 0
  await fc.assert(
    fc.asyncProperty(
      roundTripsMs,
      fc.array(round, { minLength: 1, maxLength: 12 }),
      async (trips, rounds) => {
        await using fleet = new FleetOfInstances(trips, { ...options, ejection })
        const { clock, instances, links } = fleet
        await clock.advance(500)
        for (const { afterMs: ms, calls, cut, fates: drawn, seen } of rounds) {
          for (const [index, link] of links.entries()) link.fate = drawn[index] ?? 'answered'
          if (cut === undefined) fleet.heal()
          else links[cut]?.cut()
          for (let count = 0; count < calls; count++) {
            for (const [index, each] of instances.entries()) await each.call(...(seen[index] ?? []))
          }
          await clock.advance(ms)
        }
        if (fleet.ejections.some((times) => times > 0)) outages++
        fleet.heal()
        await fleet.callFor(longestOutageMs)
        expect(fleet.states.map(([primary]) => primary)).toEqual(all(instances, 'healthy'))
        for (const each of instances) {
          expect(each.choice.statistics()).toMatchObject({ group: 0, panic: false })
          expect(await each.call()).toBe('a')
        }
        await fleet.callFor(longestOutageMs, 'a')
        // One may be a probe.
        for (const each of instances) expect([await each.call('a'), await each.call('a')]).toContain('b')
      },
    ),
  )
  expect(outages).toBeGreaterThan(0)
})
