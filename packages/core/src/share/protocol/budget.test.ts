import { describe, expect, test } from 'vitest'
import { budget, emptyBudget } from './budget.ts'
import type { BudgetRecord, BudgetReply } from './budget.ts'

class Fleet {
  record: BudgetRecord = emptyBudget
  now = 1_700_000_000_000

  report(
    instance: string,
    sequence: number,
    requests: number,
    retries: number,
    bucketMs = 1_000,
  ): BudgetReply {
    const request = { type: 'budget', id: 'stock', instance, sequence, requests, retries, bucketMs } as const
    const { record, reply } = budget(this.record, request, this.now)
    this.record = record
    return reply
  }
}

describe('a retry budget of a fleet', () => {
  test('adds up what all have sent', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 100, 5)
    expect(fleet.report('b', 1, 50, 10)).toMatchObject({ requests: 150, retries: 15, reporters: 2 })
  })

  test('what comes twice counts once', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 100, 5)
    expect(fleet.report('a', 1, 100, 5)).toMatchObject({ requests: 100, retries: 5, reporters: 1 })
    expect(fleet.report('a', 2, 1, 0)).toMatchObject({ requests: 101 })
  })

  test('what is older than ten buckets counts no longer', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 100, 5)
    fleet.now += 1_000
    fleet.report('a', 2, 10, 1)
    fleet.now += 8_000
    expect(fleet.report('a', 3, 0, 0)).toMatchObject({ requests: 110, retries: 6 })
    fleet.now += 1_000
    // Also whoever is heard twice hears of now.
    expect(fleet.report('a', 3, 0, 0)).toMatchObject({ requests: 10, retries: 1 })
    expect(fleet.report('a', 4, 0, 0)).toMatchObject({ requests: 10, retries: 1 })
    fleet.now += 1_000
    expect(fleet.report('a', 5, 0, 0)).toMatchObject({ requests: 0, retries: 0 })
  })

  test('a clock that steps back a little loses nothing, and begins again where it steps further', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 100, 5)
    fleet.now -= 10_000
    expect(fleet.report('a', 2, 1, 0)).toMatchObject({ requests: 101, retries: 5 })
    fleet.now -= 1_000
    expect(fleet.report('a', 3, 1, 0)).toMatchObject({ requests: 1, retries: 0 })
  })

  test('buckets of another length begin again', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 100, 5)
    expect(fleet.report('a', 2, 1, 1, 500)).toMatchObject({ requests: 1, retries: 1 })
  })

  test('instances that have been silent are forgotten now and then', () => {
    const fleet = new Fleet()
    fleet.report('a', 1, 1, 0)
    fleet.now += 20_000
    expect(fleet.report('b', 255, 1, 0)).toMatchObject({ reporters: 2 })
    expect(fleet.report('b', 256, 1, 0)).toMatchObject({ reporters: 1 })
  })

  test('both keys live as long as there are reports', () => {
    const fleet = new Fleet()
    for (let sequence = 1; sequence <= 3; sequence++) {
      fleet.report('a', sequence, 1, 0)
      expect(fleet.record.expiresAt).toBe(fleet.now + 600_000)
      expect(fleet.record.reportersExpireAt).toBe(fleet.now + 600_000)
      fleet.now += 599_000
    }
  })
})
