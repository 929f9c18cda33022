import { quorumOf, ringSize } from './breaker-policy.ts'
import { living } from './breaker-record.ts'
import type { BreakerRecord } from './breaker-record.ts'
import type { FlushReply, FlushRequest } from './flush.ts'
import type { Message } from './message.ts'
import type { ProbeReply, ProbeRequest } from './probe.ts'
import { absurdMs } from './status.ts'
import type { Step } from './step.ts'

/**
 * What a server must have heard in its present epoch, kept the plain way: every vote and every probe by itself. It judges each
 * step that the protocol's functions make.
 */
export interface Ledger {
  readonly epoch: number
  /** When the epoch began; 0 before anybody voted in the first. */
  readonly since: number
  /** How many instances voted in the last epoch in which any did. */
  readonly votersBefore: number
  readonly votes: readonly Vote[]
  readonly probes: readonly GrantedProbe[]
}

interface Vote {
  readonly instance: string
  readonly sequence: number
  readonly successes: number
  readonly failures: number
  readonly at: number
}

interface GrantedProbe {
  readonly number: number
  readonly at: number
  readonly end: 'none' | 'succeeded' | 'failed' | 'lost' | 'returned'
}

export const emptyLedger: Ledger = { epoch: 0, since: 0, votersBefore: 0, votes: [], probes: [] }

type Asked = FlushRequest | ProbeRequest
type Taken = Step<BreakerRecord, FlushReply | ProbeReply>

export interface Judged {
  readonly ledger: Ledger
  /** The invariant that the step breaks, and how. */
  readonly wrong?: string
}

/**
 * Judges what `request` did to the record `found`. `steady`: the server's clock has never stepped, so that windows and
 * leases are to be exact.
 */
export function judged(
  ledger: Ledger,
  found: BreakerRecord,
  request: Asked,
  step: Taken,
  now: number,
  steady: boolean,
): Judged {
  const before = living(found, now)
  const { record, reply, message } = step
  const wrongEpoch = wrongChange(before, record, message)
  if (wrongEpoch !== undefined) return { ledger, wrong: wrongEpoch }
  if (reply.dropped === 'repaired') {
    const wrong = wrongRepair(before, request, record, now)
    return { ledger: begun(ledger, record, now), ...unlessNew(record), ...(wrong && { wrong }) }
  }
  if (request.claim.epoch !== before.epoch) {
    if (JSON.stringify(before) === JSON.stringify(record)) return { ledger }
    return { ledger, wrong: `S4: what belongs to epoch ${request.claim.epoch} changed epoch ${before.epoch}` }
  }
  const next = request.type === 'flush' ? flushed : probed
  return next(ledger, before, request as never, step, now, steady)
}

/** S2 and S7: a state changes only with its epoch, the epoch only grows, and all are told. */
function wrongChange(
  before: BreakerRecord,
  after: BreakerRecord,
  message: Message | undefined,
): string | undefined {
  if (after.epoch < before.epoch) return `S1: the server went from epoch ${before.epoch} to ${after.epoch}`
  if (after.epoch === before.epoch) {
    if (after.status !== before.status) return `S2: epoch ${after.epoch} became ${after.status}`
    return message === undefined ? undefined : 'S2: a change was pushed and there was none'
  }
  const told = message?.type === 'change' && message.epoch === after.epoch && message.status === after.status
  return told ? undefined : `S7: nobody was told of epoch ${after.epoch}`
}

/** S2: others may hold another state under the claimed epoch; and an epoch that no clock ever had is not taken over. */
function wrongRepair(
  before: BreakerRecord,
  { claim }: Asked,
  { epoch }: BreakerRecord,
  now: number,
): string | undefined {
  const isAbsurd = claim.epoch >= now + absurdMs
  if (isAbsurd && epoch >= now + absurdMs && before.epoch < now)
    return `S2: ${epoch} was taken over at ${now}`
  return isAbsurd || epoch > claim.epoch ? undefined : `S2: epoch ${epoch} was given out again`
}

function unlessNew({ successes, failures, reporters, leases, failing }: BreakerRecord): {
  wrong?: string
} {
  const left =
    [...successes, ...failures].some((count) => count !== 0) ||
    [reporters, leases, failing].some((each) => Object.keys(each).length > 0)
  return left ? { wrong: 'S4: a new epoch does not begin from zero' } : {}
}

function begun(ledger: Ledger, { epoch }: BreakerRecord, now: number): Ledger {
  return {
    ...emptyLedger,
    epoch,
    since: now,
    votersBefore: voters(ledger).size || ledger.votersBefore,
  }
}

function voters({ votes }: Ledger): ReadonlySet<string> {
  return new Set(votes.map(({ instance }) => instance))
}

