import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quorumOf, ringSize } from './breaker-policy.ts'
import type { BreakerPolicy } from './breaker-policy.ts'
import { living, remainingMs, rulesOf } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import { base, Circuit, stories } from './circuit.arbitrary.ts'
import type { Action, Played } from './circuit.arbitrary.ts'
import type { FlushReply, FlushRequest } from './flush.ts'
import { sum } from './ring.ts'

/** What one request found, and what it left. */
interface Scene extends Played {
  readonly found: BreakerRecord
  readonly left: BreakerRecord
  readonly now: number
}

/** Plays a story, and shows what each request did to a circuit's record. */
function scenes(actions: readonly Action[], onScene: (scene: Scene) => void): Circuit {
  const circuit = new Circuit('c')
  for (const action of actions) {
    const before = circuit.record
    const played = circuit.play(action)
    if (played === undefined) continue
    const { record: left, now } = circuit
    onScene({ ...played, found: living(before, now), left, now })
  }
  return circuit
}

const isBreakerRequest = ({ request }: Scene): boolean => request.type === 'flush' || request.type === 'probe'

/** Counts as they should be: every contribution by itself, with its bucket. */
class Recount {
  #bucketMs = 0
  #newest = 0
  #all: readonly { readonly bucket: number; readonly successes: number; readonly failures: number }[] = []

  begin(): void {
    this.#bucketMs = 0
    this.#newest = 0
    this.#all = []
  }

  add({ successes, failures }: FlushRequest, bucketMs: number, now: number): void {
    const bucket = Math.floor(now / bucketMs)
    const isLost = bucketMs !== this.#bucketMs || this.#newest - bucket > ringSize
    if (isLost) this.#all = []
    this.#newest = isLost ? bucket : Math.max(bucket, this.#newest)
    this.#bucketMs = bucketMs
    this.#all = [...this.#all, { bucket: this.#newest, successes, failures }]
  }

  get totals(): Pick<FlushReply, 'successes' | 'failures'> {
    const within = this.#all.filter(({ bucket }) => bucket > this.#newest - ringSize)
    return {
      successes: sum(within.map(({ successes }) => successes)),
      failures: sum(within.map(({ failures }) => failures)),
    }
  }
}

