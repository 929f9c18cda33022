import { seededRandom } from '@holdfast/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { balancers } from './balance.ts'
import type { Balance } from './balance.ts'
import { Candidate } from './candidate.ts'
import { Group } from './group.ts'

const weights = fc
  .array(fc.constantFrom(0, 1, 2, 10), { minLength: 1, maxLength: 12 })
  .filter((all) => all.some(Boolean))
const balance = fc.constantFrom<Balance>('peak-ewma', 'least-request', 'round-robin')

function groupOf(all: readonly number[]): Group {
  const group = new Group(
    0,
    all.map((weight, place) => new Candidate({ id: String(place), weight })),
  )
  group.serve(false)
  return group
}

/** How often each place is chosen. */
function chosen(group: Group, how: Balance, calls: number, seed: number): readonly number[] {
  const random = seededRandom(seed)
  const counts = group.members.map(() => 0)
  for (let call = 0; call < calls; call++) {
    const place = group.members.indexOf(balancers[how](group, 0, random))
    counts[place] = (counts[place] as number) + 1
  }
  return counts
}

test('what weighs nothing gets nothing, and what is chosen serves', () => {
  fc.assert(
    fc.property(weights, balance, fc.integer(), (all, how, seed) => {
      const group = groupOf(all)
      expect(group.members.every(({ endpoint }) => endpoint.weight !== 0)).toBe(true)
      const total = chosen(group, how, 50, seed).reduce((sum, count) => sum + count, 0)
      expect(total).toBe(50)
    }),
  )
})

test('in turn, every endpoint gets its weight of calls, to within one', () => {
  fc.assert(
    fc.property(weights, (all) => {
      const group = groupOf(all)
      const heaviest = Math.max(...all)
      const rounds = 20
      const sum = group.members.reduce((left, { endpoint }) => left + (endpoint.weight as number), 0)
      const counts = chosen(group, 'round-robin', (rounds * sum) / heaviest, 0)
      for (const [place, { endpoint }] of group.members.entries()) {
        const share = (rounds * (endpoint.weight as number)) / heaviest
        expect(Math.abs((counts[place] as number) - share)).toBeLessThanOrEqual(2)
      }
    }),
  )
})

test('drawn at random, endpoints of which nothing is known get calls in proportion to their weights', () => {
  fc.assert(
    fc.property(weights, fc.integer(), (all, seed) => {
      const group = groupOf(all)
      const random = seededRandom(seed)
      const draws = 4_000
      const counts = group.members.map(() => 0)
      for (let draw = 0; draw < draws; draw++) {
        const place = group.draw(random)
        counts[place] = (counts[place] as number) + 1
      }
      const sum = group.members.reduce((left, { endpoint }) => left + (endpoint.weight as number), 0)
      for (const [place, { endpoint }] of group.members.entries()) {
        const share = (endpoint.weight as number) / sum
        // Six standard deviations.
        const bound = 6 * Math.sqrt(draws * share * (1 - share)) + 1
        expect(Math.abs((counts[place] as number) - draws * share)).toBeLessThan(bound)
      }
    }),
    { numRuns: 50 },
  )
})

test('of two, the one with fewer calls in flight for its weight is chosen', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.nat(5), fc.integer(), (left, right, seed) => {
      const group = groupOf([1, 1])
      const [one, other] = group.members as [Candidate, Candidate]
      one.inFlight = left
      other.inFlight = right
      for (const how of ['peak-ewma', 'least-request'] as const) {
        const place = balancers[how](group, 0, seededRandom(seed))
        if (left !== right) expect(place).toBe(left < right ? one : other)
      }
    }),
  )
})

test('the one that returns gets no more than its share of turns', () => {
  fc.assert(
    fc.property(balance, fc.constantFrom(0, 300, 500, 900), fc.integer(), (how, now, seed) => {
      const group = groupOf([1, 1, 1])
      const returning = group.members[0] as Candidate
      returning.ramp(0, 1_000)
      const random = seededRandom(seed)
      const calls = 3_000
      let went = 0
      for (let call = 0; call < calls; call++) if (balancers[how](group, now, random) === returning) went++
      // A third of the calls would be its full share.
      expect(went / calls).toBeLessThan((returning.readiness(now) / 3) * 1.35 + 0.02)
    }),
    { numRuns: 40 },
  )
})
