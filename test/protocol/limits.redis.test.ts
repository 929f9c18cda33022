import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reply, Request } from '@holdfast/core/protocol'
import { redisServer } from '../servers/index.ts'
import type { RedisServer } from '../servers/index.ts'
import { budgets, limits, permits, registries, slices } from './limit-twins.ts'
import { Twins } from './twins.ts'
import type { Happening, Twin } from './twins.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await redisServer()
})
afterAll(() => redis.stop())

const leaseMs = 3_000
const hour = 3_600_000
const week = 7 * 24 * hour
const instance = fc.constantFrom('a', 'b', 'c', 'd', 'e')
/** Where the sequence number stands: after all before, at a multiple of 256, at the last, before it. */
const order = fc.constantFrom('next', 'next', 'next', 'tidy', 'same', 'earlier')

function sequenceOf(place: 'next' | 'tidy' | 'same' | 'earlier', step: number): number {
  if (place === 'tidy') return 256 * (step + 1)
  return place === 'next' ? 256 * step + 1 : Math.max(0, 256 * (step - (place === 'same' ? 1 : 3)) + 1)
}

/**
 * Stories in which requests follow one another, time passes to boundaries and beyond, and keys are lost. What is counted
 * from a moment in a key ends after one of `lasts`.
 */
function stories<Drawn>(
  drawn: fc.Arbitrary<Drawn>,
  letters: string,
  lasts: readonly number[] = [0],
): fc.Arbitrary<readonly Happening<Drawn>[]> {
  const ask = fc.record({ type: fc.constant('ask' as const), drawn })
  const lease = [leaseMs / 3, leaseMs - 1, leaseMs, leaseMs + 1]
  const span = fc.constantFrom(1, ...lease, 20_000, hour, week, -1, -leaseMs, -hour, -week)
  const time = fc.record({ type: fc.constant('time' as const), ms: span })
  const around = lasts.flatMap((ms) => [ms - 1, ms, ms + 1])
  const near = { which: fc.nat({ max: 9 }), ms: fc.constantFrom(...around) }
  const moment = fc.record({ type: fc.constant('moment' as const), ...near })
  const lose = fc.record({ type: fc.constant('lose' as const), letter: fc.constantFrom(...letters) })
  const all = fc.oneof(
    { weight: 14, arbitrary: ask },
    { weight: 3, arbitrary: time },
    { weight: 3, arbitrary: moment },
    { weight: 1, arbitrary: lose },
  )
  return fc.array(all, { minLength: 5, maxLength: 40, size: 'max' })
}

let story = 0

/** Plays stories, and returns all that was answered: a comparison in which nothing happens proves nothing. */
async function play<Record, Asked extends Request, Drawn>(
  twin: (name: string) => Twin<Record, Asked>,
  told: fc.Arbitrary<readonly Happening<Drawn>[]>,
  requestOf: (drawn: Drawn, id: string, step: number) => Asked,
): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  await fc.assert(
    fc.asyncProperty(told, async (happenings) => {
      const id = `story-${++story}`
      const one = twin(id)
      const twins = new Twins(one, redis, one.prefix === undefined ? id : '')
      for (const [step, happening] of happenings.entries()) {
        if (happening.type === 'ask') replies.push(await twins.ask(requestOf(happening.drawn, id, step)))
        if (happening.type === 'time') await twins.pass(happening.ms)
        if (happening.type === 'moment') await twins.reach(happening.which, happening.ms)
        if (happening.type === 'lose') await twins.lose(happening.letter)
      }
    }),
    { numRuns: 120 },
  )
  return replies
}

