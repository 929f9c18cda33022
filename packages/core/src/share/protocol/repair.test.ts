import { describe, expect, it } from 'vitest'
import type { BreakerPolicy } from './breaker-policy.ts'
import { emptyRecord, living, remainingMs } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { usualPolicy } from './policy.arbitrary.ts'
import { repair } from './repair.ts'
import type { Claim } from './status.ts'

const now = 1_700_000_000_000
const day = 86_400_000
const policy: BreakerPolicy = { ...usualPolicy, probeLeaseMs: 5_000 }

const closed: Claim = { epoch: now - 5, status: 'closed', remainingMs: 0, openings: 0 }
const open: Claim = { epoch: now - 5, status: 'open', remainingMs: 700, openings: 3 }
const halfOpen: Claim = { epoch: now - 5, status: 'half-open', remainingMs: 0, openings: 3 }

function stands(record: Partial<BreakerRecord>): BreakerRecord {
  return { ...emptyRecord, expiresAt: Infinity, ...record }
}

describe('a server that has lost its writes', () => {
  it('takes over the claim of an instance under a new epoch', () => {
    expect(repair(emptyRecord, open, policy, now)).toEqual({
      reason: 'restored',
      entry: { epoch: now, status: 'open', openMs: 700, openings: 3 },
    })
    expect(repair(emptyRecord, closed, policy, now)?.entry).toMatchObject({ epoch: now, status: 'closed' })
  })

  it('opens with nothing left to wait for where the circuit was half-open, since its probes are gone', () => {
    expect(repair(emptyRecord, halfOpen, policy, now)?.entry).toMatchObject({
      status: 'open',
      openMs: 0,
      openings: 3,
    })
  })

  it('gives an epoch beyond the claimed one, though its clock is behind', () => {
    const ahead = { ...closed, epoch: now + day - 1 }
    expect(repair(emptyRecord, ahead, policy, now)).toMatchObject({
      reason: 'restored',
      entry: { epoch: now + day },
    })
  })

  it('opens for no longer than the rules allow, whatever is claimed', () => {
    expect(repair(emptyRecord, { ...open, remainingMs: 1e15 }, policy, now)?.entry.openMs).toBe(15_000)
  })
})

describe('two masters that gave one epoch to two states', () => {
  it('are joined in the more restrictive state and the longer time', () => {
    const record = stands({
      epoch: closed.epoch,
      status: 'open',
      until: now + 300,
      openMs: 1_000,
      openings: 5,
    })
    expect(repair(record, open, policy, now)).toBeUndefined()
    expect(repair(record, closed, policy, now)).toEqual({
      reason: 'conflict',
      entry: { epoch: now, status: 'open', openMs: 300, openings: 5 },
    })
    expect(repair(stands({ epoch: open.epoch }), open, policy, now)?.entry).toMatchObject({
      status: 'open',
      openMs: 700,
    })
    expect(repair(stands({ epoch: open.epoch }), halfOpen, policy, now)?.entry).toMatchObject({ openMs: 0 })
  })
})

describe('a claim from a clock that was days ahead', () => {
  it('is overruled by the server’s own state under a smaller epoch', () => {
    const record = stands({ epoch: now - 9, status: 'open', until: now + 300, openMs: 1_000, openings: 2 })
    expect(repair(record, { ...closed, epoch: now + day }, policy, now)).toEqual({
      reason: 'rebased',
      entry: { epoch: now, status: 'open', openMs: 300, openings: 2 },
    })
  })
})

it('a claim that fits, or is older, changes nothing', () => {
  const record = stands({ epoch: closed.epoch })
  expect(repair(record, closed, policy, now)).toBeUndefined()
  expect(repair(record, { ...open, epoch: closed.epoch - 1 }, policy, now)).toBeUndefined()
})

describe('an opening after the clock has stepped back', () => {
  it('remains no longer than it was meant to last', () => {
    const record = stands({ status: 'open', until: now + 72 * 3_600_000, openMs: 1_000 })
    expect(remainingMs(living(record, now), now)).toBe(1_000)
    expect(remainingMs(living(record, now + 72 * 3_600_000 - 400), now + 72 * 3_600_000 - 400)).toBe(400)
  })

  it('remains no longer than a day, whatever was stored', () => {
    const record = stands({ status: 'open', until: now + 1e12, openMs: 1e12 })
    expect(remainingMs(living(record, now), now)).toBe(day)
  })
})