describe('any story of a shared circuit', () => {
  it('begins each epoch beyond the one before and the one claimed, except where a claim is absurd', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, (scene) => {
          if (!isBreakerRequest(scene) || !('claim' in scene.request)) return
          const { found, left, message, request } = scene
          if (message?.type !== 'change') {
            expect([left.epoch, left.status]).toEqual([found.epoch, found.status])
            return
          }
          // A claim that conflicts is of the same epoch; a claim that restores is of a later one.
          const beyond = message.reason === 'rebased' ? 0 : request.claim.epoch
          expect(left.epoch).toBeGreaterThan(Math.max(found.epoch, beyond))
        })
      }),
    )
  })

  it('tells all instances the state that it leaves, and answers the same', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, (scene) => {
          if (!isBreakerRequest(scene)) return
          const { epoch, status, openings } = scene.left
          const state = { epoch, status, openings, remainingMs: remainingMs(scene.left, scene.now) }
          expect(scene.reply).toMatchObject(state)
          // Probing begins an epoch and grants probes of it at once.
          if (scene.message !== undefined) expect(scene.message).toMatchObject(state)
        })
      }),
    )
  })

  it('counts what each instance has told in this epoch and window, each once', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        const recount = new Recount()
        const told = new Map<string, number>()
        let epoch: number | undefined
        scenes(actions, ({ request, reply, found, left, now }) => {
          if (request.type !== 'flush' || reply.type !== 'flush') return
          // Whoever has lost its key has forgotten all, and whoever has lost the reporters hears them again.
          if (found.epoch !== epoch || found.bucket === 0) recount.begin()
          if (found.epoch !== epoch || Object.keys(found.reporters).length === 0) told.clear()
          epoch = found.epoch
          if (request.claim.epoch !== found.epoch || found.status !== 'closed') return
          if (reply.dropped === 'repaired') return
          const isNew = request.sequence > (told.get(request.instance) ?? 0)
          if (isNew) recount.add(request, rulesOf(found, request.policy).bucketMs, now)
          if (isNew) told.set(request.instance, request.sequence)
          for (const name of told.keys()) if (!(name in left.reporters)) told.delete(name)
          if (reply.status !== 'closed') return
          expect(reply).toMatchObject(recount.totals)
        })
      }),
      { numRuns: 500 },
    )
  })

  it('is open as soon as its counts and enough instances say so', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, ({ request, reply, found, left, now }) => {
          if (request.type !== 'flush' || reply.type !== 'flush' || left.status !== 'closed') return
          // Of a flush without counts nobody says whether it came twice.
          if (reply.dropped !== 'none' || request.successes + request.failures === 0) return
          const rules = rulesOf(found, request.policy)
          const calls = reply.successes + reply.failures
          const isBad = calls >= rules.minimumCalls && reply.failures >= rules.failureRatio * calls
          if (!isBad || reply.failures === 0) return
          // The most that can be expected to report.
          const reporters = Math.max(
            reply.reporters,
            request.fleet,
            rules.quorumMinimum,
            left.reportersBefore,
          )
          expect(failedLately(left, rules, now)).toBeLessThan(quorumOf(reporters, rules))
        })
      }),
      { numRuns: 500 },
    )
  })

  it('opens only where enough calls have failed and somebody has failed lately', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, ({ request, found, message, now }) => {
          if (message?.type !== 'change' || message.reason !== 'tripped' || request.type !== 'flush') return
          const rules = rulesOf(found, request.policy)
          const failures = sum(found.failures) + request.failures
          const calls = sum(found.successes) + request.successes + failures
          expect(failures).toBeGreaterThan(0)
          expect(calls).toBeGreaterThanOrEqual(rules.minimumCalls)
          const own = request.failures > 0 ? 1 : 0
          const voters = failedLately(found, rules, now) + own
          // Those that have been silent for longer may be forgotten in this very flush.
          const heard = Object.values(found.reporters).filter(({ second }) =>
            isWithin(1_000 * second, rules, now),
          )
          const before = found.reportersBefore || Math.max(request.fleet, rules.quorumMinimum)
          // In the first window of an epoch most have yet to report.
          const reporters = isWithin(found.since || now, rules, now)
            ? Math.max(heard.length, before)
            : heard.length
          expect(voters).toBeGreaterThanOrEqual(quorumOf(reporters, rules))
        })
      }),
    )
  })

  it('changes nothing by what belongs to an earlier epoch', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, (scene) => {
          if (!isBreakerRequest(scene) || !('claim' in scene.request)) return
          if (scene.request.claim.epoch >= scene.found.epoch) return
          expect(scene.left).toEqual(scene.found)
        })
      }),
    )
  })

  it('runs no more probes in an epoch than there are, those that were handed back apart', () => {
    const alike = stories.map((actions) =>
      actions.map((each) => ('policy' in each ? { ...each, policy: base } : each)),
    )
    fc.assert(
      fc.property(alike, (actions) => {
        const granted = new Map<number, number>()
        scenes(actions, ({ reply, left }) => {
          if (reply.type !== 'probe') return
          const tokens = (granted.get(reply.epoch) ?? 0) + reply.tokens
          granted.set(reply.epoch, tokens)
          expect(tokens - left.returned).toBeLessThanOrEqual(base.probes)
          expect(left.returned).toBeLessThanOrEqual(base.probes)
          expect(Object.keys(left.leases).length).toBeLessThanOrEqual(base.probes)
        })
      }),
    )
  })

  it('keeps each key for a while, and an opening for as long as it lasts', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        scenes(actions, (scene) => {
          const { left, now } = scene
          if (!isBreakerRequest(scene) || (left.epoch === 0 && left.bucket === 0)) return
          expect(left.expiresAt).toBeGreaterThan(now + remainingMs(left, now))
          const { reporters, reportersExpireAt, failing, failingExpireAt, leases, leasesExpireAt } = left
          const kept = [
            [reporters, reportersExpireAt],
            [failing, failingExpireAt],
            [leases, leasesExpireAt],
          ] as const
          for (const [content, expiresAt] of kept)
            if (Object.keys(content).length > 0) expect(expiresAt).toBeGreaterThan(now)
        })
      }),
    )
  })

  it('never stays half-open while somebody asks: a lease later it has moved on', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        const circuit = scenes(actions, () => undefined)
        const ask = { type: 'probe', reports: [], wanted: 3, policy: base } as const
        const right = { kind: 'right', status: 'closed', remainingMs: 0, openings: 0 } as const
        circuit.record = living(circuit.record, circuit.now)
        if (circuit.record.status !== 'half-open') return
        const { epoch } = circuit.record
        circuit.play({ ...ask, claim: right })
        circuit.play({ type: 'time', to: 'span', ms: rulesOf(circuit.record, base).probeLeaseMs })
        circuit.play({ ...ask, claim: right })
        expect(living(circuit.record, circuit.now).epoch).not.toBe(epoch)
      }),
      { numRuns: 500 },
    )
  })

  it('opens for longer only where somebody has seen a failure', () => {
    fc.assert(
      fc.property(stories, (actions) => {
        let told = 0
        scenes(actions, ({ request, reply, found, left, message }) => {
          if (request.type !== 'probe' || reply.type !== 'probe') return
          const failed = request.reports.filter(({ result }) => result === 'failed').length
          told = found.status === 'half-open' ? told + failed : 0
          if (message?.type !== 'change' || message.reason !== 'relapsed') return
          expect(left.openings).toBeLessThanOrEqual(Math.max(1, found.openings) + Math.min(1, told))
        })
      }),
    )
  })
})

function failedLately({ failing }: BreakerRecord, rules: BreakerPolicy, now: number): number {
  return Object.values(failing).filter((at) => isWithin(at, rules, now)).length
}

function isWithin(at: number, { bucketMs }: BreakerPolicy, now: number): boolean {
  return at > now - ringSize * bucketMs && at < now + ringSize * bucketMs
}
