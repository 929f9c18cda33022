import { describe, expect, test } from 'vitest'
import { emptyPermits, permit } from './permit.ts'
import type { PermitAction, PermitRecord, PermitReply, PermitRequest } from './permit.ts'

/** A server's strict bulkhead of two permits, leased for a second. */
class Permits {
  record: PermitRecord = emptyPermits
  now = 1_700_000_000_000

  ask(action: PermitAction, token: string, given: Partial<PermitRequest> = {}): PermitReply {
    const request = {
      type: 'permit',
      id: 'stock',
      action,
      token,
      limit: 2,
      leaseMs: 1_000,
      ...given,
    } as const
    const { record, reply } = permit(this.record, request, this.now)
    this.record = record
    return reply
  }
}

describe('permits of a strict bulkhead', () => {
  test('as many are out as the limit says, and the next hears when one runs out', () => {
    const permits = new Permits()
    expect(permits.ask('acquire', 'a')).toMatchObject({ granted: true, waitMs: 0 })
    permits.now += 100
    expect(permits.ask('acquire', 'b').granted).toBe(true)
    permits.now += 100
    expect(permits.ask('acquire', 'c')).toMatchObject({ granted: false, waitMs: 800 })
    permits.ask('release', 'b')
    expect(permits.ask('acquire', 'c').granted).toBe(true)
  })

  test('asking twice takes one', () => {
    const permits = new Permits()
    permits.ask('acquire', 'a')
    expect(permits.ask('acquire', 'a').granted).toBe(true)
    expect(permits.ask('acquire', 'b').granted).toBe(true)
  })

  test('giving back twice gives one back', () => {
    const permits = new Permits()
    permits.ask('acquire', 'a')
    permits.ask('acquire', 'b')
    permits.ask('release', 'a')
    expect(permits.ask('release', 'a').granted).toBe(false)
    expect(permits.ask('acquire', 'c').granted).toBe(true)
    expect(permits.ask('acquire', 'd').granted).toBe(false)
  })

  test('a permit that is not renewed runs out with its lease', () => {
    const permits = new Permits()
    permits.ask('acquire', 'a', { limit: 1 })
    permits.now += 999
    expect(permits.ask('acquire', 'b', { limit: 1 }).granted).toBe(false)
    permits.now += 1
    expect(permits.ask('acquire', 'b', { limit: 1 }).granted).toBe(true)
  })

  test('renewing makes the lease begin again, and does not take what has run out', () => {
    const permits = new Permits()
    permits.ask('acquire', 'a')
    permits.now += 999
    expect(permits.ask('renew', 'a').granted).toBe(true)
    permits.now += 999
    expect(permits.ask('renew', 'a').granted).toBe(true)
    permits.now += 1_000
    expect(permits.ask('renew', 'a')).toMatchObject({ granted: false, waitMs: 0 })
    expect(permits.record.permits).toEqual({})
  })

  test('after the clock has stepped back, no permit is held for longer than its lease', () => {
    const permits = new Permits()
    permits.ask('acquire', 'a', { limit: 1 })
    permits.now -= 3_600_000
    expect(permits.ask('acquire', 'b', { limit: 1 })).toMatchObject({ granted: false, waitMs: 1_000 })
    permits.now += 1_000
    expect(permits.ask('acquire', 'b', { limit: 1 }).granted).toBe(true)
  })

  test('where none may be out there is nothing to wait for', () => {
    expect(new Permits().ask('acquire', 'a', { limit: 0 })).toMatchObject({ granted: false, waitMs: 0 })
  })
})