describe('the scripts on limits answer and keep what the pure functions do, in any story', () => {
  it('slices', async () => {
    const asked = fc.record({
      instance,
      order,
      want: fc.constantFrom(0, 1, 2, 3, 9, 10, 11, 1_000),
      keep: fc.constantFrom(0, 0, 1, 2, 10),
      leaseMs: fc.constantFrom(leaseMs, leaseMs, 2 * leaseMs),
    })
    // Mostly one limit a story.
    const told = fc.constantFrom(1, 2, 3, 10).chain((usual) => {
      const limit = fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(1, 3, 20))
      return stories(fc.record({ asked, limit }), 'hz')
    })
    const replies = await play(
      () => slices,
      told,
      ({ asked: { order: place, ...rest }, limit }, id, step) => {
        return { type: 'slice', id, limit, sequence: sequenceOf(place, step), ...rest }
      },
    )
    const seen = replies.flatMap((reply) => (reply.type === 'slice' ? [reply] : []))
    expect(seen.some(({ coarse, slice }) => coarse && slice === 1)).toBe(true)
    expect(seen.some(({ slice, target }) => slice < target)).toBe(true)
    expect(seen.some(({ slice, target }) => slice > target)).toBe(true)
    expect(seen.some(({ members }) => members === 5)).toBe(true)
  })

  it('permits', async () => {
    const drawn = fc.record({
      action: fc.constantFrom('acquire', 'acquire', 'renew', 'release'),
      token: fc.constantFrom('a', 'b', 'c', 'd'),
      limit: fc.constantFrom(0, 1, 2, 2, 3),
      leaseMs: fc.constantFrom(leaseMs, leaseMs, 2 * leaseMs),
    })
    const replies = await play(
      () => permits,
      stories(drawn, 't'),
      (asked, id) => ({ type: 'permit', id, ...asked }),
    )
    const seen = replies.flatMap((reply) => (reply.type === 'permit' ? [reply] : []))
    expect(seen.some(({ granted }) => granted)).toBe(true)
    expect(seen.some(({ waitMs }) => waitMs > 0 && waitMs < leaseMs)).toBe(true)
  })

  it('rate limits', async () => {
    const rate = fc.constantFrom(
      { intervalUs: 0.3, toleranceUs: 30 },
      { intervalUs: 1e6 / 7, toleranceUs: 1e6 },
      { intervalUs: 55e6 / 19, toleranceUs: 55e6 },
      { intervalUs: 1e6, toleranceUs: 5e6 },
    )
    const asked = fc.record({
      wanted: fc.constantFrom(0, 0.5, 1, 2.5, 3, 6, 7, 8, 19, 1_000),
      fewest: fc.constantFrom(0.5, 1, 1, 2.5),
      debt: fc.constantFrom(0, 0, 0.1, 1, 7, 25),
    })
    // Mostly one rate a story.
    const told = rate.chain((usual) => {
      const one = fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, rate)
      return stories(fc.record({ rate: one, asked }), 'g')
    })
    const replies = await play(
      () => limits,
      told,
      ({ rate: cells, asked: { wanted, fewest, debt } }, id) => {
        return { type: 'limit', id, wanted, least: Math.min(wanted, fewest), debt, ...cells }
      },
    )
    const seen = replies.flatMap((reply) => (reply.type === 'limit' ? [reply] : []))
    expect(seen.some(({ granted }) => granted > 1)).toBe(true)
    expect(seen.some(({ granted }) => !Number.isInteger(granted))).toBe(true)
    expect(seen.some(({ retryAfterMs }) => retryAfterMs > 1_000)).toBe(true)
  })

  it('retry budgets', async () => {
    const drawn = fc.record({
      instance,
      order,
      requests: fc.constantFrom(0, 1, 10, 1_000),
      retries: fc.constantFrom(0, 1, 10),
      bucketMs: fc.constantFrom(1_000, 1_000, 1_000, 1_000, 70_000),
    })
    const replies = await play(
      () => budgets,
      stories(drawn, 'ci'),
      ({ order: place, ...asked }, id, step) => ({
        type: 'budget',
        id,
        sequence: sequenceOf(place, step),
        ...asked,
      }),
    )
    const seen = replies.flatMap((reply) => (reply.type === 'budget' ? [reply] : []))
    expect(seen.some(({ requests, retries }) => requests > 10 && retries > 10)).toBe(true)
    expect(seen.some(({ reporters }) => reporters === 5)).toBe(true)
  })

  it('the registry', async () => {
    const name = fc.constantFrom('b:stock', 'b:inventory/circuit-breaker', 'k:stock', 'r:~0123')
    const beat = fc.record({
      type: fc.constant('heartbeat' as const),
      instance,
      objects: fc.array(name, { maxLength: 5 }),
      leaving: fc.constantFrom(false, false, false, true),
      aliveMs: fc.constantFrom(leaseMs, leaseMs, 2 * leaseMs),
    })
    const list = fc.record({ type: fc.constant('registry' as const), aliveMs: fc.constant(leaseMs) })
    const drawn = fc.oneof({ weight: 4, arbitrary: beat }, list)
    const replies = await play(registries, stories(drawn, 'nm', [0, leaseMs, week]), (asked) => asked)
    expect(replies.some((reply) => reply.type === 'heartbeat' && reply.instances === 5)).toBe(true)
    expect(replies.some((reply) => reply.type === 'registry' && reply.objects.length === 4)).toBe(true)
  })
})
