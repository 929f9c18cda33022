import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyLimit, limit } from './limit.ts'
import type { LimitRequest } from './limit.ts'

const start = 1_700_000_000_000_000

const rates = fc.record({
  intervalUs: fc.constantFrom(0.3, 1, 100 / 3, 1_000, 1e6 / 7, 55e6 / 19),
  burst: fc.constantFrom(1, 2, 3, 7, 19),
})

const asked = fc.record({
  wanted: fc.constantFrom(0, 0.5, 1, 1, 2, 3, 6, 7, 8, 19, 50),
  least: fc.constantFrom(0.5, 1, 1, 2, 3),
  debt: fc.constantFrom(0, 0, 0, 1, 3, 25),
  /** In intervals. */
  after: fc.constantFrom(0, 0, 0.5, 0.999, 1, 1.001, 2, 10, 11, 1_000),
})

const story = fc.record({ rates, asks: fc.array(asked, { maxLength: 40 }) })

interface Served {
  readonly at: number
  readonly cells: number
  readonly wait: number
}

function run({
  rates: { intervalUs, burst },
  asks,
}: typeof story extends fc.Arbitrary<infer S> ? S : never): {
  readonly served: readonly Served[]
  readonly toleranceUs: number
} {
  const toleranceUs = Math.max(1, Math.round(burst * intervalUs))
  let [record, now] = [emptyLimit, start]
  const served: Served[] = []
  for (const { wanted, least, debt, after } of asks) {
    now += Math.round(after * intervalUs)
    const request: LimitRequest = {
      type: 'limit',
      id: 'stock',
      wanted,
      least: Math.min(least, wanted),
      debt,
      intervalUs,
      toleranceUs,
    }
    const step = limit(record, request, now)
    const { granted, retryAfterMs } = step.reply
    expect(granted === 0 || granted === wanted || granted >= request.least).toBe(true)
    expect(granted).toBeLessThanOrEqual(wanted)
    expect(Number.isInteger(step.record.arrival)).toBe(true)
    if (granted > 0) expect(retryAfterMs).toBe(0)
    // Whoever waits as long as it is told is served, if the limit ever serves so many.
    if (wanted > 0 && granted === 0 && Math.ceil(request.least * intervalUs) <= toleranceUs) {
      const later = limit(step.record, { ...request, debt: 0 }, now + 1_000 * retryAfterMs)
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(later.reply.granted).toBeGreaterThan(0)
    }
    served.push({ at: now, cells: granted, wait: retryAfterMs })
    record = step.record
  }
  return { served, toleranceUs }
}

test('in any interval no more is granted than the rate and the burst allow, whatever is owed', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { served, toleranceUs } = run(given)
      for (const [from, first] of served.entries()) {
        let cells = 0
        for (const { at, cells: more } of served.slice(from)) {
          cells += more
          const allowed = (at - first.at + toleranceUs) / given.rates.intervalUs
          expect(cells).toBeLessThanOrEqual(allowed + 1e-6)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})

test('without debt it grants as a bucket does that is filled all the time, less what rounding takes', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { intervalUs } = given.rates
      const asks = given.asks.map((ask) => ({ ...ask, debt: 0 as const }))
      const { served, toleranceUs } = run({ ...given, asks })
      const burst = toleranceUs / intervalUs
      let [tokens, last] = [burst, start]
      for (const [index, { at, cells }] of served.entries()) {
        tokens = Math.min(burst, tokens + (at - last) / intervalUs)
        last = at
        const due = (there: number): number => dueOf(asks[index] ?? nothing, there)
        // Each request so far was rounded up by less than a microsecond.
        expect(cells).toBeGreaterThanOrEqual(due(tokens - (index + 1) / intervalUs - 1e-6))
        expect(cells).toBeLessThanOrEqual(due(tokens + 1e-6))
        tokens -= cells
      }
    }),
    { numRuns: 1_000 },
  )
})

const nothing = { wanted: 0, least: 0 }

/** What a bucket with so many tokens gives. */
function dueOf(
  { wanted, least }: { readonly wanted: number; readonly least: number },
  tokens: number,
): number {
  const enough = Math.min(least, wanted)
  if (tokens >= wanted) return wanted
  return tokens < enough ? 0 : Math.max(enough, Math.floor(tokens))
}

test('debt is paid for: what is charged counts against what is granted', () => {
  fc.assert(
    fc.property(rates, fc.constantFrom(0.5, 1, 2, 3, 9, 10), ({ intervalUs, burst }, debt) => {
      const toleranceUs = Math.max(1, Math.round(burst * intervalUs))
      const ask: LimitRequest = {
        type: 'limit',
        id: 'stock',
        wanted: 0,
        least: 0,
        debt,
        intervalUs,
        toleranceUs,
      }
      const owed = limit(emptyLimit, ask, start).record
      const paid = Math.min(Math.ceil(debt * intervalUs), 2 * toleranceUs)
      expect(owed.arrival).toBe(start + paid)
      expect(owed.expiresAt).toBeGreaterThan(owed.arrival)
    }),
  )
})
