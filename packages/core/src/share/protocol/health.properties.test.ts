import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ejectedOf, emptyHealth, healthRulesOf, livingHealth } from './health-record.ts'
import type { HealthRecord } from './health-record.ts'
import type { HealthPolicy } from './health-policy.ts'
import { HealthFleet, healthHistory, keptHealth, lostHealth, serveHealth, start } from './health.arbitrary.ts'
import type { HealthCommand } from './health.arbitrary.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import type { Message } from './message.ts'
import type { Reply, Request } from './request.ts'
import { exceeds } from './ring.ts'

/** One step of a history, with what was before. */
interface Moment {
  readonly before: HealthRecord
  readonly after: HealthRecord
  readonly request: Request
  readonly reply: Reply
  readonly messages: readonly Message[]
  readonly policy: HealthPolicy
  readonly now: number
  /** Milliseconds that have passed, whatever the server's clock was set to meanwhile. */
  readonly passedMs: number
  /** Counts the losses of what the server held. */
  readonly life: number
}

/** Goes through a history and shows each step. */
function follow(history: readonly HealthCommand[], see: (moment: Moment) => void): void {
  const fleet = new HealthFleet()
  let record = emptyHealth
  let [now, passedMs, life] = [start, 0, 0]
  for (const command of history) {
    if (command.type === 'wait') {
      now += command.ms
      passedMs += Math.max(0, command.ms)
      record = keptHealth(record, now)
    }
    if (command.type === 'lose') {
      record = lostHealth(record, command.keys)
      life++
    }
    const request = fleet.request(command, now)
    if (request === undefined) continue
    const before = livingHealth(record, now)
    if (before.expiresAt === 0) life++
    const { record: after, reply, messages } = serveHealth(record, request, now)
    const policy =
      'policy' in request && 'dwellMs' in request.policy ? healthRulesOf(before, request.policy) : undefined
    if (policy !== undefined) see({ before, after, request, reply, messages, policy, now, passedMs, life })
    record = after
    fleet.messages.push(...messages)
    fleet.answered(command, request, reply, now)
  }
}

/** Holds a law over histories. */
function always(law: (moment: Moment) => void): void {
  fc.assert(
    fc.property(healthHistory, (history) => follow(history, law)),
    { numRuns: 200 },
  )
}

const statusOf = (record: HealthRecord, id: string): string => record.endpoints.get(id)?.status ?? 'closed'

