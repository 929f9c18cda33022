import { describe, expect, it } from 'vitest'
import type { BreakerPolicy } from './breaker-policy.ts'
import { emptyRecord } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { usualPolicy } from './policy.arbitrary.ts'
import { probe } from './probe.ts'
import type { ProbeReply, ProbeReport, ProbeRequest, ProbeResult } from './probe.ts'

const policy: BreakerPolicy = { ...usualPolicy, probeLeaseMs: 5_000, quorumMinimum: 1 }

const start = 1_700_000_000_000

/** A server whose circuit has opened once and has nothing left to wait for. */
class Server {
  record: BreakerRecord = {
    ...emptyRecord,
    epoch: start - 1_000,
    status: 'open',
    until: start,
    openMs: 1_000,
    openings: 1,
    expiresAt: Infinity,
  }
  now = start

  ask(given: Partial<ProbeRequest>): ProbeReply {
    const { epoch, status, openings } = this.record
    const claim = { epoch, status, remainingMs: 0, openings }
    const usual = { type: 'probe', id: 'c', claim, reports: [], wanted: 0, policy } as const
    const { record, reply } = probe(this.record, { ...usual, ...given }, this.now)
    this.record = record
    return reply
  }

  report(...results: readonly (readonly [number, ProbeResult])[]): ProbeReply {
    return this.ask({ reports: results.map(([token, result]): ProbeReport => ({ token, result })) })
  }
}

describe('probes', () => {
  it('are granted once the opening is over, and not before', () => {
    const server = new Server()
    server.now -= 1
    expect(server.ask({ wanted: 1 })).toMatchObject({ status: 'open', remainingMs: 1, tokens: 0 })
    server.now += 1
    expect(server.ask({ wanted: 0 })).toMatchObject({ status: 'open', tokens: 0 })
    expect(server.ask({ wanted: 2 })).toMatchObject({
      epoch: start,
      status: 'half-open',
      firstToken: 1,
      tokens: 2,
      leaseMs: 5_000,
      waitMs: 5_000,
    })
  })

  it('are granted in a fixed total, whoever asks', () => {
    const server = new Server()
    expect(server.ask({ wanted: 2 }).tokens).toBe(2)
    expect(server.ask({ wanted: 2 })).toMatchObject({ firstToken: 3, tokens: 1 })
    expect(server.ask({ wanted: 2 }).tokens).toBe(0)
    server.report([1, 'succeeded'])
    expect(server.ask({ wanted: 1 }).tokens).toBe(0)
  })

  it('close the circuit when enough have succeeded', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    expect(server.report([1, 'succeeded'], [2, 'failed']).status).toBe('half-open')
    expect(server.report([3, 'succeeded'])).toMatchObject({ status: 'closed', openings: 0, epoch: start + 1 })
  })

  it('open the circuit for longer when too few can still succeed', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.report([1, 'failed'])
    expect(server.report([2, 'failed'])).toMatchObject({ status: 'open', openings: 2, remainingMs: 2_000 })
  })

  it('count once, and only while their lease stands', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.report([1, 'succeeded'])
    expect(server.report([1, 'succeeded'], [4, 'succeeded']).status).toBe('half-open')
    server.now += 5_000
    expect(server.report([2, 'lost'])).toMatchObject({ status: 'open' })
  })

  it('count nothing for another epoch', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    const claim = { epoch: start - 1_000, status: 'open', remainingMs: 0, openings: 1 } as const
    const late = { claim, reports: [{ token: 1, result: 'succeeded' }] } as const
    expect(server.ask(late)).toMatchObject({ dropped: 'epoch', status: 'half-open' })
    expect(server.record.succeeded).toBe(0)
  })

  it('count nothing for a circuit that is closed', () => {
    const server = new Server()
    server.record = { ...server.record, status: 'closed' }
    expect(server.report([1, 'failed'])).toMatchObject({ dropped: 'state', status: 'closed' })
  })

  it('that nobody has reported when their lease ends have failed', () => {
    const server = new Server()
    server.ask({ wanted: 1 })
    server.now += 4_999
    expect(server.ask({})).toMatchObject({ expired: 0, waitMs: 1 })
    server.now += 1
    expect(server.ask({ wanted: 1 })).toMatchObject({
      expired: 1,
      status: 'half-open',
      firstToken: 2,
      tokens: 1,
    })
    server.now += 5_000
    expect(server.ask({})).toMatchObject({ expired: 1, status: 'open' })
  })

  it('that are all lost do not make the next opening longer', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.now += 5_000
    expect(server.ask({})).toMatchObject({ expired: 3, status: 'open', openings: 1, remainingMs: 1_000 })
    server.now += 1_000
    server.ask({ wanted: 3 })
    server.report([1, 'lost'])
    server.now += 5_000
    expect(server.ask({})).toMatchObject({ status: 'open', openings: 1 })
  })

  it('make the next opening longer when one of them was seen to fail', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.report([1, 'failed'])
    server.now += 5_000
    expect(server.ask({})).toMatchObject({ expired: 2, status: 'open', openings: 2 })
  })

  it('that never ran can be granted again, as often as there are probes', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.report([1, 'returned'], [2, 'returned'], [3, 'returned'])
    expect(server.ask({ wanted: 5 })).toMatchObject({ firstToken: 4, tokens: 3 })
    server.report([4, 'returned'])
    expect(server.ask({ wanted: 1 }).tokens).toBe(0)
    expect(server.record).toMatchObject({ granted: 3, failed: 1, lost: 1 })
  })

  it('whose leases were lost with their key are given up, so that the circuit moves on', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.report([1, 'succeeded'])
    server.record = { ...server.record, leasesExpireAt: 0 }
    expect(server.ask({ wanted: 1 })).toMatchObject({ expired: 2, status: 'open', openings: 1 })
  })

  it('have leases that end no later than those that begin now, after the clock has stepped back', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    server.now -= 72 * 3_600_000
    expect(server.ask({}).waitMs).toBe(5_000)
    server.now += 5_000
    expect(server.ask({}).expired).toBe(3)
  })

  it('are asked for until an opening ends that a clock has stepped back in', () => {
    const server = new Server()
    server.now -= 72 * 3_600_000
    expect(server.ask({ wanted: 1 })).toMatchObject({ status: 'open', remainingMs: 1_000 })
    server.now += 1_000
    expect(server.ask({ wanted: 1 }).tokens).toBe(1)
  })

  it('are judged by the rules that came with the highest version, from the first grant on', () => {
    const server = new Server()
    expect(server.ask({ wanted: 9, policy: { ...policy, version: 1, probes: 2 } }).tokens).toBe(2)
    expect(server.ask({ wanted: 9 })).toMatchObject({ tokens: 0, outdated: true })
  })

  it('tell of a server that has lost the epoch', () => {
    const server = new Server()
    server.ask({ wanted: 3 })
    const { epoch, status } = server.record
    server.record = emptyRecord
    const claim = { epoch, status, remainingMs: 0, openings: 1 }
    expect(server.ask({ claim, wanted: 1 })).toMatchObject({
      dropped: 'repaired',
      status: 'open',
      remainingMs: 0,
    })
    expect(server.ask({ wanted: 1 }).tokens).toBe(1)
  })
})
