import { describe, expect, it } from 'vitest'
import type { BreakerPolicy } from './breaker-policy.ts'
import { emptyRecord } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { flush } from './flush.ts'
import type { FlushReply, FlushRequest } from './flush.ts'
import { usualPolicy } from './policy.arbitrary.ts'

const policy: BreakerPolicy = { ...usualPolicy, probeLeaseMs: 5_000, quorumMinimum: 1 }

/** No instance opens the circuit alone. */
const pair = usualPolicy

/** A server with one circuit, to which instances say what they have counted. */
class Server {
  record: BreakerRecord = emptyRecord
  now = 1_700_000_000_000
  readonly #sequences = new Map<string, number>()

  /** With the next sequence number and a claim that fits, where nothing else is said. */
  hear(instance: string, counts: Partial<FlushRequest>): FlushReply {
    const { epoch, status, openings } = this.record
    const sequence = (this.#sequences.get(instance) ?? 0) + 1
    this.#sequences.set(instance, sequence)
    const claim = { epoch, status, remainingMs: 0, openings }
    const usual = { type: 'flush', id: 'c', successes: 0, failures: 0, fleet: 1, policy, instance } as const
    const { record, reply } = flush(this.record, { ...usual, sequence, claim, ...counts }, this.now)
    this.record = record
    return reply
  }
}

describe('a flush', () => {
  it('opens the circuit when the window holds enough calls and half of them failed', () => {
    const server = new Server()
    server.hear('a', { successes: 10, failures: 0 })
    server.now += 5_000
    expect(server.hear('a', { failures: 5 }).status).toBe('closed')
    expect(server.hear('b', { failures: 4 }).status).toBe('closed')
    const reply = server.hear('b', { failures: 1 })
    expect(reply).toMatchObject({ status: 'open', remainingMs: 1_000, openings: 1, epoch: server.now })
  })

  it('opens the circuit after a sudden outage in the last two buckets, whatever the window holds', () => {
    const server = new Server()
    server.hear('a', { successes: 1_000 })
    server.hear('b', { successes: 1_000 })
    server.now += 2_000
    server.hear('a', { failures: 9 })
    server.now += 1_000
    expect(server.hear('b', { failures: 9, successes: 1 }).status).toBe('closed')
    expect(server.hear('b', { failures: 1 }).status).toBe('open')
  })

  it('waits for as many distinct instances as the quorum asks for', () => {
    const server = new Server()
    server.hear('b', { successes: 1 })
    expect(server.hear('a', { failures: 100, policy: pair }).status).toBe('closed')
    expect(server.hear('a', { failures: 100, policy: pair }).status).toBe('closed')
    expect(server.hear('b', { failures: 1, policy: pair }).status).toBe('open')
  })

  it('takes no instance for the whole fleet in the first window, and the only one that reports after it', () => {
    const server = new Server()
    expect(server.hear('a', { failures: 20, policy: pair }).status).toBe('closed')
    server.now += 10_000
    expect(server.hear('a', { failures: 20, policy: pair }).status).toBe('open')
  })

  it('does not count a vote that is older than the window', () => {
    const server = new Server()
    server.hear('a', { failures: 1, policy: pair })
    server.now += 10_000
    expect(server.hear('b', { failures: 20, policy: pair }).status).toBe('closed')
    expect(server.hear('a', { failures: 1, policy: pair }).status).toBe('open')
  })

  it('does not count the votes of days ahead after the clock has stepped back', () => {
    const server = new Server()
    server.now += 72 * 3_600_000
    server.hear('a', { failures: 1, policy: pair })
    server.now -= 72 * 3_600_000
    expect(server.hear('b', { failures: 20, policy: pair }).status).toBe('closed')
  })

  it('does not take those that fail first in an epoch for the whole fleet', () => {
    const server = new Server()
    server.hear('a', { failures: 10, fleet: 30 })
    expect(server.hear('b', { failures: 10, fleet: 30 }).status).toBe('closed')
    expect(server.hear('c', { failures: 10, fleet: 30 }).status).toBe('open')
  })

  it('takes those that report for the whole fleet once a window has passed, before or after now', () => {
    for (const passed of [10_000, -10_000]) {
      const server = new Server()
      server.hear('a', { successes: 1, fleet: 300 })
      server.hear('b', { successes: 1, fleet: 300 })
      server.now += passed
      server.hear('a', { failures: 10, fleet: 300 })
      expect(server.hear('b', { failures: 10, fleet: 300 }).status).toBe('open')
    }
  })

  it('counts once when it arrives twice', () => {
    const server = new Server()
    server.hear('a', { successes: 3, sequence: 7 })
    expect(server.hear('a', { successes: 3, sequence: 7 })).toMatchObject({
      dropped: 'duplicate',
      successes: 3,
    })
    expect(server.hear('a', { successes: 3, sequence: 6 })).toMatchObject({
      dropped: 'duplicate',
      successes: 3,
    })
    expect(server.hear('b', { successes: 3, sequence: 7 })).toMatchObject({ dropped: 'none', successes: 6 })
  })

  it('changes nothing with counts of another epoch, or while the circuit is not closed', () => {
    const server = new Server()
    server.hear('a', { failures: 20 })
    const before = server.record
    expect(server.hear('a', { failures: 1 }).dropped).toBe('state')
    const claim = { epoch: 0, status: 'closed', remainingMs: 0, openings: 0 } as const
    expect(server.hear('a', { failures: 1, claim }).dropped).toBe('epoch')
    expect(server.hear('a', { claim }).dropped).toBe('none')
    expect(server.record).toEqual(before)
  })

  it('forgets what has left the window, and all of it when the clock steps back by more than a window', () => {
    const server = new Server()
    server.hear('a', { successes: 1 })
    server.now += 9_000
    expect(server.hear('a', { successes: 2 }).successes).toBe(3)
    server.now += 1_000
    expect(server.hear('a', { successes: 4 }).successes).toBe(6)
    server.now -= 10_000
    expect(server.hear('a', { successes: 8 }).successes).toBe(14)
    server.now -= 1_000
    expect(server.hear('a', { successes: 16 }).successes).toBe(16)
  })

  it('opens for twice as long each time in a row, up to the maximum and never beyond a day', () => {
    const server = new Server()
    server.record = { ...emptyRecord, openings: 3, expiresAt: Infinity }
    expect(server.hear('a', { failures: 20 }).remainingMs).toBe(8_000)
    server.record = { ...emptyRecord, openings: 400, expiresAt: Infinity }
    expect(server.hear('a', { failures: 20 }).remainingMs).toBe(15_000)
    server.record = { ...emptyRecord, openings: 400, expiresAt: Infinity }
    const patient = { ...policy, maximumOpenMs: 1e12 }
    expect(server.hear('a', { failures: 20, policy: patient }).remainingMs).toBe(86_400_000)
  })

  it('is judged by the rules of the highest version that was ever sent', () => {
    const server = new Server()
    server.hear('a', { successes: 1, policy: { ...policy, version: 2, minimumCalls: 1_000 } })
    const lower = { ...policy, version: 1, minimumCalls: 1 }
    expect(server.hear('a', { failures: 20, policy: lower })).toMatchObject({
      status: 'closed',
      outdated: true,
    })
    const higher = { ...policy, version: 3, minimumCalls: 1 }
    expect(server.hear('a', { failures: 1, policy: higher })).toMatchObject({
      status: 'open',
      outdated: false,
    })
  })

  it('is judged by its own rules where those left by others make no sense', () => {
    const server = new Server()
    server.record = {
      ...emptyRecord,
      policyVersion: 9,
      policy: '9,0,1,1,1,1,1,1,1,1,1,1,1',
      expiresAt: Infinity,
    }
    expect(server.hear('a', { failures: 20 })).toMatchObject({ status: 'open', outdated: true })
  })

  it('forgets instances that have been silent for a window, now and then', () => {
    const server = new Server()
    server.hear('gone', { successes: 1 })
    server.now += 12_000
    expect(server.hear('a', { successes: 1, sequence: 255 }).reporters).toBe(2)
    expect(server.hear('a', { successes: 1, sequence: 256 }).reporters).toBe(1)
  })

  it('keeps what it counts for longer than a window of any length', () => {
    const server = new Server()
    server.hear('a', { failures: 1, policy: { ...policy, bucketMs: 3_600_000 } })
    const { expiresAt, reportersExpireAt, failingExpireAt } = server.record
    const soonest = Math.min(expiresAt, reportersExpireAt, failingExpireAt)
    expect(soonest - server.now).toBeGreaterThanOrEqual(10 * 3_600_000)
  })
})
