import { describe, expect, test } from 'vitest'
import { emptyLimit, limit } from './limit.ts'
import type { LimitRecord, LimitReply, LimitRequest } from './limit.ts'

/** A server's limit of ten a second, of which five may come at once. */
class Limit {
  record: LimitRecord = emptyLimit
  now = 1_700_000_000_000_000

  ask(wanted: number, given: Partial<LimitRequest> = {}): LimitReply {
    const cells = { intervalUs: 100_000, toleranceUs: 500_000, debt: 0, least: Math.min(1, wanted) }
    const { record, reply } = limit(
      this.record,
      { type: 'limit', id: 'stock', wanted, ...cells, ...given },
      this.now,
    )
    this.record = record
    return reply
  }
}

describe('a shared rate limit', () => {
  test('as many are granted as conform', () => {
    const shared = new Limit()
    expect(shared.ask(3)).toMatchObject({ granted: 3, retryAfterMs: 0 })
    expect(shared.ask(3)).toMatchObject({ granted: 2, retryAfterMs: 0 })
    expect(shared.ask(3)).toMatchObject({ granted: 0, retryAfterMs: 100 })
    shared.now += 100_000
    expect(shared.ask(3)).toMatchObject({ granted: 1 })
  })

  test('the wait is rounded up, so that whoever waits is served', () => {
    const shared = new Limit()
    shared.ask(5)
    shared.now += 99_001
    expect(shared.ask(1)).toMatchObject({ granted: 0, retryAfterMs: 1 })
    shared.now += 1_000
    expect(shared.ask(1)).toMatchObject({ granted: 1 })
  })

  test('fewer than the least are of no use: none is taken', () => {
    const shared = new Limit()
    shared.ask(3)
    expect(shared.ask(4, { least: 4 })).toMatchObject({ granted: 0, retryAfterMs: 200 })
    expect(shared.ask(4, { least: 2 })).toMatchObject({ granted: 2 })
  })

  test('cells need not be whole', () => {
    const shared = new Limit()
    expect(shared.ask(4.5)).toMatchObject({ granted: 4.5 })
    expect(shared.ask(1)).toMatchObject({ granted: 0, retryAfterMs: 50 })
    expect(shared.ask(3, { least: 0.5 })).toMatchObject({ granted: 0.5 })
  })

  test('debt is charged even past the burst, but not further than once more', () => {
    const shared = new Limit()
    expect(shared.ask(1, { debt: 7 })).toMatchObject({ granted: 0, retryAfterMs: 300 })
    expect(shared.ask(1, { debt: 1_000 })).toMatchObject({ granted: 0, retryAfterMs: 600 })
    shared.now += 600_000
    expect(shared.ask(1)).toMatchObject({ granted: 1 })
  })

  test('who wants nothing pays its debt', () => {
    const shared = new Limit()
    expect(shared.ask(0, { debt: 2 })).toMatchObject({ granted: 0, retryAfterMs: 0 })
    expect(shared.ask(9)).toMatchObject({ granted: 3 })
  })

  test('who takes nothing leaves nothing behind', () => {
    const shared = new Limit()
    shared.ask(9, { least: 9 })
    expect(shared.record).toBe(emptyLimit)
  })

  test('an interval may be a fraction of a microsecond', () => {
    const shared = new Limit()
    const fast = { intervalUs: 0.3, toleranceUs: 30 }
    expect(shared.ask(60, fast)).toMatchObject({ granted: 60 })
    expect(shared.ask(60, fast)).toMatchObject({ granted: 40 })
    expect(shared.ask(1, fast)).toMatchObject({ granted: 0, retryAfterMs: 1 })
  })

  test('the whole burst conforms whatever rounding does to its interval', () => {
    const sevenASecond = { intervalUs: 1_000_000 / 7, toleranceUs: 1_000_000 }
    expect(new Limit().ask(9, sevenASecond)).toMatchObject({ granted: 7 })
    const nineteenIn55Seconds = { intervalUs: 55_000_000 / 19, toleranceUs: 55_000_000 }
    expect(new Limit().ask(19, nineteenIn55Seconds)).toMatchObject({ granted: 19 })
  })

  test('after the clock has stepped back, nobody waits longer than debt could make it', () => {
    const shared = new Limit()
    shared.ask(5)
    shared.now -= 3_600_000_000
    expect(shared.ask(1)).toMatchObject({ granted: 0, retryAfterMs: 600 })
    shared.now += 600_000
    expect(shared.ask(1)).toMatchObject({ granted: 1 })
  })

  test('the key is kept until it says nothing, and a second', () => {
    const shared = new Limit()
    shared.ask(2)
    expect(shared.record.expiresAt - shared.now).toBe(1_200_000)
  })
})