describe('the health of a service', () => {
  it('ejects nobody beyond the ratio, and leaves as many as must stay', () => {
    let ejections = 0
    always(({ before, after, policy }) => {
      const more = [...after.endpoints.keys()].some(
        (id) => statusOf(before, id) === 'closed' && statusOf(after, id) !== 'closed',
      )
      if (!more) return
      ejections++
      const [ejected, known] = [ejectedOf(after.endpoints), after.endpoints.size]
      expect(ejected).toBeLessThanOrEqual(policy.maximumEjectedRatio * known)
      expect(known - ejected).toBeGreaterThanOrEqual(policy.minimumHealthy)
    })
    expect(ejections).toBeGreaterThan(100)
  })

  it('ejects or holds whoever satisfies a rule and the quorum, in the very flush that makes it so', () => {
    let found = 0
    always(({ after, request, reply, policy, now }) => {
      if (request.type !== 'health-flush' || reply.type !== 'health-flush') return
      for (const [index, { endpoint, failures }] of request.endpoints.entries()) {
        const state = after.endpoints.get(endpoint)
        if (state === undefined || state.status !== 'closed' || failures === 0) continue
        if (reply.endpoints[index]?.dropped !== 'none') continue
        const voters = Object.entries(after.failing).filter(
          ([name, at]) => name.startsWith(`${endpoint}:`) && Math.abs(now - at) < 10 * policy.bucketMs,
        )
        const reporters = Object.keys(after.reporters).length
        const isYoung = now - after.begun < 10 * policy.bucketMs
        const quorum = Math.min(
          isYoung ? Math.max(reporters, request.fleet, policy.quorumMinimum) : reporters,
          2,
        )
        if (!exceeds(state, policy) || voters.length < quorum) continue
        found++
        expect(state.held).toBe(true)
        expect(after.panic).toBe(true)
      }
    })
    expect(found).toBeGreaterThan(20)
  })

  it('is in panic exactly while an endpoint is held that may not be ejected, or more are ejected than may be', () => {
    let panics = 0
    always(({ after, policy }) => {
      const known = after.endpoints.size
      const ejected = ejectedOf(after.endpoints)
      const [most, fewest] = [policy.maximumEjectedRatio * known, policy.minimumHealthy]
      const held = [...after.endpoints.values()].some((each) => each.held)
      const refused = ejected + 1 > most || known - ejected - 1 < fewest
      const overdrawn = ejected > most || (ejected > 0 && known - ejected < fewest)
      if (after.panic) panics++
      expect(after.panic).toBe((held && refused) || overdrawn)
    })
    expect(panics).toBeGreaterThan(100)
  })

  it('holds only whose counts say so', () => {
    let held = 0
    always(({ after, policy, request }) => {
      if (request.type !== 'health-flush') return
      for (const each of after.endpoints.values()) {
        if (!each.held) continue
        held++
        expect([each.status, exceeds(each, policy)]).toEqual(['closed', true])
      }
    })
    expect(held).toBeGreaterThan(10)
  })

  it('has only as many probes executed in an epoch as the policy says', () => {
    let whole = 0
    fc.assert(
      fc.property(healthHistory, (history) => {
        const executed = new Map<string, number>()
        follow(history, ({ request, reply, life, policy }) => {
          if (request.type !== 'health-probe' || reply.type !== 'health-probe') return
          const { epoch, tokens, endpoint } = { ...reply, endpoint: request.endpoint }
          const name = `${life}:${endpoint}:${epoch}`
          executed.set(name, (executed.get(name) ?? 0) + tokens)
          // Whoever hands one back has not executed it.
          const back = request.reports.filter(({ result }) => result === 'returned').length
          const reported = `${life}:${endpoint}:${request.claim.epoch}`
          executed.set(reported, (executed.get(reported) ?? 0) - back)
          expect(executed.get(name)).toBeLessThanOrEqual(policy.probes)
          if (executed.get(name) === policy.probes) whole++
        })
      }),
      { numRuns: 200 },
    )
    expect(whole).toBeGreaterThan(10)
  })

  it('lets a probed endpoint back only after enough successes, and never by a flush', () => {
    let back = 0
    always(({ before, after, request, messages, policy }) => {
      for (const message of messages) {
        if (message.type !== 'endpoint' || message.reason !== 'recovered') continue
        back++
        expect(request.type).toBe('health-probe')
        const { succeeded = 0 } = before.endpoints.get(message.endpoint) ?? {}
        const said = request.type === 'health-probe' ? request.reports : []
        const more = said.filter(({ result }) => result === 'succeeded').length
        expect(succeeded + more).toBeGreaterThanOrEqual(policy.probeSuccesses)
        expect(statusOf(after, message.endpoint)).toBe('closed')
      }
    })
    expect(back).toBeGreaterThan(10)
  })

  it('goes back to an earlier group only after the dwell, and uses a group with a healthy endpoint where there is one', () => {
    let [back, over] = [0, 0]
    fc.assert(
      fc.property(healthHistory, (history) => {
        let [since, active] = [-Infinity, 0]
        follow(history, ({ after, messages, passedMs, policy }) => {
          const groups = new Set(
            [...after.endpoints.values()]
              .filter((each) => each.status === 'closed')
              .map((each) => each.group),
          )
          if (groups.size > 0) expect(groups).toContain(after.active)
          for (const message of messages) {
            if (message.type !== 'register' || message.active === active) continue
            if (message.reason === 'failback') back++
            if (message.reason === 'failover') over++
            if (message.reason === 'failback') expect(passedMs - since).toBeGreaterThanOrEqual(policy.dwellMs)
            since = passedMs
            active = message.active
          }
          // What the server has lost counts from anew.
          if (after.active !== active) [since, active] = [-Infinity, after.active]
        })
      }),
      { numRuns: 300 },
    )
    expect(back).toBeGreaterThan(5)
    expect(over).toBeGreaterThan(50)
  })

  it('has a greater epoch for every change, and no change without one', () => {
    always(({ before, after, messages }) => {
      for (const [id, state] of after.endpoints) {
        const old = before.endpoints.get(id)
        if (old === undefined) continue
        if (state.epoch === old.epoch) expect(state.status).toBe(old.status)
        else expect(state.epoch).toBeGreaterThan(old.epoch)
        const told = messages.filter((each) => each.type === 'endpoint' && each.endpoint === id)
        expect(told.length > 0).toBe(state.epoch !== old.epoch)
      }
      const moved = after.active !== before.active || after.panic !== before.panic
      expect(after.epoch).toBeGreaterThanOrEqual(before.epoch)
      if (moved) expect(after.epoch).toBeGreaterThan(before.epoch)
      expect(messages.some(({ type }) => type === 'register')).toBe(after.epoch !== before.epoch)
    })
  })

  it('tells all instances of whole states, in messages that are short and read back', () => {
    always(({ after, messages }) => {
      for (const message of messages) {
        const text = encodeMessage(message)
        expect(text.length).toBeLessThanOrEqual(200)
        expect(decodeMessage(text)).toEqual(message)
      }
      const last = messages.findLast(({ type }) => type === 'register')
      if (last?.type === 'register') {
        expect([last.epoch, last.active, last.panic]).toEqual([after.epoch, after.active, after.panic])
      }
    })
  })

  it('keeps every key longer than what it tells of', () => {
    always(({ after, now, request, policy }) => {
      if (after.endpoints.size === 0) return
      expect(after.expiresAt).toBeGreaterThan(now)
      for (const { status, until } of after.endpoints.values()) {
        if (status === 'open') expect(after.expiresAt).toBeGreaterThan(until)
      }
      for (const end of Object.values(after.leases)) {
        // One that ends later began before the clock stepped back: it is cut.
        const last = Math.min(end, now + policy.probeLeaseMs)
        if (request.type === 'health-probe') expect(after.leasesExpireAt).toBeGreaterThan(last)
      }
      if (Object.keys(after.failing).length > 0) expect(after.failingExpireAt).toBeGreaterThan(now)
    })
  })

  it('knows at most 64 endpoints, and says which it does not know', () => {
    let refused = 0
    always(({ after, request, reply }) => {
      expect(after.endpoints.size).toBeLessThanOrEqual(64)
      if (request.type !== 'health-flush' || reply.type !== 'health-flush') return
      for (const [index, { endpoint }] of request.endpoints.entries()) {
        const full = reply.endpoints[index]?.dropped === 'full'
        if (full) refused++
        expect(full).toBe(!after.endpoints.has(endpoint))
      }
    })
    expect(refused).toBeGreaterThan(0)
  })
})