function flushed(
  ledger: Ledger,
  before: BreakerRecord,
  request: FlushRequest,
  { record }: Taken,
  now: number,
  steady: boolean,
): Judged {
  const { instance, sequence, successes, failures } = request
  const known = ledger.votes.filter((each) => each.instance === instance)
  const counts = before.status === 'closed' && known.every((each) => each.sequence < sequence)
  const tripped = record.epoch !== before.epoch
  if (!counts) {
    const same = JSON.stringify(before.reporters) === JSON.stringify(record.reporters)
    return same && !tripped
      ? { ledger }
      : { ledger, wrong: 'S5: a vote counted twice or in a state not closed' }
  }
  const vote: Vote = { instance, sequence, successes, failures, at: now }
  const since = ledger.since === 0 ? now : ledger.since
  const after: Ledger = { ...ledger, since, votes: [...ledger.votes, vote] }
  if (tripped) {
    const next = { ledger: begun(after, record, now), ...unlessNew(record) }
    if (!steady || mustTrip(after, request, now)) return next
    return { ...next, wrong: 'S6: the circuit opened, and the votes do not say so' }
  }
  if (!steady) return { ledger: after }
  if (mustTrip(after, request, now)) return { ledger: after, wrong: 'S7: a trip was lost' }
  const lately = inWindow(after, request, now)
  const [good, bad] = [sum(lately, 'successes'), sum(lately, 'failures')]
  const [counted, failed] = [total(record.successes), total(record.failures)]
  if (good === counted && bad === failed) return { ledger: after }
  return { ledger: after, wrong: `S5: the window holds ${counted}+${failed}, ${good}+${bad} were voted` }
}

function inWindow({ votes }: Ledger, { policy }: FlushRequest, now: number, buckets = ringSize): Vote[] {
  const bucket = (at: number): number => Math.floor(at / policy.bucketMs)
  return votes.filter(({ at }) => bucket(at) > bucket(now) - buckets)
}

function mustTrip(ledger: Ledger, request: FlushRequest, now: number): boolean {
  const { policy, fleet } = request
  const exceeds = (buckets: number, ratio: number): boolean => {
    const votes = inWindow(ledger, request, now, buckets)
    const [good, bad] = [sum(votes, 'successes'), sum(votes, 'failures')]
    return bad > 0 && good + bad >= policy.minimumCalls && bad >= ratio * (good + bad)
  }
  if (!exceeds(ringSize, policy.failureRatio) && !exceeds(2, policy.burstRatio)) return false
  const windowMs = ringSize * policy.bucketMs
  const failing = ledger.votes.filter(({ failures, at }) => failures > 0 && now - at < windowMs)
  const reporting = voters(ledger).size
  const expected = ledger.votersBefore === 0 ? Math.max(fleet, policy.quorumMinimum) : ledger.votersBefore
  const reporters = now - ledger.since >= windowMs ? reporting : Math.max(reporting, expected)
  return new Set(failing.map(({ instance }) => instance)).size >= quorumOf(reporters, policy)
}

function sum(votes: readonly Vote[], kind: 'successes' | 'failures'): number {
  return total(votes.map((vote) => vote[kind]))
}

function total(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}

function probed(
  ledger: Ledger,
  before: BreakerRecord,
  request: ProbeRequest,
  { record, reply }: Taken,
  now: number,
  steady: boolean,
): Judged {
  const { policy } = request
  const told = before.status === 'half-open' ? reported(ledger, request, now) : ledger
  const ended = record.status !== 'half-open' && record.epoch !== before.epoch
  if (ended) {
    const next = { ledger: begun(told, record, now), ...unlessNew(record) }
    const wrong = steady ? wrongVerdict(told, record, request, now) : undefined
    return wrong === undefined ? next : { ...next, wrong }
  }
  const base = record.epoch === before.epoch ? told : begun(ledger, record, now)
  if (reply.type !== 'probe' || reply.tokens === 0) return { ledger: base }
  const numbers = Array.from({ length: reply.tokens }, (_, index) => reply.firstToken + index)
  const again = numbers.find((number) => base.probes.some((each) => each.number === number))
  const granted = numbers.map((number): GrantedProbe => ({ number, at: now, end: 'none' }))
  const after: Ledger = { ...base, probes: [...base.probes, ...granted] }
  if (again !== undefined) return { ledger: after, wrong: `S3: probe ${again} was granted twice` }
  const given = after.probes.filter(({ end }) => end !== 'returned').length
  if (given <= policy.probes && after.probes.length <= 2 * policy.probes) return { ledger: after }
  return { ledger: after, wrong: `S3: ${given} probes were granted in one epoch` }
}

function reported(ledger: Ledger, { reports, policy }: ProbeRequest, now: number): Ledger {
  let { probes } = ledger
  for (const { token, result } of reports) {
    const handedBack = probes.filter(({ end }) => end === 'returned').length
    const end = result === 'returned' && handedBack >= policy.probes ? 'lost' : result
    probes = probes.map((each) => (each.number === token && each.end === 'none' ? { ...each, end } : each))
  }
  const gone = ({ end, at }: GrantedProbe): boolean => end === 'none' && at + policy.probeLeaseMs <= now
  return { ...ledger, probes: probes.map((each) => (gone(each) ? { ...each, end: 'lost' } : each)) }
}

function wrongVerdict(
  { probes }: Ledger,
  { status }: BreakerRecord,
  { policy }: ProbeRequest,
  now: number,
): string | undefined {
  const succeeded = probes.filter(({ end }) => end === 'succeeded').length
  const failed = probes.filter(({ end }) => end === 'failed' || end === 'lost').length
  if (status === 'closed' && succeeded >= policy.probeSuccesses) return undefined
  if (status === 'open' && failed > policy.probes - policy.probeSuccesses) return undefined
  return `S6: at ${now} it became ${status} after ${succeeded} good and ${failed} bad probes`
}
